/** How many turns a loop has taken, and how long they were. */
export class Turns {
  readonly #clock: () => number;
  #count = 0;
  /** null: nobody has asked. */
  #longest: number | null = null;
  /** -1: between turns, or nobody has asked. */
  #beganAt = -1;

  /** @internal */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#count;
  }

  /** Milliseconds of the longest one since this was asked first: it takes two looks at the clock a turn from then on. */
  get longest(): number {
    this.#longest ??= 0;
    return this.#longest;
  }

  /** @internal */
  begin(): void {
    if (this.#longest !== null && this.#beganAt < 0) this.#beganAt = this.#clock();
  }

  /** @internal */
  end(): void {
    this.#count++;
    if (this.#beganAt < 0) return;
    this.#longest = Math.max(this.longest, this.#clock() - this.#beganAt);
    this.#beganAt = -1;
  }
}
