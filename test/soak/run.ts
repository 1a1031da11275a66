/**
 * `npm run soak [-- --minutes 30] [--poller NAME]`
 * A blocking consumer, a publisher, threads beside them, and trouble all the time. Prints what they used, and fails when the last
 * third of the run used more than the first, a message was lost, or a program ended. The broker is a private one, or that of
 * AMQP_URL, which is left alone.
 */
import { parseArgs } from 'node:util';
import { findRabbitPrograms } from '../support/find-rabbitmq.ts';
import { RabbitNode } from '../support/rabbitmq.ts';
import { growthOf } from './growth.ts';
import { SoakedProcess } from './soaked-process.ts';
import { makeTrouble, type Troubles } from './trouble.ts';

/** Of each program, over the whole run. */
const ROWS = 30;
/** Milliseconds. */
const SHORTEST_ROW = 5000;
const END_LIMIT = 30_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, poller: { type: 'string', default: '' } },
});
const duration = Number(values.minutes) * 60_000;
if (!(duration > 0)) throw new RangeError('--minutes takes a number above 0');

const node = process.env.AMQP_URL ? null : await startNode();
const url = node?.url ?? process.env.AMQP_URL ?? '';
const failures: string[] = [];
try {
  await soak();
} finally {
  await node?.dispose();
}
for (const failure of failures) console.log(`FAILED: ${failure}`);
if (failures.length === 0) console.log('nothing grew, nothing was lost');
process.exitCode = failures.length === 0 ? 0 : 1;

async function startNode(): Promise<RabbitNode> {
  const programs = findRabbitPrograms();
  if (programs === null) throw new Error('RabbitMQ is not installed: set AMQP_URL, or see npm test, which installs it');
  const started = new RabbitNode(programs);
  await started.start();
  return started;
}

async function soak(): Promise<void> {
  const queue = `pikaloop.soak.${process.pid}`;
  const env = { ...process.env, PIKALOOP_POLLER: values.poller };
  const consumer = new SoakedProcess('consumer', './consumer.js', [url, queue], env);
  const publisher = new SoakedProcess('publisher', './publisher.js', [url, queue], env);
  const programs = [consumer, publisher];
  const trouble = makeTrouble(consumer, node);
  try {
    await watch(programs);
    await trouble.stop();
    await end(consumer, publisher);
    await lookForConnections();
    judge(programs, trouble.done);
  } finally {
    await trouble.stop();
    for (const program of programs) program.signal('SIGKILL');
  }
}

/** Takes samples until the time is over. */
async function watch(programs: readonly SoakedProcess[]): Promise<void> {
  const pause = Math.min(5000, duration / 60);
  const began = performance.now();
  let printed = 0;
  while (performance.now() - began < duration) {
    await delay(pause);
    for (const program of programs) program.sample();
    if (performance.now() - printed < Math.max(duration / ROWS, SHORTEST_ROW)) continue;
    printed = performance.now();
    for (const program of programs) console.log(row((printed - began) / 60_000, program));
  }
}

function row(minutes: number, { title, samples, told }: SoakedProcess): string {
  const { rss = 0, heap = 0, threads = 0, fds = 0 } = samples.at(-1) ?? {};
  const { heap: _, ...counts } = told;
  const facts = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
  const sizes = `rss ${rss.toFixed(1)} MiB, heap ${heap.toFixed(2)} MiB, ${threads} threads, ${fds} fds`;
  return `${minutes.toFixed(1).padStart(5)} min  ${title.padEnd(9)}  ${sizes}; ${facts.join(', ')}`;
}

/** In order: what was confirmed is to arrive, and both are to end when they are asked to. */
async function end(consumer: SoakedProcess, publisher: SoakedProcess): Promise<void> {
  publisher.signal('SIGTERM');
  if (!(await within(END_LIMIT, publisher.ended))) failures.push('the publisher does not end');
  const { confirmed = 0 } = publisher.told;
  for (let waited = 0; waited < END_LIMIT && (consumer.told.upTo ?? 0) < confirmed; waited += 100) await delay(100);
  if ((consumer.told.upTo ?? 0) < confirmed) {
    failures.push(`${confirmed} messages were confirmed, but not all up to there arrived: ${consumer.told.upTo} did`);
  }
  consumer.signal('SIGTERM');
  if (!(await within(END_LIMIT, consumer.ended))) failures.push('the consumer does not end');
  for (const { title, ended } of [consumer, publisher]) {
    const code = await Promise.race([ended, delay(0)]);
    if (code !== 0) failures.push(`the ${title} ended with ${code}`);
  }
}

/** Nobody is left who could have any. */
async function lookForConnections(): Promise<void> {
  const left = (await node?.list('list_connections', 'pid')) ?? [];
  if (left.length > 0) failures.push(`the broker has ${left.length} connections left`);
}

function judge(programs: readonly SoakedProcess[], done: Troubles): void {
  console.log(
    `\n${done.interrupts} interrupts, ${done.cuts} cuts of all connections, ${done.restarts} restarts of the broker`,
  );
  for (const { title, samples } of programs) {
    for (const { quantity, first, last, limit, grew } of growthOf(samples)) {
      const text = `${title}: ${quantity} ${first.toFixed(1)} → ${last.toFixed(1)} (at most ${limit.toFixed(1)})`;
      console.log(text);
      if (grew) failures.push(text);
    }
  }
  const { interrupts = 0 } = programs[0]?.told ?? {};
  // two of them may come before the script has noticed one; that would have ended it
  if (interrupts < done.interrupts) failures.push(`${done.interrupts} interrupts were sent, ${interrupts} came`);
}

function within(limit: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limit);
    promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
