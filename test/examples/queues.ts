import { setTimeout as sleep } from 'node:timers/promises';
import * as amqp from '../../amqp/index.ts';
import { open, tcpClient, type WireClient } from '../support/wire-client.ts';

/** @returns how many messages of a queue wait for somebody to take them */
export async function messagesIn(url: string, queue: string): Promise<unknown> {
  const { messageCount } = await ask(url, amqp.QUEUE_DECLARE, { queue, passive: true });
  return messageCount;
}

/** Waits until somebody consumes a queue. */
export async function consumed(url: string, queue: string): Promise<void> {
  while ((await ask(url, amqp.QUEUE_DECLARE, { queue, passive: true })).consumerCount === 0) await sleep(10);
}

/** Takes a queue away that an example leaves. */
export async function deleteQueue(url: string, queue: string): Promise<void> {
  await ask(url, amqp.QUEUE_DELETE, { queue });
}

async function ask(url: string, method: amqp.MethodId, fields: object): Promise<WireClient['events'][0]['fields']> {
  const { hostname, port } = new URL(url);
  const client = await tcpClient(hostname, Number(port));
  await open(client);
  client.send(1, method, fields);
  await client.until(() => client.events.length === 1);
  await client[Symbol.asyncDispose]();
  return client.take()[0]?.fields ?? {};
}
