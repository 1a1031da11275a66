/** First in, first out. Taking one costs the same however many wait. */
export class Fifo<T> {
  /** From #head to #tail; the room around it is used again, as growing anew costs more than what is put. */
  #entries: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  /** What take() would give. */
  get first(): T | undefined {
    return this.#entries[this.#head];
  }

  put(entry: T): void {
    this.#entries[this.#tail++] = entry;
  }

  /** @returns undefined when there is none */
  take(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const entry = this.#entries[this.#head];
    // what was taken is not held any more
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#tail) this.#restart();
    else if (this.#head >= SLACK && this.#head * 2 >= this.#tail) this.#keep(this.#left());
    return entry;
  }

  /** Takes out all that `unwanted` says, in order. */
  extract<U extends T>(unwanted: (entry: T) => entry is U): U[] {
    const entries = this.#left();
    this.#keep(entries.filter((entry) => !unwanted(entry)));
    return entries.filter(unwanted);
  }

  takeAll(): T[] {
    const entries = this.#left();
    this.clear();
    return entries;
  }

  clear(): void {
    this.#keep([]);
  }

  /** From the head to the tail there is an entry in every place. */
  #left(): T[] {
    return this.#entries.slice(this.#head, this.#tail) as T[];
  }

  #keep(entries: T[]): void {
    this.#entries = entries;
    this.#head = 0;
    this.#tail = entries.length;
  }

  #restart(): void {
    if (this.#entries.length > SLACK) this.#entries = [];
    this.#head = 0;
    this.#tail = 0;
  }
}

/** Places of taken entries that may stay before the rest is moved, or they are given up. */
const SLACK = 1024;
