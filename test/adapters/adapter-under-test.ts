import type { AMQPError, Channel, ConnectionFields, SelectConnection, Where } from '../../adapters/index.ts';
import { ConnectionParameters, URLParameters } from '../../adapters/index.ts';
import { encodeMethodFrame, type MethodId } from '../../amqp/index.ts';
import type { IOLoop } from '../../ioloop/index.ts';
import type { Broker } from '../support/describe-broker.ts';

/** What a suite over all adapters gets: one class of connections, and how its loop is made and run. */
export interface AdapterUnderTest {
  readonly name: string;
  readonly Connection: typeof SelectConnection;
  /** Whether `loop.start()` holds the thread. */
  readonly blocks: boolean;
  /** A loop of the kind that this adapter lives on; what a callback throws must come out of `run()`. */
  makeLoop(): IOLoop;
  /** Runs the loop until it is stopped. */
  run(loop: IOLoop): Promise<void>;
}

/** What the callbacks of one connection told. */
export interface Told {
  readonly opened: number;
  readonly openErrors: readonly AMQPError[];
  readonly closeErrors: readonly AMQPError[];
}

/** The broker's parameters with some fields changed. */
export function parametersOf(broker: Broker, fields: ConnectionFields = {}): ConnectionParameters {
  return Object.assign(new ConnectionParameters(new URLParameters(broker.url)), fields);
}

/**
 * One connection from its constructor to its end.
 * @param begin - called right after the constructor
 * @param onOpen - called when it is open
 */
export async function liveOnce(
  adapter: AdapterUnderTest,
  where: Where,
  { begin, onOpen }: { begin?(connection: SelectConnection): void; onOpen?(connection: SelectConnection): void },
): Promise<Told> {
  const openErrors: AMQPError[] = [];
  const closeErrors: AMQPError[] = [];
  let opened = 0;
  await inLoop(adapter, (loop) => {
    const connection = new adapter.Connection(where, {
      ioloop: loop,
      stopIoloopOnClose: true,
      onOpen: (open) => {
        opened++;
        onOpen?.(open);
      },
      onOpenError: (_connection, error) => openErrors.push(error),
      onClose: (_connection, error) => closeErrors.push(error),
    });
    begin?.(connection);
  });
  return { opened, openErrors, closeErrors };
}

/** A connection with one channel; `end` closes the connection. @returns why the channel and the connection closed */
export async function withChannel(
  adapter: AdapterUnderTest,
  broker: Broker,
  act: (channel: Channel<SelectConnection>, end: () => void) => void,
): Promise<{ channel: AMQPError; connection: AMQPError }> {
  const errors: AMQPError[] = [];
  const told = await liveOnce(adapter, broker.url, {
    onOpen: (connection) =>
      connection.channel((channel) => {
        channel.addOnCloseCallback((_channel, error) => errors.push(error));
        act(channel, () => connection.close());
      }),
  });
  const [channel] = errors;
  const [connection] = told.closeErrors;
  if (channel === undefined || connection === undefined || errors.length + told.closeErrors.length !== 2) {
    throw new Error(`each close callback is called once: ${errors.length} and ${told.closeErrors.length} were`);
  }
  return { channel, connection };
}

/** Runs a loop of the adapter until somebody stops it, and not for ever. */
export async function inLoop(adapter: AdapterUnderTest, begin: (loop: IOLoop) => void): Promise<void> {
  const loop = adapter.makeLoop();
  try {
    begin(loop);
    const limit = loop.callLater(LIMIT, () => {
      throw new Error(`nobody has stopped the loop for ${LIMIT} ms`);
    });
    await adapter.run(loop);
    loop.removeTimeout(limit);
  } finally {
    loop.close();
  }
}

/** Has the connection believe that the broker sent a method of channel 0, and look at its clock again. */
export function pretend(connection: SelectConnection, id: MethodId, fields: object): void {
  connection.machine.receive(encodeMethodFrame(0, id, fields), connection.ioloop.time());
  connection.channel();
}

const LIMIT = 15_000;
