/** Counts what is on its way in one direction, and says when its source is to stop and to go on. */
export class ByteGauge {
  readonly #limit: number;
  #bytes = 0;
  #full = false;

  /** @param limit - bytes, from which on the source is to stop */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns true when the source is to stop */
  add(length: number): boolean {
    this.#bytes += length + PER_PIECE;
    if (this.#full || this.#bytes < this.#limit) return false;
    this.#full = true;
    return true;
  }

  /** What was added is gone. @returns true when the source is to go on */
  remove(length: number): boolean {
    this.#bytes -= length + PER_PIECE;
    if (!this.#full || this.#bytes > this.#limit / 2) return false;
    this.#full = false;
    return true;
  }
}

/** About what keeping a piece costs beside its bytes: a peer that sends single bytes is to stop as well. */
const PER_PIECE = 256;
