import { REFERENCE_SIZE } from '../transport.ts';

/** Bytes in order, without joining: small pieces are copied into blocks, large ones kept by reference. */
export class ByteQueue {
  #pieces: Uint8Array[] = [];
  /** Pieces before this one were taken. */
  #first = 0;
  #size = 0;
  #block = EMPTY;
  /** Of the block: where the piece that is being collected starts, and where it ends. */
  #start = 0;
  #end = 0;

  get size(): number {
    return this.#size;
  }

  /** Copies what is smaller than 64 KiB, so that the caller may use its buffer again. */
  push(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (bytes.length >= REFERENCE_SIZE) {
      this.#seal();
      this.#pieces.push(bytes);
      return;
    }
    if (bytes.length > this.#block.length - this.#end) {
      this.#seal();
      this.#block = new Uint8Array(BLOCK);
      this.#start = this.#end = 0;
    }
    this.#block.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Takes bytes that nobody else writes to, without copying. */
  give(bytes: Uint8Array): void {
    this.#seal();
    this.#size += bytes.length;
    this.#pieces.push(bytes);
  }

  /** The first bytes, at most `limit`; null when there are none, or none allowed. They are no longer in the queue. */
  take(limit: number): Uint8Array | null {
    if (this.#first === this.#pieces.length) this.#seal();
    const piece = this.#pieces[this.#first];
    if (piece === undefined || limit <= 0) return null;
    if (piece.length > limit) {
      this.#pieces[this.#first] = piece.subarray(limit);
      this.#size -= limit;
      return piece.subarray(0, limit);
    }
    this.#first++;
    if (this.#first === this.#pieces.length) {
      this.#pieces = [];
      this.#first = 0;
    } else if (this.#first === COMPACT) {
      this.#pieces.splice(0, COMPACT);
      this.#first = 0;
    }
    this.#size -= piece.length;
    return piece;
  }

  /** The first pieces, added to `into` until it holds `most`. They stay. */
  peek(into: Uint8Array[], most: number): void {
    this.#seal();
    // in bounds
    for (let i = this.#first; i < this.#pieces.length && into.length < most; i++) into.push(this.#pieces[i]!);
  }

  drop(length: number): void {
    for (let left = length; left > 0; ) {
      const piece = this.take(left);
      if (piece === null) return;
      left -= piece.length;
    }
  }

  clear(): void {
    this.#pieces = [];
    this.#first = 0;
    this.#size = 0;
    this.#start = this.#end;
  }

  #seal(): void {
    if (this.#start === this.#end) return;
    this.#pieces.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

const EMPTY = new Uint8Array(0);
const BLOCK = 65536;
/** Taken pieces are dropped in runs of this many: one by one would be quadratic. */
const COMPACT = 1024;
