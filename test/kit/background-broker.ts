import { Worker } from 'node:worker_threads';
import type { MemoryBrokerOptions } from './broker.ts';

/** A {@link MemoryBroker} on a loopback port, served by a thread of its own. */
export interface BackgroundBroker {
  readonly port: number;
  /** For guest, in the virtual host '/'. */
  readonly url: string;
  /** Ends the thread at once; it ends with the process anyway. */
  stop(): void;
}

/** What the thread tells when it listens: [state, port]. */
export const STATE = 0;
export const PORT = 1;
export const LISTENING = 1;
export const FAILED = 2;

/**
 * Starts a broker in memory that goes on while this thread blocks in `start()`. Blocks until it listens, which takes
 * some ten milliseconds.
 * @throws Error when the thread cannot start or listen
 */
export function startBackgroundBroker(options: MemoryBrokerOptions = {}): BackgroundBroker {
  const report = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL('./broker-thread.js', import.meta.url), { workerData: { options, report } });
  worker.unref();
  Atomics.wait(report, STATE, 0, START_LIMIT);
  if (Atomics.load(report, STATE) !== LISTENING) {
    void worker.terminate();
    throw new Error('the thread of the broker in memory could not start to listen');
  }
  const port = Atomics.load(report, PORT);
  return { port, url: `amqp://guest:guest@127.0.0.1:${port}/%2F`, stop: () => void worker.terminate() };
}

const START_LIMIT = 10_000; // ms
