import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { monotonic } from './io-clock.ts';
import type { StreamMemory } from './ring.ts';
import {
  BOARD_BYTES,
  MODE,
  STREAMS,
  WAKES,
  WATCHDOG_AWAKE,
  WATCHDOG_AWAY,
  WATCHDOG_PARKED,
  type WatchdogData,
  type WatchdogOrder,
} from './watchdog-board.ts';
import { WATCHDOG } from './worker-source.ts';

/**
 * The watchdog as the loops of its parent thread see it. It sends what they wrote and do not come round to send, and
 * keep-alives while they compute.
 */
export class WatchdogThread {
  /** That of this thread: started for its first stream, and again after it has retired. */
  static get(): WatchdogThread {
    current ??= new WatchdogThread(WATCHDOG);
    return current;
  }

  /** `monotonic()` that the times of the streams count from. */
  readonly origin: number = monotonic();
  readonly #program: URL;
  #words = new Int32Array(new SharedArrayBuffer(BOARD_BYTES));
  #port: MessagePort | null = null;
  #missing: boolean | undefined;

  constructor(program: URL) {
    this.#program = program;
  }

  /** Why there will be none, or null: streams then send at each write, and keep-alives only while their loop runs. */
  get missing(): string | null {
    if (this.#missing === undefined) this.#missing = !existsSync(this.#program);
    return this.#missing ? `${this.#program.pathname} is not there; is the package bundled without it?` : null;
  }

  /** From here on the stream is looked after, until its outlet is sealed and `forget()` called. */
  watch(fd: number, memory: StreamMemory): void {
    // one that retires has set this far below zero
    if (this.#port === null || Atomics.add(this.#words, STREAMS, 1) < 0) {
      this.#start();
      Atomics.add(this.#words, STREAMS, 1);
    }
    const order: WatchdogOrder = { fd, memory: memory.buffer };
    this.#port?.postMessage(order);
    this.wake();
  }

  forget(): void {
    Atomics.sub(this.#words, STREAMS, 1);
    // so that it lets go of the memory
    this.wake();
  }

  /** Whether it has started, and does its duty. */
  get alive(): boolean {
    return Atomics.load(this.#words, MODE) !== WATCHDOG_AWAY;
  }

  /** Something was written to a stream that it watches. @returns false when nobody is there to care */
  wrote(): boolean {
    const mode = Atomics.load(this.#words, MODE);
    if (mode === WATCHDOG_AWAKE) return true;
    if (mode === WATCHDOG_AWAY) return false;
    if (Atomics.compareExchange(this.#words, MODE, WATCHDOG_PARKED, WATCHDOG_AWAKE) === WATCHDOG_PARKED) this.wake();
    return true;
  }

  /** Something else has changed, which it does not see by itself. */
  wake(): void {
    Atomics.add(this.#words, WAKES, 1);
    Atomics.notify(this.#words, WAKES);
  }

  #start(): void {
    this.#port?.close();
    this.#words = new Int32Array(new SharedArrayBuffer(BOARD_BYTES));
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    if (this.missing !== null) return;
    const workerData: WatchdogData = {
      board: this.#words.buffer as SharedArrayBuffer,
      port: port2,
      origin: this.origin,
    };
    const worker = new Worker(this.#program, {
      workerData,
      transferList: [port2],
      name: 'pikaloop-watchdog',
      execArgv: [],
      env: {},
    });
    worker.unref();
    // its mode in shared memory tells the same, and tells it to a thread that blocks
    worker.on('error', () => {});
    const words = this.#words;
    worker.on('exit', () => {
      Atomics.store(words, MODE, WATCHDOG_AWAY);
      if (words === this.#words) this.#port = null;
    });
  }
}

let current: WatchdogThread | undefined;
