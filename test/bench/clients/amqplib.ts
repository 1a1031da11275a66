/** amqplib's channels with promises: publishing waits for 'drain' when it is told to, confirms and messages are callbacks. */
import { once } from 'node:events';
import { type Channel, type ConfirmChannel, connect } from 'amqplib';
import { versionOf } from '../package-programs.ts';
import { promiseRounds, type Stalled } from '../promise-rounds.ts';
import { serveRounds } from '../rounds-on-demand.ts';
import { STALL_QUEUE } from '../session.ts';
import { BODY, PREFETCH, QUEUE, WINDOW } from '../workload.ts';

const url = `${process.argv[2]}?heartbeat=0`;
const connection = await connect(url, { noDelay: true });
const plain = await connection.createChannel();
const confirming = await connection.createConfirmChannel();
const acking = await connection.createChannel();
await acking.prefetch(PREFETCH);

const rounds = promiseRounds({
  async publish(count) {
    for (let i = 0; i < count; i++) {
      if (!plain.publish('', QUEUE, BODY)) await once(plain, 'drain');
    }
  },
  confirm: (count) => confirmed(confirming, count),
  consume: (queue, count) => consumed(plain, queue, count, true),
  acks: (queue, count) => consumed(acking, queue, count, false),
  ask: () => plain.checkQueue(QUEUE),
  askers: (count) => Promise.all(Array.from({ length: count }, asker)),
  stall,
});
serveRounds(rounds, versionOf('amqplib'));

function confirmed(channel: ConfirmChannel, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let settled = 0;
    const more = (): void => {
      for (; sent < count && sent - settled < WINDOW; sent++) channel.publish('', QUEUE, BODY, {}, onConfirm);
    };
    const onConfirm = (error: unknown): void => {
      settled += 1;
      if (error) reject(error);
      else if (settled === count) resolve();
      else more();
    };
    more();
  });
}

async function consumed(channel: Channel, queue: string, count: number, noAck: boolean): Promise<number> {
  let left = count;
  let read = 0;
  let consumerTag = '';
  await new Promise<void>((resolve) => {
    const started = channel.consume(
      queue,
      (message) => {
        if (!message) return;
        read += message.content.length;
        if (!noAck) channel.ack(message);
        if (--left === 0) resolve();
      },
      { noAck },
    );
    void started.then((reply) => {
      consumerTag = reply.consumerTag;
    });
  });
  await channel.cancel(consumerTag);
  return read;
}

async function asker(): Promise<() => Promise<unknown>> {
  const channel = await connection.createChannel();
  return () => channel.checkQueue(QUEUE);
}

async function stall(): Promise<Stalled> {
  const other = await connect(url, { noDelay: true });
  other.on('error', () => {});
  const channel = await other.createChannel();
  channel.on('error', () => {});
  await channel.checkQueue(STALL_QUEUE);
  return {
    publish: async () => channel.publish('', QUEUE, BODY) || once(channel, 'drain'),
    drop: () => (other as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(), // no method does it
  };
}
