import { ageOf, monotonic } from './io-clock.ts';
import {
  IDLE_READ,
  IDLE_WRITE,
  KEEP_ALIVE_GENERATION,
  LAST_READ,
  LAST_WRITE,
  RX_PAUSED,
  RX_STALLED,
  SILENCES,
} from './ring.ts';

/** "Send these bytes after so much silence of ours, tell me of so much silence of theirs": kept while the loop computes. */
export class KeepAlive {
  readonly #words: Int32Array;
  readonly #insert: () => boolean;
  readonly #origin: number;
  readonly #tell: () => void;
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time of the last byte that a silence was told of; and since when silence counts. */
  #told = -1;
  #countFrom = -Infinity;

  constructor(words: Int32Array, insert: () => boolean, origin: number, tell: () => void) {
    this.#words = words;
    this.#insert = insert;
    this.#origin = origin;
    this.#tell = tell;
  }

  /** Takes up other settings. */
  look(): void {
    const generation = Atomics.load(this.#words, KEEP_ALIVE_GENERATION);
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#check();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #check = (): void => {
    clearTimeout(this.#timer);
    const now = monotonic();
    const next = Math.min(this.#checkWrite(now), this.#checkRead(now));
    if (next !== Infinity) this.#timer = setTimeout(this.#check, Math.max(1, next));
  };

  /** @returns in how many ms to look again */
  #checkWrite(now: number): number {
    const limit = Atomics.load(this.#words, IDLE_WRITE);
    if (limit <= 0) return Infinity;
    const left = limit - ageOf(Atomics.load(this.#words, LAST_WRITE), this.#origin, now);
    if (left > 0) return left;
    return this.#insert() ? limit : Math.min(RETRY, limit);
  }

  #checkRead(now: number): number {
    const limit = Atomics.load(this.#words, IDLE_READ);
    if (limit <= 0) return Infinity;
    // while nobody reads, nothing can be said of the peer
    if (Atomics.load(this.#words, RX_PAUSED) === 1 || Atomics.load(this.#words, RX_STALLED) === 1)
      this.#countFrom = now;
    const last = Atomics.load(this.#words, LAST_READ);
    const left = limit - Math.min(ageOf(last, this.#origin, now), now - this.#countFrom);
    if (left > 0) return left;
    if (this.#told !== last) {
      this.#told = last;
      Atomics.add(this.#words, SILENCES, 1);
      this.#tell();
    }
    return limit;
  }
}

/** Milliseconds until a unit's end is looked for again. */
const RETRY = 50;
