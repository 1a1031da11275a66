import { writeSync } from 'node:fs';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
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

/** What a sentinel's thread does on every runtime, but for waiting and for catching Ctrl-C. */
export class SentinelPost {
  readonly words: Int32Array;
  /** The SENTINEL_ASK of the duty that was taken up last. */
  obeyed = 0;
  /** Whether SIGINT has to be taken from the host anew. */
  anew = false;
  readonly #port: SentinelData['port'];
  #bells: readonly Bell[] = [];
  /** Turn words of the loop whose callbacks are watched. */
  #watched: Int32Array | null = null;
  /** Entry time of the slow callback that was told. */
  #told = 0;

  constructor({ words, port }: SentinelData) {
    this.words = words;
    this.#port = port;
    Atomics.store(words, SENTINEL_STATE, SENTINEL_STARTED);
  }

  /** Whether Ctrl-C is somebody's business. */
  get armed(): boolean {
    return this.#bells.length > 0;
  }

  /** Takes up the last duty. */
  obey(): void {
    this.anew = false;
    this.obeyed = Atomics.load(this.words, SENTINEL_ASK);
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      const { bells, watched, anew } = next.message as Duty;
      this.#bells = bells.map((bell) => new Bell(bell));
      this.#watched = watched === null ? null : new Int32Array(watched, 4 * TURN_WORDS);
      if (anew) this.anew = true;
    }
  }

  /** Says that the duty is seen to. */
  confirm(): void {
    Atomics.store(this.words, SENTINEL_STATE, this.obeyed);
    Atomics.notify(this.words, SENTINEL_STATE);
  }

  /** Ctrl-C was caught. */
  tell(): void {
    Atomics.add(this.words, SENTINEL_COUNT, 1);
    for (const bell of this.#bells) bell.ringLoop();
    parentPort?.postMessage(null);
  }

  /** Milliseconds between two looks at the running callback. */
  get period(): number {
    const threshold = this.#turn(TURN_THRESHOLD);
    return threshold > 0 ? Math.max(5, threshold / 4) : Infinity;
  }

  /** Looks at the running callback. */
  watch(): void {
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
