import { type ConnectOptions, connect, type PromiseChannel, type PromiseConnection } from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';

/** A connection, a channel of it, and the errors that reached nobody else. */
export interface PromiseWorld {
  readonly connection: PromiseConnection;
  readonly channel: PromiseChannel;
  readonly errors: Error[];
}

/** Runs a row on a connection of its own, and closes that whatever happened. */
export async function withChannel(
  { url }: Pick<Broker, 'url'>,
  row: (world: PromiseWorld) => Promise<void>,
  options: ConnectOptions = {},
): Promise<void> {
  const errors: Error[] = [];
  const connection = await connect(url, { recovery: false, onError: (error) => errors.push(error), ...options });
  try {
    await row({ connection, channel: await connection.channel(), errors });
  } finally {
    await connection.close();
  }
}

/** A queue of this connection alone, with messages of these bodies. @returns its name */
export async function queueOf(channel: PromiseChannel, ...bodies: readonly (string | Uint8Array)[]): Promise<string> {
  const { queue } = await channel.queueDeclare({ exclusive: true });
  for (const body of bodies) await channel.basicPublish('', queue, body);
  return queue;
}

export function textOf(message: { readonly body: Uint8Array } | null | undefined): string {
  return message == null ? '' : Buffer.from(message.body).toString();
}

/** What a promise rejects with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`it resolved with ${String(value)}`)),
    (error: unknown) => error,
  );
}

/** Waits until so many messages are in a queue: the broker answers before it has put back what was refused. */
export async function expectCount(channel: PromiseChannel, queue: string, count: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await messageCount(channel, queue)) === count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${queue} has ${await messageCount(channel, queue)} messages, not ${count}`);
}

export async function messageCount(channel: PromiseChannel, queue: string): Promise<number> {
  return (await channel.queueDeclare({ queue, passive: true })).messageCount;
}
