import { type MessagePort, Worker } from 'node:worker_threads';

/** Another thread that rings a loop when it is asked to; how it rings is the program's that it runs. */
export class Waker {
  readonly #asked = new Int32Array(new SharedArrayBuffer(4));

  /** @param program - of the worker: calls `ringWhenAsked` with its `workerData.asked` */
  constructor(program: URL, data: object, transferList: readonly MessagePort[]) {
    const worker = new Worker(program, {
      workerData: { ...data, asked: this.#asked },
      transferList: [...transferList],
    });
    worker.unref();
  }

  ask(): void {
    Atomics.add(this.#asked, 0, 1);
    Atomics.notify(this.#asked, 0);
  }
}

/** The worker's side: for ever, rings with the time at which it does so. */
export function ringWhenAsked(asked: Int32Array, ring: (rang: number) => void): void {
  for (let served = 0; ; served++) {
    Atomics.wait(asked, 0, served);
    // time for the loop to fall asleep
    Atomics.wait(asked, 0, served + 1, SLEEP);
    ring(monotonic());
  }
}

/** Milliseconds on a clock that all threads share. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const SLEEP = 1;
