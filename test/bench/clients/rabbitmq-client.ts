/** rabbitmq-client's channels, which are faster than its publishers and consumers. */
import { type Channel, Connection } from 'rabbitmq-client';
import { versionOf } from '../package-programs.ts';
import { inLots, inWindow, promiseRounds, type Stalled } from '../promise-rounds.ts';
import { serveRounds } from '../rounds-on-demand.ts';
import { STALL_QUEUE } from '../session.ts';
import { BODY, CHANNELS, PREFETCH, QUEUE } from '../workload.ts';

const connection = opened();
const plain = await connection.acquire();
const confirming = await connection.acquire();
await confirming.confirmSelect();
const acking = await connection.acquire();
await acking.basicQos({ prefetchCount: PREFETCH });

const rounds = promiseRounds({
  publish: (count) => inLots(count, () => plain.basicPublish({ routingKey: QUEUE }, BODY)),
  confirm: (count) => inWindow(count, () => confirming.basicPublish({ routingKey: QUEUE }, BODY)),
  consume: (queue, count) => consumed(plain, queue, count, true),
  acks: (queue, count) => consumed(acking, queue, count, false),
  ask: () => plain.queueDeclare({ queue: QUEUE, passive: true }),
  askers: (count) => Promise.all(Array.from({ length: count }, asker)),
  stall,
});
serveRounds(rounds, versionOf('rabbitmq-client'));

function opened(): Connection {
  const made = new Connection({
    url: process.argv[2] ?? '',
    heartbeat: 0,
    noDelay: true,
    maxChannels: CHANNELS + 10,
  });
  made.on('error', () => {}); // what is lost fails the calls as well
  return made;
}

async function consumed(channel: Channel, queue: string, count: number, noAck: boolean): Promise<number> {
  let left = count;
  let read = 0;
  let consumerTag = '';
  await new Promise<void>((resolve) => {
    const started = channel.basicConsume({ queue, noAck }, (message) => {
      read += message.body.length;
      if (!noAck) channel.basicAck({ deliveryTag: message.deliveryTag });
      if (--left === 0) resolve();
    });
    void started.then((reply) => {
      consumerTag = reply.consumerTag;
    });
  });
  await channel.basicCancel({ consumerTag });
  return read;
}

async function asker(): Promise<() => Promise<unknown>> {
  const channel = await connection.acquire();
  return () => channel.queueDeclare({ queue: QUEUE, passive: true });
}

async function stall(): Promise<Stalled> {
  const other = opened();
  const channel = await other.acquire();
  await channel.queueDeclare({ queue: STALL_QUEUE, passive: true });
  return {
    publish: () => channel.basicPublish({ routingKey: QUEUE }, BODY),
    drop: () => other.unsafeDestroy(),
  };
}
