/**
 * Which channel numbers are free. Numbers that were never used come first, then the one that has been free for longest:
 * a late frame for a closed channel should not meet its successor.
 */
export class ChannelNumbers {
  readonly #max: number;
  readonly #used = new Set<number>();
  /** In the order in which they became free. */
  readonly #freed = new Set<number>();
  #next = 1;

  /** @param max - the highest channel number, as negotiated */
  constructor(max: number) {
    this.#max = max;
  }

  get used(): number {
    return this.#used.size;
  }

  /** Takes a free number; null when all are in use. */
  take(): number | null {
    while (this.#next <= this.#max && this.#used.has(this.#next)) this.#next++;
    if (this.#next <= this.#max) return this.#use(this.#next++);
    const [oldest] = this.#freed;
    return oldest === undefined ? null : this.#use(oldest);
  }

  /** Takes this very number. @returns false when it is out of range or in use */
  claim(number: number): boolean {
    if (!Number.isInteger(number) || number < 1 || number > this.#max || this.#used.has(number)) return false;
    this.#use(number);
    return true;
  }

  release(number: number): void {
    if (!this.#used.delete(number)) return;
    // what `take()` has not come to yet is not "freed": it would be found twice
    if (number < this.#next) this.#freed.add(number);
  }

  #use(number: number): number {
    this.#freed.delete(number);
    this.#used.add(number);
    return number;
  }
}
