/** Streams that one page of ready bits covers. */
export const PAGE_STREAMS = 1024;

/** Which streams need attention, 1,024 a page: for the loop at LOOP_BITS, for the I/O thread at IO_BITS. */
export class ReadyPages {
  readonly loop: ReadyBits;
  readonly io: ReadyBits;

  constructor(first: Int32Array) {
    this.loop = new ReadyBits(first, LOOP_BITS);
    this.io = new ReadyBits(first, IO_BITS);
  }

  get capacity(): number {
    return this.loop.pageCount * PAGE_STREAMS;
  }

  /** @param page - of BELL_BYTES, known to the other side before a stream of its range is */
  add(page: SharedArrayBuffer): void {
    const words = new Int32Array(page);
    this.loop.add(words);
    this.io.add(words);
  }
}

/** A set of stream numbers that one thread fills and another one empties. */
export class ReadyBits {
  readonly #pages: Int32Array[];
  readonly #first: number;

  constructor(page: Int32Array, first: number) {
    this.#pages = [page];
    this.#first = first;
  }

  get pageCount(): number {
    return this.#pages.length;
  }

  add(page: Int32Array): void {
    this.#pages.push(page);
  }

  set(slot: number): void {
    // a slot's page is added before the slot is given out
    const page = this.#pages[slot >> 10]!;
    const word = this.#first + ((slot >> 5) & 31);
    const bit = 1 << (slot & 31);
    // whoever empties the word does so before looking at the stream: a bit that still stands covers this call too
    if ((Atomics.load(page, word) & bit) === 0) Atomics.or(page, word, bit);
  }

  /** Whether there is any. */
  get any(): boolean {
    for (const page of this.#pages) {
      for (let word = this.#first; word < this.#first + 32; word++) if (Atomics.load(page, word) !== 0) return true;
    }
    return false;
  }

  /** Empties the set. */
  take(visit: (slot: number) => void): void {
    for (let p = 0; p < this.#pages.length; p++) {
      const page = this.#pages[p]!;
      for (let i = 0; i < 32; i++) {
        if (Atomics.load(page, this.#first + i) === 0) continue;
        let bits = Atomics.exchange(page, this.#first + i, 0);
        while (bits !== 0) {
          const bit = 31 - Math.clz32(bits & -bits);
          bits &= bits - 1;
          visit((p << 10) | (i << 5) | bit);
        }
      }
    }
  }
}

// Words of a page: streams that need the loop, a bit each; and streams that need the I/O thread.
const LOOP_BITS = 64;
const IO_BITS = 128;
