/** Numbers that look random and are the same for the same seed, so that a failure can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An unsigned integer of 32 bits (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * count);
  }

  boolean(): boolean {
    return this.below(2) === 1;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** An unsigned integer of 64 bits, of any magnitude. */
  bigint(): bigint {
    const bits = BigInt(this.below(65));
    return ((BigInt(this.next()) << 32n) | BigInt(this.next())) & ((1n << bits) - 1n);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** Well-formed text of ASCII, two-, three- and four-byte characters, `length` code points long. */
  text(length: number): string {
    const points = ['a', 'Z', '0', '-', '\0', '\n', 'é', 'ß', '€', '漢', '\ufeff', '\uffff', '🐰', '\u{10ffff}'];
    return Array.from({ length }, () => this.pick(points)).join('');
  }
}
