import type { AMQPError } from '../amqp/index.ts';
import { IOLoop } from '../ioloop/index.ts';
import { BaseConnection } from './base-connection.ts';
import { Channel as ChannelOf } from './channel.ts';
import type { ChannelHost } from './channel-host.ts';
import type { ConnectionCallback, ConnectionErrorCallback } from './connection-callbacks.ts';
import { type ConnectionSetup, checkSetup, loopToLiveOn, setupOf } from './connection-setup.ts';
import { createConnection } from './create-connection.ts';
import type { Parameters } from './parameters.ts';
import { toParameters, type Where } from './url.ts';
import type { ConnectionWorkflow } from './workflow.ts';

/** A channel in callback style; where nothing else is said, of a {@link SelectConnection}. */
export type Channel<H extends ChannelHost = SelectConnection> = ChannelOf<H>;
export const Channel: typeof ChannelOf = ChannelOf;

/** A connection whose program waits in `connection.ioloop.start()`; everything else is a callback from there. */
export class SelectConnection extends BaseConnection<Channel> {
  /**
   * Tries several configs, each host and each address of them, until a connection is open.
   * @param configs - one or several of: parameters, their fields, a URL
   * @param onDone - called once, from the loop: with the connection, or with why there is none
   * @param customIoloop - where it lives; absent: `IOLoop.current()`
   * @returns the workflow, for its abort() only; yours, if you gave one
   * @throws {TypeError | RangeError} configs that are none, or an empty list of them
   */
  static createConnection<C extends SelectConnection>(
    this: SelectConnectionClass<C>,
    configs: Where | Iterable<Where>,
    onDone: (result: C | AMQPError) => unknown,
    customIoloop?: IOLoop | null,
    workflow?: ConnectionWorkflow,
  ): ConnectionWorkflow {
    const loop = customIoloop == null ? IOLoop.current() : loopToLiveOn(customIoloop, 'customIoloop');
    return createConnection(
      (parameters) => new this(parameters, null, null, null, loop, false),
      configs,
      onDone,
      loop,
      workflow,
    );
  }

  /**
   * @param parameters - where to connect; absent: the defaults
   * @param onOpen - a callback, or an object in place of this and what follows
   * @param onOpenError - when absent, an opening that fails throws its error out of `ioloop.start()`
   * @param customIoloop - the loop to live on; absent: one of its own, which stops once the connection has closed
   * @param internalConnectionWorkflow - false: wait for somebody else's workflow to bring the stream
   */
  constructor(
    parameters?: Where | null,
    onOpen?: ConnectionCallback<SelectConnection> | ConnectionSetup<SelectConnection> | null,
    onOpenError?: ConnectionErrorCallback<SelectConnection> | null,
    onClose?: ConnectionErrorCallback<SelectConnection> | null,
    customIoloop?: IOLoop | null,
    internalConnectionWorkflow = true,
  ) {
    const others = { onOpenError, onClose, ioloop: customIoloop, workflow: internalConnectionWorkflow };
    const setup = setupOf<ConnectionSetup<SelectConnection>>(onOpen, others);
    checkSetup(setup);
    const { ioloop, stopIoloopOnClose = !ioloop } = setup;
    const params = toParameters(parameters);
    super(params, ioloop ?? ownLoop(params), { ...setup, stopIoloopOnClose });
  }

  protected override makeChannel(
    channelNumber: number | null,
    onOpen: ((channel: Channel) => unknown) | null,
  ): Channel {
    return new Channel<SelectConnection>(this, channelNumber, onOpen);
  }
}

function ownLoop({ logger }: Parameters): IOLoop {
  return new IOLoop({ makeCurrent: false, ...(logger === null ? {} : { logger }) });
}

/** What createConnection() needs of the class that it is called on. */
export type SelectConnectionClass<C extends SelectConnection> = new (
  parameters: Where,
  onOpen: null,
  onOpenError: null,
  onClose: null,
  customIoloop: IOLoop,
  internalConnectionWorkflow: false,
) => C;
