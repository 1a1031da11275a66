import { TagWindow } from './tag-window.ts';

/**
 * The delivery tags of a channel that may still be acknowledged (AMQP 0-9-1 basic.ack). What is settled inside a
 * transaction is open again after its rollback.
 */
export class Unacked {
  readonly #window = new TagWindow<never>();
  /** Tags beyond 2^53, which no broker reaches by counting; exact all the same. */
  readonly #huge = new Set<bigint>();
  /** What the running transaction has settled; null outside of transactions. */
  #settled: (number | bigint)[] | null = null;
  /** What the transaction settled whose commit or rollback is on its way. */
  #ending: (number | bigint)[] = [];
  #last: number | bigint = 0;

  get size(): number {
    return this.#window.size + this.#huge.size;
  }

  /** The tag that came last, 0 before the first. */
  get last(): number | bigint {
    return this.#last;
  }

  /** Notes a tag that was delivered. @returns false when it does not follow the ones before */
  deliver(tag: number | bigint, ackable: boolean): boolean {
    if (tag <= this.#last) return false;
    this.#last = tag;
    if (!ackable) return true;
    if (typeof tag === 'number') this.#window.add(tag);
    else this.#huge.add(tag);
    return true;
  }

  /**
   * Settles a tag, or all up to it; 0 with `multiple` means all there are.
   * @returns false when the tag was never delivered, needs no acknowledgement, or was settled before
   */
  settle(tag: number | bigint, multiple: boolean): boolean {
    if (tag === 0) {
      if (multiple) this.#takeUpTo(Number.POSITIVE_INFINITY);
      return multiple;
    }
    if (multiple) {
      if (!this.#isOpen(tag)) return false;
      this.#takeUpTo(tag);
      return true;
    }
    if (!(typeof tag === 'number' ? this.#window.take(tag) : this.#huge.delete(tag))) return false;
    this.#settled?.push(tag);
    return true;
  }

  /** tx.select was sent: from here on settling can be taken back. */
  beginTransaction(): void {
    this.#settled ??= [];
  }

  /** tx.commit or tx.rollback was sent: what is settled after it belongs to the next transaction. */
  endTransaction(): void {
    if (this.#settled === null) return;
    this.#ending = this.#settled;
    this.#settled = [];
  }

  committed(): void {
    this.#ending = [];
  }

  rolledBack(): void {
    const numbers: number[] = [];
    for (const tag of this.#ending) {
      if (typeof tag === 'number') numbers.push(tag);
      else this.#huge.add(tag);
    }
    if (numbers.length > 0) this.#window.reopen(numbers);
    this.#ending = [];
  }

  /** After basic.recover the broker delivers everything again under other tags. */
  clear(): void {
    this.#window.clear();
    this.#huge.clear();
    this.#ending = [];
    if (this.#settled !== null) this.#settled = [];
  }

  #isOpen(tag: number | bigint): boolean {
    return typeof tag === 'number' ? this.#window.has(tag) : this.#huge.has(tag);
  }

  #takeUpTo(tag: number | bigint): void {
    const settled = this.#settled;
    const limit = typeof tag === 'number' ? tag : Number.POSITIVE_INFINITY;
    if (settled === null) this.#window.takeUpTo(limit);
    else this.#window.takeUpTo(limit, (taken) => settled.push(taken));
    for (const huge of this.#huge) {
      if (huge > tag) continue;
      this.#huge.delete(huge);
      settled?.push(huge);
    }
  }
}
