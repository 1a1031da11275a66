import { type RingWriter, type StreamMemory, TX_FENCE, TX_FENCED, TX_TRIED } from '../ring.ts';
import { HARD_LIMIT, HIGH_WATER } from '../transport.ts';
import { Backlog } from './backlog.ts';

export interface OutputOwner {
  /** The I/O thread shall look at this stream. */
  nudge(): void;
  /** It shall not wait for the end of the turn. */
  hurry(): void;
  /** Something was written, for the first time in this turn. */
  wrote(): void;
}

/** What a stream has written and its socket has not taken: a ring that both threads see, and a backlog behind it. */
export class RingOutput {
  readonly #owner: OutputOwner;
  readonly #memory: StreamMemory;
  readonly #words: Int32Array;
  readonly #ring: RingWriter;
  readonly #backlog: Backlog;
  /** A write has asked its caller to wait. */
  #wantsDrain = false;
  #wrote = false;
  /** Bytes in the ring from which on the I/O thread is to hurry, lest it runs full. */
  readonly #plenty: number;
  /** Up to where the bytes are handed over that onHandOver was not called for; and since when. */
  #handedOver: { position: number; since: number } | null = null;
  #totalTaken = 0;
  #countedHead = 0;

  constructor(memory: StreamMemory, owner: OutputOwner) {
    this.#owner = owner;
    this.#memory = memory;
    this.#words = memory.words;
    this.#ring = memory.txWriter();
    this.#plenty = (this.#ring.capacity * 3) / 4;
    this.#backlog = new Backlog(memory, this.#ring);
  }

  get size(): number {
    return this.#ring.used + this.#backlog.size;
  }

  /** `size`, or more; exact where `length` more would be too much. */
  sizeBefore(length: number): number {
    const most = this.#ring.usedAtMost + this.#backlog.size;
    return most + length > HARD_LIMIT ? this.size : most;
  }

  /** Bytes that the socket has taken. */
  get totalTaken(): number {
    const { head } = this.#ring;
    this.#totalTaken += (head - this.#countedHead) | 0;
    this.#countedHead = head;
    return this.#totalTaken;
  }

  put(bytes: Uint8Array, unitEnd: boolean): void {
    if (this.#backlog.size === 0 && this.#ring.fits(bytes.length)) {
      this.#ring.push(bytes);
      if (unitEnd) this.#memory.endUnit(this.#ring.tail);
    } else {
      this.#backlog.push(bytes, unitEnd);
    }
  }

  /** After `put()`. @returns false when the caller is to wait for a drain */
  announce(): boolean {
    this.#owner.nudge();
    if (!this.#wrote) {
      this.#wrote = true;
      this.#owner.wrote();
    }
    if (this.#ring.usedAtMost >= this.#plenty && this.#ring.used >= this.#plenty) this.#owner.hurry();
    // looked at last: the I/O thread may have emptied everything meanwhile, and then would never ring for a drain
    if (this.#backlog.size === 0 || this.size <= HIGH_WATER) return true;
    this.#wantsDrain = true;
    return false;
  }

  /** Moves on what the ring did not take. @returns whether all bytes were taken by the system */
  move(): boolean {
    if (this.#backlog.size > 0 && this.#backlog.move()) this.#owner.nudge();
    return this.#backlog.size === 0 && this.#ring.used === 0;
  }

  /** @returns whether somebody who was asked to wait may go on; once */
  takeDrain(): boolean {
    if (!this.#wantsDrain || this.#backlog.size > 0) return false;
    this.#wantsDrain = false;
    return true;
  }

  /** Runs `fn` when everything before it is in the ring. */
  whenMoved(fn: () => void): void {
    this.#backlog.whenEmpty(fn);
  }

  /**
   * Nothing that is written from here on leaves before TLS has begun. In shared memory, as the bytes are: a message could
   * be seen later than those. @returns false when there is a fence, or a backlog that it cannot be put behind
   */
  fence(): boolean {
    if (Atomics.load(this.#words, TX_FENCED) === 1 || this.#backlog.size > 0) return false;
    Atomics.store(this.#words, TX_FENCE, this.#ring.tail);
    Atomics.store(this.#words, TX_FENCED, 1);
    return true;
  }

  /** Once per turn in which something was written. @param awaited - whether anybody wants to know when it was tried */
  handOver(now: number, awaited: boolean): void {
    this.#wrote = false;
    if (awaited) this.#handedOver ??= { position: this.#ring.tail, since: now };
  }

  get awaitsHandOver(): boolean {
    return this.#handedOver !== null;
  }

  /** Whether the I/O thread has tried to write what was handed over, or had HAND_OVER_LIMIT to do so. */
  handOverDue(now: number): boolean {
    if (this.#handedOver === null) return false;
    const { position, since } = this.#handedOver;
    return now - since >= HAND_OVER_LIMIT || ((Atomics.load(this.#words, TX_TRIED) - position) | 0) >= 0;
  }

  /** @returns whether it is due; once */
  takeHandOver(now: number): boolean {
    if (!this.handOverDue(now)) return false;
    this.#handedOver = null;
    return true;
  }

  clear(): void {
    this.#backlog.clear();
    this.#handedOver = null;
  }
}

/** Milliseconds that the I/O thread has to take what was handed over, before backpressure is looked for. */
export const HAND_OVER_LIMIT = 5;
