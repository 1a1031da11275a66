/** How the bytes of a body become what the user gets: a view on part of a buffer. */
export type Slice = (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array;

/**
 * Where received bodies go, as a received chunk holds only during the call. Small ones share blocks of 4 KiB: one buffer
 * is made for many messages, and a body that is kept holds no more than its block. Larger ones have a buffer of their own.
 *
 * The smallest are copied one by one. Of a chunk with much to come, 8 KiB are copied at once, and the bodies in it are
 * where they were between their frames.
 */
export class Bodies {
  readonly #slice: Slice;
  #block: Uint8Array<ArrayBuffer> = NOTHING;
  /** Where the next small body goes. */
  #at = 0;
  /** The chunk of which a piece was copied, where that piece begins and ends in it, and the copy. */
  #chunk: Uint8Array = NOTHING;
  #from = 0;
  #to = 0;
  #piece: Uint8Array<ArrayBuffer> = NOTHING;
  /** Bytes of bodies that have come in part. */
  unfinished = 0;

  constructor(slice: Slice) {
    this.#slice = slice;
  }

  /** A chunk comes, which may be the memory of the one before with other bytes in it. */
  renew(): void {
    this.#chunk = NOTHING;
  }

  /** A body that lies whole in `bytes`. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > SHARING) return this.#own(bytes, start, end);
    if (length > COPY_BY_HAND && this.#hasCopied(bytes, start, end)) {
      return this.#slice(this.#piece.buffer, start - this.#from, length);
    }
    if (length > this.#block.length - this.#at) this.#renewBlock();
    const at = this.#at;
    this.#at += length;
    const block = this.#block;
    if (length > COPY_BY_HAND) block.set(bytes.subarray(start, end), at);
    else for (let i = 0; i < length; i++) block[at + i] = bytes[start + i]!; // in bounds: the body lies in `bytes`
    return this.#slice(block.buffer, at, length);
  }

  empty(): Uint8Array {
    return this.#slice(NOTHING.buffer, 0, 0);
  }

  /** A body that was put together, and now belongs to whoever gets it. */
  whole(buffer: ArrayBuffer, length: number): Uint8Array {
    return this.#slice(buffer, 0, length);
  }

  #own(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const own = new Uint8Array(end - start);
    own.set(bytes.subarray(start, end));
    return this.#slice(own.buffer, 0, own.length);
  }

  /** Whether these bytes are in the piece that was copied; if need be, and if it pays, the next one is. */
  #hasCopied(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes === this.#chunk && start >= this.#from && end <= this.#to) return true;
    if (bytes.length - start < PIECE) return false;
    this.#chunk = bytes;
    this.#from = start;
    this.#to = start + PIECE;
    this.#piece = new Uint8Array(PIECE);
    this.#piece.set(bytes.subarray(start, start + PIECE));
    return true;
  }

  #renewBlock(): void {
    this.#block = new Uint8Array(BLOCK);
    this.#at = 0;
  }
}

/** Bytes of a block. */
const BLOCK = 4096;
/** Bytes that are copied at once: what a body that is kept holds at most, as in Node's own pool. */
const PIECE = 8192;
/** Bodies of up to so many bytes share a block: at least four fit. */
const SHARING = 1024;
/** Up to so many bytes a loop is faster than a call of `set`. */
const COPY_BY_HAND = 64;
const NOTHING = new Uint8Array(0);
