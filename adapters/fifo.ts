/** First in, first out. Taking one costs the same however many wait. */
export class Fifo<T> {
  #entries: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** What take() would give. */
  get first(): T | undefined {
    return this.#entries[this.#head];
  }

  put(entry: T): void {
    this.#entries.push(entry);
  }

  /** @returns undefined when there is none */
  take(): T | undefined {
    if (this.#head === this.#entries.length) return undefined;
    const entry = this.#entries[this.#head];
    // what was taken is not held any more
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head >= SLACK && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Takes out all that `unwanted` says, in order. */
  extract<U extends T>(unwanted: (entry: T) => entry is U): U[] {
    // from the head on there is an entry in every place
    const entries = this.#entries.slice(this.#head) as T[];
    this.#entries = entries.filter((entry) => !unwanted(entry));
    this.#head = 0;
    return entries.filter(unwanted);
  }

  takeAll(): T[] {
    const entries = this.#entries.slice(this.#head) as T[]; // as in extract()
    this.clear();
    return entries;
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
  }
}

/** Taken entries that may stay before the rest is moved. */
const SLACK = 1024;
