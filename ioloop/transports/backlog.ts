import { type RingWriter, type StreamMemory, TX_WANTED } from '../ring.ts';
import { ByteQueue } from './byte-queue.ts';

/** What tx had no room for, in order; it is moved on in whole units, so that others can be put between. */
export class Backlog {
  readonly #memory: StreamMemory;
  readonly #tx: RingWriter;
  readonly #bytes = new ByteQueue();
  /** Ends of units, as distances from the start of the backlog's life. */
  #ends: number[] = [];
  #pushed = 0;
  #moved = 0;
  #after: (() => void)[] = [];

  constructor(memory: StreamMemory, tx: RingWriter) {
    this.#memory = memory;
    this.#tx = tx;
  }

  get size(): number {
    return this.#bytes.size;
  }

  push(bytes: Uint8Array, unitEnd: boolean): void {
    this.#bytes.push(bytes);
    this.#pushed += bytes.length;
    if (unitEnd) this.#mark(this.#pushed);
  }

  /** The first pieces, added to `into` until it holds `most`: for who sends them past the ring, once that is empty. */
  peek(into: Uint8Array[], most: number): void {
    this.#bytes.peek(into, most);
  }

  /** So many bytes were sent that way. They count in the ring's positions, which have room for them. */
  sent(length: number): void {
    this.#bytes.drop(length);
    this.#moved += length;
    this.#tx.skip(length);
    this.#passMarks();
    this.#runWhenEmpty();
  }

  /** Runs `fn` when everything before it is in tx. */
  whenEmpty(fn: () => void): void {
    if (this.size === 0) fn();
    else this.#after.push(fn);
  }

  /** @returns whether anything went into tx */
  move(): boolean {
    const before = this.#moved;
    for (;;) {
      let room = this.#room();
      while (room > 0) {
        const piece = this.#bytes.take(room);
        if (piece === null) break;
        this.#tx.push(piece);
        room -= piece.length;
        this.#moved += piece.length;
      }
      this.#passMarks();
      if (this.size === 0) break;
      Atomics.store(this.#memory.words, TX_WANTED, 1);
      // the other side may have made the room before it could see that somebody waits for it
      if (this.#tx.used > this.#tx.capacity / 2 || Atomics.exchange(this.#memory.words, TX_WANTED, 0) === 0) break;
    }
    this.#runWhenEmpty();
    return this.#moved !== before;
  }

  clear(): void {
    this.#bytes.clear();
    this.#ends = [];
    this.#after = [];
  }

  /** How much may move: to the last end of a unit that fits; part of a unit only when it is a large one. */
  #room(): number {
    const free = this.#tx.free;
    if (this.size <= free) return free;
    let fits = 0;
    for (const end of this.#ends) {
      if (end - this.#moved > free) break;
      fits = end - this.#moved;
    }
    if (fits > 0) return fits;
    const unit = (this.#ends[0] ?? this.#pushed) - this.#moved;
    return unit > this.#tx.capacity / 2 ? free : 0;
  }

  #runWhenEmpty(): void {
    if (this.size === 0) for (const fn of this.#after.splice(0)) fn();
  }

  #passMarks(): void {
    let passed = 0;
    while (passed < this.#ends.length && this.#ends[passed]! <= this.#moved) passed++;
    if (passed === 0) return;
    if (this.#ends[passed - 1] === this.#moved) this.#memory.endUnit(this.#tx.tail);
    this.#ends.splice(0, passed);
  }

  /** Marks closer to the one before the last than a small part of the ring are joined: a backlog has few thousands at most. */
  #mark(end: number): void {
    const { length } = this.#ends;
    if (length >= 2 && end - this.#ends[length - 2]! < this.#tx.capacity / 64) this.#ends[length - 1] = end;
    else this.#ends.push(end);
  }
}
