/** Which channel numbers are free; the lowest of them is the next. A number comes back only after close-ok, so no late frame meets its successor. */
export class ChannelNumbers {
  readonly #max: number;
  readonly #used = new Set<number>();
  /** Every number below is in use. */
  #lowest = 1;

  /** @param max - the highest channel number, as negotiated */
  constructor(max: number) {
    this.#max = max;
  }

  get used(): number {
    return this.#used.size;
  }

  /** Takes the lowest free number; null when all are in use. */
  take(): number | null {
    while (this.#used.has(this.#lowest)) this.#lowest++;
    if (this.#lowest > this.#max) return null;
    this.#used.add(this.#lowest);
    return this.#lowest++;
  }

  /** Takes this very number. @returns false when it is out of range or in use */
  claim(number: number): boolean {
    if (!Number.isInteger(number) || number < 1 || number > this.#max || this.#used.has(number)) return false;
    this.#used.add(number);
    return true;
  }

  release(number: number): void {
    if (this.#used.delete(number)) this.#lowest = Math.min(this.#lowest, number);
  }
}
