import type { RingWriter, StreamMemory } from '../ring.ts';
import { HARD_LIMIT, HIGH_WATER } from '../transport.ts';
import { Backlog } from './backlog.ts';

/** What a stream has written and its socket has not taken: a ring that several threads see, and a backlog behind it. */
export class Output {
  protected readonly memory: StreamMemory;
  protected readonly ring: RingWriter;
  protected readonly backlog: Backlog;
  readonly #largest: number;
  /** A write has asked its caller to wait. */
  #wantsDrain = false;
  #totalTaken = 0;
  #countedHead = 0;

  /** @param largest - bytes of what goes into the ring in one piece; more is kept behind it, by reference if it can be */
  constructor(memory: StreamMemory, largest: number = Infinity) {
    this.memory = memory;
    this.ring = memory.txWriter();
    this.backlog = new Backlog(memory, this.ring);
    this.#largest = largest;
  }

  get size(): number {
    return this.ring.used + this.backlog.size;
  }

  /** `size`, or more; exact where `length` more would be too much. */
  sizeBefore(length: number): number {
    const most = this.ring.usedAtMost + this.backlog.size;
    return most + length > HARD_LIMIT ? this.size : most;
  }

  /** Bytes that the socket has taken. */
  get totalTaken(): number {
    this.count();
    return this.#totalTaken;
  }

  /** Positions have 32 bits: to be called before 2 GiB more have left. */
  protected count(): void {
    const { head } = this.ring;
    this.#totalTaken += (head - this.#countedHead) | 0;
    this.#countedHead = head;
  }

  put(bytes: Uint8Array, unitEnd: boolean): void {
    if (this.backlog.size === 0 && bytes.length <= this.#largest && this.ring.fits(bytes.length)) {
      this.ring.push(bytes);
      if (unitEnd) this.memory.endUnit(this.ring.tail);
    } else {
      this.backlog.push(bytes, unitEnd);
    }
  }

  /** After a write. @returns false when the caller is to wait for a drain */
  protected askToWait(): boolean {
    if (this.backlog.size === 0 || this.size <= HIGH_WATER) return true;
    this.#wantsDrain = true;
    return false;
  }

  /** @returns whether somebody who was asked to wait may go on; once */
  takeDrain(): boolean {
    if (!this.#wantsDrain || this.backlog.size > 0) return false;
    this.#wantsDrain = false;
    return true;
  }

  clear(): void {
    this.backlog.clear();
  }
}
