import process from 'node:process';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Duty, SENTINEL_ASK, SENTINEL_STATE, type SentinelData } from './sentinel-duty.ts';
import { SENTINEL } from './worker-source.ts';

type Listener = (...args: unknown[]) => void;

/** The sentinel as the loops of its parent thread see it, and the SIGINT listeners that must be off while it catches. */
export class SentinelThread {
  /** Whether a listener was added meanwhile: it has taken SIGINT away from the sentinel. */
  stray = false;
  readonly #words = new Int32Array(new SharedArrayBuffer(8));
  readonly #port: MessagePort;
  #duty: Duty = { bell: null, armed: false };
  #taken: Listener[] = [];

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: SentinelData = { words: this.#words, port: port2 };
    const worker = new Worker(SENTINEL, {
      workerData,
      transferList: [port2],
      name: 'pikaloop-sentinel',
      execArgv: [],
      env: {},
    });
    worker.unref();
    this.assign(this.#duty);
  }

  /** Whether it has started, and answers at once from here on. */
  get alive(): boolean {
    return this.#state !== 0;
  }

  /** Whether Ctrl-C reaches it by now. */
  get catching(): boolean {
    return this.#duty.armed && this.#state === Atomics.load(this.#words, SENTINEL_ASK);
  }

  /** The program's own listeners, while Ctrl-C is caught for them. */
  get listeners(): readonly Listener[] {
    return this.#taken;
  }

  assign(duty: Duty): void {
    const { armed } = this.#duty;
    this.#duty = duty;
    if (duty.armed && !armed) {
      process.on('newListener', this.#noticed);
      this.takeListeners();
    }
    this.#port.postMessage(duty);
    Atomics.add(this.#words, SENTINEL_ASK, 1);
    Atomics.notify(this.#words, SENTINEL_ASK);
    if (armed && !duty.armed) this.#giveBack();
  }

  /** The loop has taken notice of a Ctrl-C, or of a listener: the next one is caught again. */
  rearm(): void {
    this.assign(this.#duty);
  }

  /** Node's own handling of SIGINT and the sentinel's exclude each other: the next signal would end the process. */
  takeListeners(): void {
    this.stray = false;
    // once() listeners come with the wrapper that removes them
    this.#taken.push(...(process.rawListeners('SIGINT') as Listener[]));
    process.removeAllListeners('SIGINT');
  }

  /** Calls the program's listeners as the host would. */
  signal(call: (task: () => void) => void): void {
    const listeners = this.#taken;
    this.#taken = listeners.filter((listener) => !('listener' in listener));
    for (const listener of listeners) call(() => listener.call(process, 'SIGINT', 2));
  }

  forget(listener: Listener): void {
    this.#taken = this.#taken.filter((taken) => taken !== listener);
  }

  readonly #noticed = (event: string | symbol): void => {
    if (event === 'SIGINT') this.stray = true;
  };

  #giveBack(): void {
    const asked = Atomics.load(this.#words, SENTINEL_ASK);
    for (let state = this.#state; state !== asked; state = this.#state) {
      if (Atomics.wait(this.#words, SENTINEL_STATE, state, DISARM_LIMIT) === 'timed-out') break;
    }
    process.off('newListener', this.#noticed);
    this.stray = false;
    for (const listener of this.#taken.splice(0)) process.on('SIGINT', listener);
  }

  get #state(): number {
    return Atomics.load(this.#words, SENTINEL_STATE);
  }
}

/** Milliseconds; the parked thread takes a fifth of one. */
const DISARM_LIMIT = 1000;
