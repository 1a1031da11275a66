/** The channels of @cloudamqp/amqp-client: it writes each message by itself, so publishes go in lots. */
import { type AMQPChannel, AMQPClient } from '@cloudamqp/amqp-client';
import { versionOf } from '../package-programs.ts';
import { inLots, inWindow, promiseRounds, type Stalled } from '../promise-rounds.ts';
import { serveRounds } from '../rounds-on-demand.ts';
import { STALL_QUEUE } from '../session.ts';
import { BODY, PREFETCH, QUEUE } from '../workload.ts';

const url = `${process.argv[2]}?heartbeat=0`;
const connection = new AMQPClient(url);
await connection.connect();
const plain = await connection.channel();
const confirming = await connection.channel();
await confirming.confirmSelect();
const acking = await connection.channel();
await acking.basicQos(PREFETCH);

const rounds = promiseRounds({
  publish: (count) => inLots(count, () => plain.basicPublish('', QUEUE, BODY)),
  confirm: (count) => inWindow(count, () => confirming.basicPublish('', QUEUE, BODY)),
  consume: (queue, count) => consumed(plain, queue, count, true),
  acks: (queue, count) => consumed(acking, queue, count, false),
  ask: () => plain.queueDeclare(QUEUE, { passive: true }),
  askers: (count) => Promise.all(Array.from({ length: count }, asker)),
  stall,
});
serveRounds(rounds, versionOf('@cloudamqp/amqp-client'));

async function consumed(channel: AMQPChannel, queue: string, count: number, noAck: boolean): Promise<number> {
  let left = count;
  let read = 0;
  let onEnd = (): void => {};
  const end = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const consumer = await channel.basicConsume(queue, { noAck }, (message) => {
    read += message.body?.length ?? 0;
    if (!noAck) void message.ack();
    if (--left === 0) onEnd();
  });
  await end;
  await consumer.cancel();
  return read;
}

async function asker(): Promise<() => Promise<unknown>> {
  const channel = await connection.channel();
  return () => channel.queueDeclare(QUEUE, { passive: true });
}

async function stall(): Promise<Stalled> {
  const other = new AMQPClient(url);
  await other.connect();
  const channel = await other.channel();
  await channel.queueDeclare(STALL_QUEUE, { passive: true });
  return {
    publish: () => channel.basicPublish('', QUEUE, BODY),
    drop: () => void other.socket?.destroy(),
  };
}
