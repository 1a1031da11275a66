/** How the bytes of a body become what the user gets: a view on part of a buffer. */
export type Slice = (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array;

/**
 * Where received bodies go, as a received chunk holds only during the call. Small ones are cut out of blocks of 4 KiB that
 * were copied whole: one copy serves many messages, and a body that is kept holds no more than its block. From 4 KiB on a
 * body has a buffer of its own.
 */
export class Bodies {
  readonly #slice: Slice;
  #block: ArrayBuffer = NOTHING;
  /** Where the block was copied from. */
  #source: Uint8Array | null = null;
  #from = 0;
  #to = 0;
  /** Bytes of bodies that have come in part. */
  unfinished = 0;

  constructor(slice: Slice) {
    this.#slice = slice;
  }

  /** The bytes of a chunk have changed: what was copied of it no longer stands for it. */
  forgetChunk(): void {
    this.#source = null;
  }

  /** A body that lies whole in `bytes`. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (bytes !== this.#source || start < this.#from || end > this.#to) {
      if (end - start >= BLOCK) return this.#own(bytes, start, end);
      this.#copyBlock(bytes, start);
    }
    return this.#slice(this.#block, start - this.#from, end - start);
  }

  empty(): Uint8Array {
    return this.#slice(NOTHING, 0, 0);
  }

  /** A body that was put together, and now belongs to whoever gets it. */
  whole(buffer: ArrayBuffer, length: number): Uint8Array {
    return this.#slice(buffer, 0, length);
  }

  #own(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const buffer = new ArrayBuffer(end - start);
    new Uint8Array(buffer).set(bytes.subarray(start, end));
    return this.#slice(buffer, 0, end - start);
  }

  #copyBlock(bytes: Uint8Array, start: number): void {
    const end = Math.min(start + BLOCK, bytes.length);
    this.#block = new ArrayBuffer(end - start);
    new Uint8Array(this.#block).set(bytes.subarray(start, end));
    this.#source = bytes;
    this.#from = start;
    this.#to = end;
  }
}

/** Bytes of a block. */
const BLOCK = 4096;
const NOTHING = new ArrayBuffer(0);
