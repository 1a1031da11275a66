import { writeSync } from 'node:fs';
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { BlockingConnection } from '../../adapters/index.ts';
import { IOLoop, LoopHandle, type LoopHandleData, type PollerName } from '../../ioloop/index.ts';
import { vitalsOf } from '../support/vitals.ts';

/** A program whose threads have blocking connections; `threads.test.ts` runs it, and says by a name what they do. */
interface Task {
  readonly poller: PollerName;
  readonly name: string;
  readonly url: string;
  /** Of the thread that this one hands its work to. */
  readonly next?: LoopHandleData;
}
const [poller, name, url] = process.argv.slice(2) as [PollerName, string, string];
const task: Task = isMainThread ? { poller, name, url } : (workerData as Task); // begin() has given it
IOLoop.configure(task.poller);

const PROGRAMS: Record<string, { main(): void; thread(): void }> = {
  /** Each publishes and consumes on its own. */
  eight: {
    main(): void {
      let left = 8;
      for (let i = 0; i < 8; i++) {
        begin().on('message', (sum) => {
          say(`${sum}`);
          if (--left === 0) say('done');
        });
      }
    },
    thread(): void {
      using(new BlockingConnection(task.url), (connection) => {
        const channel = connection.channel();
        const { queue } = channel.queueDeclare({ exclusive: true });
        channel.confirmDelivery();
        for (let i = 1; i <= 100; i++) channel.basicPublish('', queue, `${i}`);
        let sum = 0;
        channel.basicConsume({ queue, autoAck: true }, (_channel, _method, _properties, body) => {
          sum += Number(`${body}`);
          if (sum === 5050) channel.stopConsuming();
        });
        channel.startConsuming();
        parentPort?.postMessage(sum);
      });
    },
  },
  /** Work goes from this thread to the second, from there to the first, and back here, a thousand times. */
  ring: {
    main(): void {
      const connection = new BlockingConnection(task.url);
      let first: LoopHandle | null = null;
      connection.expose('pass', (lap) => {
        if (Number(lap) < 1000) {
          first?.call('pass', Number(lap) + 1);
          return;
        }
        say(`lap ${lap}`);
        first?.call('end');
      });
      connection.expose('end', () => connection.close());
      begin(connection.handle()).once('message', (handle: LoopHandleData) => {
        begin(handle).once('message', (last: LoopHandleData) => {
          first = LoopHandle.attach(last);
          first.call('pass', 1);
          untilClosed(connection);
          say('done');
        });
      });
    },
    thread(): void {
      if (task.next === undefined) throw new Error('a thread of the ring has nobody to hand over to');
      const next = LoopHandle.attach(task.next);
      const connection = new BlockingConnection(task.url);
      connection.expose('pass', (lap) => next.call('pass', lap));
      connection.expose('end', () => {
        next.call('end');
        connection.close();
      });
      const handle = connection.handle();
      parentPort?.postMessage(handle, [handle.port]);
      untilClosed(connection);
    },
  },
  /** Time and again, a thread that waits is ended from outside. */
  terminated: {
    async main(): Promise<void> {
      // what a process has once and for all, it has after the first one
      await terminateOne();
      await settled();
      const before = belongings();
      let slowest = 0;
      for (let i = 0; i < 5; i++) slowest = Math.max(slowest, await terminateOne());
      await settled(before);
      say(`${slowest < 3000 ? 'prompt' : slowest}`);
      const after = belongings();
      say(`${after.threads - before.threads} threads, ${after.fds - before.fds} fds more`);
      say('done');
    },
    thread(): void {
      using(new BlockingConnection(task.url), (connection) => {
        connection.channel();
        connection.callLater(10, () => parentPort?.postMessage('waiting'));
        connection.sleep(600_000);
      });
    },
  },
};

function begin(next?: LoopHandleData): Worker {
  const transferList: MessagePort[] = next === undefined ? [] : [next.port];
  return new Worker(new URL(import.meta.url), {
    workerData: { ...task, ...(next === undefined ? {} : { next }) },
    transferList,
  });
}

/** @returns how many milliseconds the end took */
async function terminateOne(): Promise<number> {
  const worker = begin();
  await new Promise((resolve) => worker.once('message', resolve));
  const began = performance.now();
  await worker.terminate();
  return performance.now() - began;
}

/** Threads of the library end a moment after the one that they belong to. */
async function settled(wanted?: { threads: number; fds: number }): Promise<void> {
  for (let i = 0; i < 100; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (wanted === undefined && i > 25) return;
    const { threads, fds } = belongings();
    if (wanted !== undefined && threads <= wanted.threads && fds <= wanted.fds) return;
  }
}

function belongings(): { threads: number; fds: number } {
  const { threads, fds } = vitalsOf(process.pid);
  return { threads, fds };
}

function untilClosed(connection: BlockingConnection): void {
  while (connection.isOpen) connection.processDataEvents(null);
}

function using(connection: BlockingConnection, work: (connection: BlockingConnection) => void): void {
  try {
    work(connection);
  } finally {
    connection.close();
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

PROGRAMS[task.name]?.[isMainThread ? 'main' : 'thread']();
