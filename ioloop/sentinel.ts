import { writeSync } from 'node:fs';
import { Script } from 'node:vm';
import { isMainThread, type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { TURN_ENTERED, TURN_THRESHOLD } from './poller.ts';
import { Bell, TURN_WORDS } from './ring.ts';
import {
  type Duty,
  SENTINEL_ASK,
  SENTINEL_COUNT,
  SENTINEL_STARTED,
  SENTINEL_STATE,
  type SentinelData,
} from './sentinel-duty.ts';

/**
 * The program of a thread that does nothing but wait. Inside `breakOnSigint` its wait ends with an error on Ctrl-C,
 * which no blocked thread could notice otherwise; and it sees when a callback of the loop takes too long.
 */
class Sentinel {
  readonly #words: Int32Array;
  readonly #port: MessagePort;
  readonly #script = new Script('pikaloopWait()');
  #bells: readonly Bell[] = [];
  /** Turn words of the loop whose callbacks are watched. */
  #watched: Int32Array | null = null;
  #obeyed = 0;
  /** Whether the host has taken SIGINT meanwhile. */
  #anew = false;
  /** Entry time of the slow callback that was told. */
  #told = 0;

  constructor({ words, port }: SentinelData) {
    this.#words = words;
    this.#port = port;
    Object.assign(globalThis, { pikaloopWait: () => this.#guard() });
  }

  run(): never {
    Atomics.store(this.#words, SENTINEL_STATE, SENTINEL_STARTED);
    for (this.#obey(); ; ) {
      if (this.#bells.length === 0) this.#wait();
      else if (this.#caught()) this.#tell();
    }
  }

  #obey(): void {
    this.#anew = false;
    this.#obeyed = Atomics.load(this.#words, SENTINEL_ASK);
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      const { bells, watched, anew } = next.message as Duty;
      this.#bells = bells.map((bell) => new Bell(bell));
      this.#watched = watched === null ? null : new Int32Array(watched, 4 * TURN_WORDS);
      if (anew) this.#anew = true;
    }
  }

  /** @returns whether Ctrl-C ended the wait */
  #caught(): boolean {
    try {
      this.#script.runInThisContext({ breakOnSigint: true });
      return false;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return true;
      throw error;
    }
  }

  /** What Ctrl-C breaks. Not left for a duty that it can see to: outside, Ctrl-C ends the process. */
  #guard(): void {
    do this.#wait();
    while (this.#bells.length > 0 && !this.#anew);
  }

  /** Not armed again until the loop has taken notice: a second Ctrl-C before that ends the process. */
  #tell(): void {
    Atomics.add(this.#words, SENTINEL_COUNT, 1);
    for (const bell of this.#bells) bell.ringLoop();
    parentPort?.postMessage(null);
    this.#wait();
  }

  /** Until there is another duty, which it takes up. */
  #wait(): void {
    Atomics.store(this.#words, SENTINEL_STATE, this.#obeyed);
    Atomics.notify(this.#words, SENTINEL_STATE);
    while (Atomics.wait(this.#words, SENTINEL_ASK, this.#obeyed, this.#period()) === 'timed-out') this.#watch();
    this.#obey();
  }

  /** Milliseconds between two looks at the running callback. */
  #period(): number {
    const threshold = this.#turn(TURN_THRESHOLD);
    return threshold > 0 ? Math.max(5, threshold / 4) : Infinity;
  }

  #watch(): void {
    const entered = this.#turn(TURN_ENTERED);
    const threshold = this.#turn(TURN_THRESHOLD);
    if (entered === 0 || entered === this.#told || threshold <= 0) return;
    const duration = ((performance.timeOrigin + performance.now()) | 0) - entered;
    if (duration <= threshold) return;
    this.#told = entered;
    // a worker's console is not printed while the main thread blocks, and lost when it exits
    writeSync(2, `A callback has been running for ${duration} ms and blocks its loop\n`);
  }

  #turn(word: number): number {
    return this.#watched === null ? 0 : Atomics.load(this.#watched, word);
  }
}

if (isMainThread) throw new Error('sentinel is started by a loop, in a thread of its own');
// the loop that starts this thread hands it nothing else
new Sentinel(workerData as SentinelData).run();
