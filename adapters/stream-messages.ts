import type { BasicProperties } from '../amqp/index.ts';

/** Whether a message comes from a stream: the broker gives it once to each who asks, acknowledged or not. */
export function isOfStream({ properties: { headers } }: { readonly properties: BasicProperties }): boolean {
  return headers !== null && headers['x-stream-offset'] !== undefined;
}
