import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { IOLoop, type PollerName, type Transport } from '../../ioloop/index.ts';
import { quietHandlers } from '../support/stream-handlers.ts';

/** A program that ends while a loop has something to do; `process-end.test.ts` runs it. */
const [poller, name = '', port = '0', size = '0'] = process.argv.slice(2) as [PollerName, ...string[]];

const PROGRAMS: Record<string, () => void> = {
  /** Writes and stops; the process ends by itself. */
  natural: () => writeAndThen((loop) => loop.stop()),
  exit: () => writeAndThen(() => process.exit(7)),
  /** Writes between two runs of the loop, the second of which never comes. */
  script: () => {
    const loop = new IOLoop({ poller });
    const stream = connect(loop, () => loop.stop());
    loop.start();
    writeAll(stream);
  },
  /** Nobody catches it. */
  throwing: () =>
    writeAndThen(() => {
      throw new Error('planted');
    }, 'throw'),
  close: () =>
    writeAndThen((loop) => {
      loop.addCallback(() => loop.stop());
      setImmediate(() => loop.close());
    }),
  /** A stream that is open keeps no process alive once start() has returned. */
  idle: () => writeAndThen((loop) => loop.stop()),
  /** Another thread waits in a loop while this one ends the process. */
  'exit beside a waiting thread': () => {
    beside().on('message', () => {
      say('ready');
      process.exit(3);
    });
  },
  'terminate a waiting thread': () => {
    const worker = beside();
    worker.on('message', () => {
      say('ready');
      worker.terminate().then(() => say('terminated'));
    });
  },
};

function writeAndThen(then: (loop: IOLoop) => void, onError: 'log' | 'throw' = 'log'): void {
  const loop = new IOLoop({ poller, onError });
  const stream = connect(loop, () => {
    writeAll(stream);
    loop.addCallback(() => then(loop));
  });
  loop.start();
}

function connect(loop: IOLoop, onConnect: () => void): Transport {
  const stream = loop.transports.create({ ...quietHandlers(), onConnect });
  stream.connect({ host: '127.0.0.1', port: Number(port) });
  return stream;
}

function writeAll(stream: Transport): void {
  for (let left = Number(size); left > 0; left -= 1000) stream.write(new Uint8Array(1000).fill(33));
}

function beside(): Worker {
  return new Worker(new URL('./waiting-worker.js', import.meta.url), { workerData: { poller, port: Number(port) } });
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

PROGRAMS[name]?.();
