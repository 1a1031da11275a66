import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { monotonic } from './io-clock.ts';
import type { IoCommand, IoEvent, IoWorkerData } from './io-messages.ts';
import {
  type Bell,
  FAILURE_AT,
  IO_FAILED,
  IO_GONE,
  IO_MESSAGES,
  IO_PULSE,
  IO_STARTING,
  IO_STATE,
  PULSE_ASK,
} from './ring.ts';

/** An I/O thread as its loop sees it: its port, its wake, and whether it lives. */
export class IoThread {
  /** `monotonic()` that the times of its streams count from. */
  readonly origin: number = monotonic();
  readonly #bell: Bell;
  readonly #generation: number;
  readonly #port: MessagePort;
  readonly #worker: Worker | null;
  #messages: number;
  /** When it was last asked for a pulse, and how often in a row it had not answered the time before. */
  #asked: number = monotonic();
  #strikes = 0;

  /** @param generation - one more than that of the thread before on this bell */
  constructor(bell: Bell, generation: number, program: URL) {
    this.#bell = bell;
    this.#generation = generation;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#messages = Atomics.load(bell.words, IO_MESSAGES);
    Atomics.store(bell.words, IO_STATE, (generation << 2) | IO_STARTING);
    // the 'error' event of a program that is not there would not come while this thread blocks
    this.#worker = existsSync(program) ? this.#start(program, port2) : null;
    if (this.#worker === null) this.#missing(program);
  }

  post(command: IoCommand): void {
    this.#port.postMessage(command);
  }

  /** Something in shared memory is to be looked at. */
  wake(): void {
    if (this.#bell.ringIo()) this.#port.postMessage(null);
  }

  receive(visit: (event: IoEvent) => void): void {
    const count = Atomics.load(this.#bell.words, IO_MESSAGES);
    while (this.#messages !== count) {
      this.#messages = (this.#messages + 1) | 0;
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) visit(received.message as IoEvent);
    }
  }

  /** Why it is dead, or null. */
  get death(): string | null {
    const state = Atomics.load(this.#bell.words, IO_STATE);
    if (state === ((this.#generation << 2) | IO_FAILED)) return `failed: ${this.#failure()}`;
    if (state === ((this.#generation << 2) | IO_GONE)) return 'ended';
    return this.#strikes >= STRIKES ? 'does not answer' : null;
  }

  /** To be called now and then, once per PULSE ms at least while a wait is long. */
  feelPulse(): void {
    const now = monotonic();
    if (now - this.#asked < PULSE) return;
    const { words } = this.#bell;
    const starting = Atomics.load(words, IO_STATE) === ((this.#generation << 2) | IO_STARTING);
    if (starting && now - this.origin < START_LIMIT) return;
    // one late answer proves nothing: this whole process may have been stopped meanwhile
    this.#strikes = Atomics.load(words, IO_PULSE) === Atomics.load(words, PULSE_ASK) ? 0 : this.#strikes + 1;
    Atomics.add(words, PULSE_ASK, 1);
    this.#asked = now;
    this.wake();
  }

  /** Asks it to end when all that was written is on its way. */
  drain(): void {
    this.post({ op: 'drain' });
  }

  get gone(): boolean {
    return Atomics.load(this.#bell.words, IO_STATE) === ((this.#generation << 2) | IO_GONE);
  }

  terminate(): void {
    this.#port.close();
    this.#worker?.terminate().catch(() => {
      // it is on its way out; there is nobody left to tell
    });
  }

  #start(program: URL, port: MessagePort): Worker {
    const workerData: IoWorkerData = {
      bell: this.#bell.buffer,
      port,
      generation: this.#generation,
      origin: this.origin,
    };
    const worker = new Worker(program, {
      workerData,
      transferList: [port],
      name: 'pikaloop-io',
      // what the parent was started with (a test runner's hooks, an inspector) is no business of this program
      execArgv: [],
      env: {},
    });
    worker.unref();
    // its words in shared memory tell the same, and tell it to a thread that blocks
    worker.on('error', () => {});
    return worker;
  }

  #missing(program: URL): void {
    const text = new TextEncoder().encode(`${program.pathname} is not there; is the package bundled without it?`);
    new Int32Array(this.#bell.buffer, FAILURE_AT, 1)[0] = text.length;
    new Uint8Array(this.#bell.buffer, FAILURE_AT + 4).set(text);
    Atomics.store(this.#bell.words, IO_STATE, (this.#generation << 2) | IO_FAILED);
    this.#bell.ringLoop();
  }

  #failure(): string {
    const length = new Int32Array(this.#bell.buffer, FAILURE_AT, 1)[0] ?? 0;
    return new TextDecoder().decode(new Uint8Array(this.#bell.buffer, FAILURE_AT + 4, length).slice());
  }
}

/** Milliseconds between two looks whether the thread lives. */
export const PULSE = 900;
/** Unanswered looks in a row that mean death. */
const STRIKES = 2;
/** Milliseconds that a thread may take to start, on a machine that has other things to do. */
const START_LIMIT = 15_000;
