import { Worker } from 'node:worker_threads';
import type { LoopHandleData } from '../../ioloop/index.ts';

/** A thread that calls a loop by its handle: what it is told to, when it is told to. */
export class Courier {
  readonly #worker: Worker;

  constructor(handle: LoopHandleData) {
    this.#worker = new Worker(new URL('./courier-worker.js', import.meta.url), {
      execArgv: [],
      workerData: handle,
      transferList: [handle.port],
    });
    this.#worker.unref();
  }

  /** Has it call the exposed function of that name; returns at once. */
  send(name: string, ...args: readonly unknown[]): void {
    this.#worker.postMessage([name, ...args]);
  }

  end(): Promise<unknown> {
    return this.#worker.terminate();
  }
}
