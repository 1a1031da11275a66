/** The promise style in Node’s own loop: publishes are awaited one by one, messages come in `for await`. */
import { connect, type PromiseChannel } from '../../../adapters/index.ts';
import { inWindow, promiseRounds, type Stalled } from '../promise-rounds.ts';
import { serveRounds } from '../rounds-on-demand.ts';
import { STALL_QUEUE } from '../session.ts';
import { BODY, PREFETCH, QUEUE } from '../workload.ts';

const url = `${process.argv[2]}?heartbeat=0`;
const connection = await connect(url);
const plain = await connection.channel();
const confirming = await connection.channel({ confirm: true });
const acking = await connection.channel({ prefetch: PREFETCH });

const rounds = promiseRounds({
  async publish(count) {
    for (let i = 0; i < count; i++) await plain.basicPublish('', QUEUE, BODY);
  },
  confirm: (count) => inWindow(count, () => confirming.basicPublish('', QUEUE, BODY)),
  async consume(queue, count) {
    let left = count;
    let read = 0;
    for await (const message of plain.consume({ queue, autoAck: true })) {
      read += message.body.length;
      if (--left === 0) break;
    }
    return read;
  },
  async acks(queue, count) {
    let left = count;
    let read = 0;
    for await (const message of acking.consume({ queue })) {
      read += message.body.length;
      message.ack();
      if (--left === 0) break;
    }
    return read;
  },
  ask: () => plain.queueDeclare({ queue: QUEUE, passive: true }),
  askers: (count) => Promise.all(Array.from({ length: count }, asker)),
  stall,
});
serveRounds(rounds);

async function asker(): Promise<() => Promise<unknown>> {
  const channel: PromiseChannel = await connection.channel();
  return () => channel.queueDeclare({ queue: QUEUE, passive: true });
}

async function stall(): Promise<Stalled> {
  const other = await connect(url);
  const channel = await other.channel();
  await channel.queueDeclare({ queue: STALL_QUEUE, passive: true });
  return {
    publish: () => channel.basicPublish('', QUEUE, BODY),
    drop: () => void other.close({}, { timeout: 0.01 }).catch(() => {}), // it cannot say good-bye to a server that does not read
  };
}
