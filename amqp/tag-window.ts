const FIRST_CAPACITY = 16;

/**
 * The open ones of an ascending sequence of 64-bit tags, each with a value where it was given one. In order, adding and
 * taking are a few instructions; out of order a binary search. Memory follows the number of open tags, however far apart.
 */
export class TagWindow<V> {
  /** A ring, ascending from `#head` by absolute value; a taken tag inside it is negative, the first and last are open. */
  #tags = new Float64Array(FIRST_CAPACITY);
  /** The values at the same places; null as long as no tag has had one. */
  #values: (V | undefined)[] | null = null;
  #head = 0;
  #span = 0;
  #open = 0;

  /** How many tags are open. */
  get size(): number {
    return this.#open;
  }

  /** The lowest open tag, 0 when there is none. */
  get lowest(): number {
    return this.#open === 0 ? 0 : this.#at(0);
  }

  /** Opens a tag, which must be above every one added before. */
  add(tag: number, value?: V): void {
    if (this.#span === this.#tags.length) this.#rebuild(this.#open * 2 > this.#span ? this.#span * 2 : this.#span);
    const slot = (this.#head + this.#span++) & (this.#tags.length - 1);
    this.#tags[slot] = tag;
    this.#open++;
    if (value !== undefined) this.#values ??= [];
    if (this.#values !== null) this.#values[slot] = value;
  }

  has(tag: number): boolean {
    return this.#find(tag) >= 0;
  }

  /** The value of an open tag. */
  get(tag: number): V | undefined {
    const place = this.#find(tag);
    return place < 0 ? undefined : this.#values?.[this.#slot(place)];
  }

  /** Takes out one tag. @returns whether it was open */
  take(tag: number): boolean {
    const place = this.#find(tag);
    if (place < 0) return false;
    const slot = this.#slot(place);
    this.#tags[slot] = -tag;
    if (this.#values !== null) this.#values[slot] = undefined;
    this.#open--;
    this.#trim();
    return true;
  }

  /** Takes out every tag up to `tag`, which itself need not be open; `each` is told, in order. */
  takeUpTo(tag: number, each?: (tag: number, value: V | undefined) => void): void {
    while (this.#span > 0) {
      const first = this.#at(0);
      if (Math.abs(first) > tag) break;
      const value = this.#values?.[this.#head];
      if (this.#values !== null) this.#values[this.#head] = undefined;
      this.#drop();
      if (first < 0) continue;
      this.#open--;
      each?.(first, value);
    }
    this.#trim();
  }

  /** Opens tags again that were taken, in any order; values do not come back. */
  reopen(tags: readonly number[]): void {
    const all = [...tags];
    this.takeUpTo(Number.POSITIVE_INFINITY, (tag) => all.push(tag));
    all.sort((a, b) => a - b);
    for (const tag of all) this.add(tag);
  }

  clear(): void {
    this.#tags = new Float64Array(FIRST_CAPACITY);
    this.#values = null;
    this.#head = 0;
    this.#span = 0;
    this.#open = 0;
  }

  #slot(place: number): number {
    return (this.#head + place) & (this.#tags.length - 1);
  }

  /** The tag at a place; `!` holds as the mask keeps the slot inside the ring. */
  #at(place: number): number {
    return this.#tags[this.#slot(place)]!;
  }

  #find(tag: number): number {
    if (this.#open === 0) return -1;
    // tags mostly come without gaps: then its distance from the first is its place
    const guess = tag - this.#at(0);
    if (guess >= 0 && guess < this.#span && this.#at(guess) === tag) return guess;
    let low = 0;
    let high = this.#span - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const here = this.#at(middle);
      if (here === tag) return middle;
      if (Math.abs(here) < tag) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #drop(): void {
    this.#head = (this.#head + 1) & (this.#tags.length - 1);
    this.#span--;
  }

  /** Keeps both ends open, and room in proportion to what is open. */
  #trim(): void {
    while (this.#span > 0 && this.#at(0) < 0) this.#drop();
    while (this.#span > 0 && this.#at(this.#span - 1) < 0) this.#span--;
    const capacity = this.#tags.length;
    if (capacity > FIRST_CAPACITY * 64 && this.#open * 8 < capacity) this.#rebuild(capacity / 4);
  }

  #rebuild(capacity: number): void {
    const tags = new Float64Array(capacity);
    const values: (V | undefined)[] | null = this.#values === null ? null : [];
    let open = 0;
    for (let place = 0; place < this.#span; place++) {
      const tag = this.#at(place);
      if (tag < 0) continue;
      if (values !== null) values[open] = this.#values?.[this.#slot(place)];
      tags[open++] = tag;
    }
    this.#tags = tags;
    this.#values = values;
    this.#head = 0;
    this.#span = open;
  }
}
