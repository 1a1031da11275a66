const SLACK = 1024; // taken entries that may stay before the rest is moved

/** First in, first out. Taking one costs the same however many wait, which `Array.shift` does not promise. */
export class Fifo<T> {
  #entries: T[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  put(entry: T): void {
    this.#entries.push(entry);
  }

  take(): T | undefined {
    if (this.#head === this.#entries.length) return undefined;
    const entry = this.#entries[this.#head++];
    if (this.#head > SLACK && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head); // what was taken must not be held any more
      this.#head = 0;
    }
    return entry;
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
  }
}
