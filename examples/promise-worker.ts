// Does jobs, ten at a time, until SIGTERM or Ctrl-C: npm run build && node build/examples/promise-worker.js [FAIL_ON]
import { setTimeout as sleep } from 'node:timers/promises';
import { ConsumerCancelled, connect, type Message } from 'pikaloop';

const failOn = process.argv[2];

async function work({ body }: Message): Promise<void> {
  const job = new TextDecoder().decode(body);
  await sleep(10);
  if (job === failOn) throw new Error(`cannot do ${job}`);
  console.log(job);
}

await using connection = await connect(process.env.AMQP_URL || 'amqp://localhost/%2F', {
  onError: (error) => console.error(error.message),
});
const channel = await connection.channel();
await channel.queueDeclare({ queue: 'jobs', durable: true });

const jobs = channel.consume({ queue: 'jobs' }, { prefetch: 10 });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => jobs.return());
console.log('waiting for jobs, SIGTERM or Ctrl-C ends it');

let done = 0;
try {
  // the body that runs at the signal is finished; jobs that it has not come to go back to the queue
  for await (const job of jobs) {
    try {
      await work(job);
      job.ack();
      done++;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      job.reject({ requeue: false }); // it would fail again
    }
  }
} catch (error) {
  if (!(error instanceof ConsumerCancelled)) throw error; // what closed the channel or the connection
  console.log('somebody has deleted the queue');
}
console.log(`${done} jobs done`);
