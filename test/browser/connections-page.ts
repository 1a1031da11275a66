import {
  BlockingConnection,
  type ConnectionFields,
  ConnectionParameters,
  PlainCredentials,
  prepareToBlock,
  SelectConnection,
} from 'pikaloop';

// What a dedicated worker of a page runs: connections that block it.

/** Two texts through a queue of its own, on callbacks. @returns what happened, in order */
export async function selects(fields: ConnectionFields): Promise<string[]> {
  await prepareToBlock();
  const events: string[] = [];
  const connection = new SelectConnection(new ConnectionParameters(fields), {
    onOpen: () => {
      events.push('open');
      connection.channel((channel) => {
        channel.queueDeclare({ queue: '', exclusive: true }, ({ queue }) => {
          channel.basicConsume({ queue, autoAck: true }, (_channel, { deliveryTag }, _properties, body) => {
            events.push(textOf(body));
            if (deliveryTag === 2) connection.close();
          });
          channel.basicPublish('', queue, 'first');
          channel.basicPublish('', queue, 'second');
        });
      });
    },
    onOpenError: (_connection, error) => events.push(`not open: ${error}`),
    onClose: (_connection, error) => events.push(error.name),
  });
  events.push(connection.ioloop.poller.name);
  connection.ioloop.start();
  events.push('returned');
  return events;
}

/** A script from top to bottom. */
export async function blocks(fields: ConnectionFields): Promise<unknown> {
  await prepareToBlock();
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  const channel = connection.channel();
  const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
  channel.confirmDelivery();
  for (let i = 0; i < 20; i++) channel.basicPublish('', queue, `message ${i}`);
  const got = textOf(channel.basicGet({ queue, autoAck: true })?.body);
  const consumed: string[] = [];
  for (const { method, body } of channel.consume({ queue, inactivityTimeout: 15_000 })) {
    if (method === null) break;
    consumed.push(textOf(body));
    channel.basicAck(method.deliveryTag);
    if (consumed.length === 19) break;
  }
  channel.cancel();
  const { messageCount } = channel.queueDeclare({ queue, passive: true });
  connection.close();
  return { got, consumed, messageCount, closed: connection.isClosed };
}

/** @returns whether a body of that size came back as it was sent */
export async function carries(fields: ConnectionFields, size: number): Promise<boolean> {
  await prepareToBlock();
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  const channel = connection.channel();
  const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
  channel.confirmDelivery();
  const sent = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  channel.basicPublish('', queue, sent);
  const body = channel.basicGet({ queue, autoAck: true })?.body;
  connection.close();
  return body?.length === size && sent.every((byte, i) => byte === body[i]);
}

/** Why no connection comes about: the names of the error and of what lies below it. */
export async function failsToOpen(fields: ConnectionFields): Promise<string[]> {
  await prepareToBlock();
  return chain(thrownBy(() => new BlockingConnection(new ConnectionParameters(fields)).close()));
}

/** The same with a password that is none. */
export function failsToLogIn(fields: ConnectionFields): Promise<string[]> {
  return failsToOpen({ ...fields, credentials: new PlainCredentials('guest', 'wrong') });
}

/** Calls that nobody answers once `HOLD` was published: the test's relay sees to that. */
export async function timesOut(fields: ConnectionFields): Promise<string[]> {
  await prepareToBlock();
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  const channel = connection.channel();
  const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
  const began = performance.now();
  const error = thrownBy(() => {
    channel.basicPublish('', queue, HOLD);
    channel.queueDeclare({ queue, passive: true }, { timeout: 300 });
  });
  return [...chain(error), performance.now() - began >= 300 ? 'in time' : 'too early'];
}

export const HOLD = 'answer nothing from here on';

/** Computes for so many ms between two calls. @returns what the second one gives */
export async function outlives(fields: ConnectionFields, ms: number): Promise<string> {
  await prepareToBlock();
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  const channel = connection.channel();
  const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
  compute(ms);
  channel.basicPublish('', queue, 'still here');
  const got = textOf(channel.basicGet({ queue, autoAck: true })?.body);
  connection.close();
  return got;
}

/** Computes for so many ms with the first of many deliveries, which nothing holds back but the streams. @returns how many MiB came */
export async function takesFlood(fields: ConnectionFields, mebibytes: number, ms: number): Promise<number> {
  await prepareToBlock();
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  const channel = connection.channel();
  const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
  channel.confirmDelivery();
  const body = new Uint8Array(1 << 20);
  for (let i = 0; i < mebibytes; i++) channel.basicPublish('', queue, body);
  let bytes = 0;
  for (const delivered of channel.consume({ queue, autoAck: true, inactivityTimeout: 15_000 })) {
    if (delivered.method === null) break;
    if (bytes === 0) compute(ms);
    bytes += delivered.body.length;
    if (bytes >= mebibytes << 20) break;
  }
  connection.close();
  return bytes / 2 ** 20;
}

/** The I/O worker of `program` goes down while calls are made. */
export async function losesItsWorker(fields: ConnectionFields, program: string): Promise<string[]> {
  await prepareToBlock({ program });
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  return chain(
    thrownBy(() => {
      for (const end = performance.now() + 30_000; performance.now() < end; ) connection.processDataEvents(100);
    }),
  );
}

/** @returns ms of each of so many round trips, in order of size */
export async function roundTrips(fields: ConnectionFields, count: number): Promise<number[]> {
  await prepareToBlock();
  const connection = new BlockingConnection(new ConnectionParameters(fields));
  const channel = connection.channel();
  const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    channel.queueDeclare({ queue, passive: true });
    times.push(performance.now() - began);
  }
  connection.close();
  return times.sort((a, b) => a - b);
}

/** One connection after the other, and two at a time, without another preparation. */
export async function opensAgain(fields: ConnectionFields): Promise<number> {
  await prepareToBlock();
  let opened = 0;
  for (let i = 0; i < 3; i++) {
    const [first, second] = [0, 1].map(() => new BlockingConnection(new ConnectionParameters(fields)));
    for (const connection of [first, second]) if (connection?.channel().isOpen) opened++;
    first?.close();
    second?.close();
  }
  return opened;
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function thrownBy(fn: () => void): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return null;
}

/** An error and what lies below it, by name and code. */
function chain(error: unknown): string[] {
  const names: string[] = [];
  for (let at = error; at instanceof Error; at = nextOf(at))
    names.push('code' in at ? `${at.name} ${at.code}` : at.name);
  return names;
}

function nextOf(error: Error & { exceptions?: readonly unknown[]; exception?: unknown }): unknown {
  return error.exceptions?.at(-1) ?? error.exception ?? error.cause;
}

function textOf(body: Uint8Array | null | undefined): string {
  return body ? new TextDecoder().decode(body) : '';
}
