import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Logger, stderrLogger } from './logger.ts';
import {
  type Duty,
  SENTINEL_ASK,
  SENTINEL_COUNT,
  SENTINEL_STATE,
  SENTINEL_WORDS,
  type SentinelData,
} from './sentinel-duty.ts';
import { SENTINEL } from './worker-source.ts';

/** The sentinel as the loops of its parent thread see it, and the program's SIGINT listeners beside it. */
export class SentinelThread {
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * SENTINEL_WORDS));
  readonly #logger: Logger;
  /** null = there is no sentinel, or no more: all goes on as without it. */
  #port: MessagePort | null = null;
  #duty: Duty = { bells: [], watched: null };
  /** The Ctrl-Cs that somebody has acted on. */
  #taken = 0;

  constructor(program: URL = SENTINEL, logger: Logger = stderrLogger) {
    this.#logger = logger;
    if (existsSync(program)) this.#start(program);
    else this.#lose(`${program.pathname} is not there; is the package bundled without it?`);
  }

  /** Whether it has started, and obeys at once. */
  get alive(): boolean {
    return this.#state !== 0;
  }

  /** Whether Ctrl-C reaches it by now. */
  get catching(): boolean {
    return this.#armed && this.alive && this.#state === Atomics.load(this.#words, SENTINEL_ASK);
  }

  /** Whether nobody has acted on a Ctrl-C yet. A plain load: bells are rung after the count. */
  get pending(): boolean {
    return this.#words[SENTINEL_COUNT] !== this.#taken;
  }

  assign(duty: Duty): void {
    const armed = this.#armed;
    this.#duty = duty;
    if (this.#armed && !armed) this.#follow();
    this.#tell(duty);
    if (armed && !this.#armed) this.#leave();
  }

  /** Acts on a Ctrl-C: the next one is caught again. @returns whether the program listens for it itself */
  take(): boolean {
    this.#taken = Atomics.load(this.#words, SENTINEL_COUNT);
    this.#tell(this.#duty);
    this.#awaitObedience();
    return process.listenerCount('SIGINT') > 0;
  }

  /** Calls the program's listeners as the host does. */
  emit(): void {
    // its declared type knows nothing of the number
    (process as EventEmitter).emit('SIGINT', 'SIGINT', constants.signals.SIGINT);
  }

  #start(program: URL): void {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: SentinelData = { words: this.#words, port: port2 };
    const worker = new Worker(program, {
      workerData,
      transferList: [port2],
      name: 'pikaloop-sentinel',
      execArgv: [],
      env: {},
    });
    worker.on('message', () => this.#callFromHost());
    worker.on('error', (error) => this.#lose(error.message));
    worker.unref();
  }

  #lose(why: string): void {
    this.#port?.close();
    this.#port = null;
    Atomics.store(this.#words, SENTINEL_STATE, 0);
    this.#logger.warn(
      `No sentinel: Ctrl-C ends the process, and slow callbacks are told once they have returned: ${why}`,
    );
  }

  get #armed(): boolean {
    return this.#duty.bells.length > 0;
  }

  get #state(): number {
    return Atomics.load(this.#words, SENTINEL_STATE);
  }

  #tell(duty: Duty): void {
    if (this.#port === null) return;
    this.#port.postMessage(duty);
    Atomics.add(this.#words, SENTINEL_ASK, 1);
    Atomics.notify(this.#words, SENTINEL_ASK);
  }

  #awaitObedience(): void {
    const asked = Atomics.load(this.#words, SENTINEL_ASK);
    // one that has not started finds its last duty when it does, and never catches anything
    for (let state = this.#state; state !== asked && state !== 0; state = this.#state) {
      if (Atomics.wait(this.#words, SENTINEL_STATE, state, DISARM_LIMIT) === 'timed-out') break;
    }
  }

  /** The host's own loop turns between two runs of ours: a listener has not to wait for the next one. */
  #callFromHost(): void {
    if (this.pending && process.listenerCount('SIGINT') > 0 && this.take()) this.emit();
  }

  /** The first listener that comes and the last one that goes take SIGINT away from the sentinel. */
  readonly #listenersChange = (event: string | symbol): void => {
    if (event === 'SIGINT' && process.listenerCount('SIGINT') === 0) this.#tell({ ...this.#duty, anew: true });
  };

  #follow(): void {
    process.on('newListener', this.#listenersChange);
    process.on('removeListener', this.#listenersChange);
  }

  #leave(): void {
    process.off('newListener', this.#listenersChange);
    process.off('removeListener', this.#listenersChange);
    this.#awaitObedience();
    // the sentinel has left the signal's default action behind: the host takes it up again for its first listener
    // once() listeners come with the wrapper that removes them
    const listeners = process.rawListeners('SIGINT') as Listener[];
    // one by one: Deno does not hear of removeAllListeners()
    for (const listener of listeners) process.off('SIGINT', listener);
    for (const listener of listeners) process.on('SIGINT', listener);
    if (IN_BUN && listeners.length === 0) letDefaultsReturn();
    if (!this.pending) return;
    // it came too late for the loop, and is the business of whoever is next
    this.#taken = Atomics.load(this.#words, SENTINEL_COUNT);
    process.kill(process.pid, 'SIGINT');
  }
}

/** Bun drops a signal that it once caught, until its last listener goes. */
function letDefaultsReturn(): void {
  const listener = (): void => {};
  process.on('SIGINT', listener);
  process.off('SIGINT', listener);
}

type Listener = (...args: unknown[]) => void;

const IN_BUN = 'Bun' in globalThis;
/** Milliseconds; the parked thread takes a fifth of one. */
const DISARM_LIMIT = 1000;
