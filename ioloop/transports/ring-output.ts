import { type StreamMemory, TX_FENCE, TX_FENCED, TX_TRIED } from '../ring.ts';
import { Output } from './output.ts';

export interface OutputOwner {
  /** The I/O thread shall look at this stream. */
  nudge(): void;
  /** It shall not wait for the end of the turn. */
  hurry(): void;
  /** Something was written, for the first time in this turn. */
  wrote(): void;
}

/** Of a stream whose ring the I/O thread empties into its socket. */
export class RingOutput extends Output {
  readonly #owner: OutputOwner;
  readonly #words: Int32Array;
  #wrote = false;
  /** Bytes in the ring from which on the I/O thread is to hurry, lest it runs full. */
  readonly #plenty: number;
  /** Up to where the bytes are handed over that onHandOver was not called for; and since when. */
  #handedOver: { position: number; since: number } | null = null;

  constructor(memory: StreamMemory, owner: OutputOwner) {
    super(memory);
    this.#owner = owner;
    this.#words = memory.words;
    this.#plenty = (this.ring.capacity * 3) / 4;
  }

  override put(bytes: Uint8Array, unitEnd: boolean): void {
    super.put(bytes, unitEnd);
    if (this.backlog.size > 0) this.backlog.move();
  }

  /** After `put()`. @returns false when the caller is to wait for a drain */
  announce(): boolean {
    this.#owner.nudge();
    if (!this.#wrote) {
      this.#wrote = true;
      this.#owner.wrote();
    }
    if (this.ring.usedAtMost >= this.#plenty && this.ring.used >= this.#plenty) this.#owner.hurry();
    // looked at last: the I/O thread may have emptied everything meanwhile, and then would never ring for a drain
    return this.askToWait();
  }

  /** Moves on what the ring did not take. @returns whether all bytes were taken by the system */
  move(): boolean {
    if (this.backlog.size > 0 && this.backlog.move()) this.#owner.nudge();
    return this.backlog.size === 0 && this.ring.used === 0;
  }

  /** Runs `fn` when everything before it is in the ring. */
  whenMoved(fn: () => void): void {
    this.backlog.whenEmpty(fn);
  }

  /**
   * Nothing that is written from here on leaves before TLS has begun. In shared memory, as the bytes are: a message could
   * be seen later than those. @returns false when there is a fence, or a backlog that it cannot be put behind
   */
  fence(): boolean {
    if (Atomics.load(this.#words, TX_FENCED) === 1 || this.backlog.size > 0) return false;
    Atomics.store(this.#words, TX_FENCE, this.ring.tail);
    Atomics.store(this.#words, TX_FENCED, 1);
    return true;
  }

  /** Once per turn in which something was written. @param awaited - whether anybody wants to know when it was tried */
  handOver(now: number, awaited: boolean): void {
    this.#wrote = false;
    this.count();
    if (awaited) this.#handedOver ??= { position: this.ring.tail, since: now };
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

  override clear(): void {
    super.clear();
    this.#handedOver = null;
  }
}

/** Milliseconds that the I/O thread has to take what was handed over, before backpressure is looked for. */
export const HAND_OVER_LIMIT = 5;
