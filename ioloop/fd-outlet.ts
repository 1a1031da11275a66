import { stamp } from './io-clock.ts';
import { KEEP_ALIVE_LENGTH, LAST_WRITE, type RingReader, type StreamMemory } from './ring.ts';

/** Who may send the bytes of a stream. Two threads can; the one that holds the lock does. */
export type Holder = typeof LOOP | typeof WATCHDOG;
export const LOOP = 1;
export const WATCHDOG = 2;

/**
 * Where the bytes of a stream leave its shared memory, by a descriptor that two threads write to. Positions, and how much
 * of a keep-alive is still to be sent, are in shared memory: whoever sends next goes on where the last one stopped.
 */
export class Outlet {
  readonly memory: StreamMemory;
  readonly #words: Int32Array;
  readonly #reader: RingReader;
  readonly #holder: Holder;
  readonly #origin: number;
  /** The keep-alive that is being sent. */
  readonly #beat: Uint8Array;

  /** @param origin - `monotonic()` that LAST_WRITE counts from */
  constructor(memory: StreamMemory, holder: Holder, origin: number) {
    this.memory = memory;
    this.#words = memory.words;
    this.#reader = memory.txReader();
    this.#holder = holder;
    this.#origin = origin;
    this.#beat = new Uint8Array(memory.buffer, BEAT_AT, BEAT_BYTES);
  }

  /** Takes the lock if nobody has it. What is sent must be sent, and `release()` called, without waiting for anything. */
  tryAcquire(): boolean {
    if (Atomics.compareExchange(this.#words, LOCK, FREE, this.#holder) !== FREE) return false;
    this.#reader.reload();
    return true;
  }

  /** Waits for the other thread to finish its call. @returns false when it does not: it died, or the stream is sealed */
  acquire(): boolean {
    for (let tries = 0; tries < LOCK_TRIES; tries++) {
      if (this.tryAcquire()) return true;
      const held = Atomics.load(this.#words, LOCK);
      if (held === SEALED) return false;
      if (held !== FREE) Atomics.wait(this.#words, LOCK, held, LOCK_WAIT);
    }
    return false;
  }

  release(): void {
    // who took too long may have been shut out meanwhile
    Atomics.compareExchange(this.#words, LOCK, this.#holder, FREE);
    // only the loop waits for it
    if (this.#holder === WATCHDOG) Atomics.notify(this.#words, LOCK, 1);
  }

  /**
   * Nobody begins to send any more.
   * @returns whether the descriptor may be closed: not while the other thread is inside a call on it, which took too long
   */
  seal(): boolean {
    this.acquire();
    return this.sealAtOnce();
  }

  /** `seal()` with the lock held, or after it was waited for in vain. */
  sealAtOnce(): boolean {
    const before = Atomics.exchange(this.#words, LOCK, SEALED);
    return before === FREE || before === this.#holder;
  }

  get sealed(): boolean {
    return Atomics.load(this.#words, LOCK) === SEALED;
  }

  /** Whether there are bytes to be sent. Without the lock: as of this moment. */
  get pending(): boolean {
    this.#reader.reload();
    return this.#reader.size > 0 || this.#beatLeft > 0;
  }

  /** Bytes of a keep-alive that has begun. */
  get #beatLeft(): number {
    return Atomics.load(this.#words, BEAT_LEFT);
  }

  /**
   * Sends all there is, in order; with the lock held.
   * @param send - gives one piece to the system. @returns how many bytes it took, -1 for none
   * @returns false when the system did not take everything
   */
  send(send: (piece: Uint8Array) => number): boolean {
    for (let piece = this.#next(); piece !== null; piece = this.#next()) {
      const taken = send(piece);
      if (taken > 0) this.took(taken);
      if (taken < piece.length) return false;
    }
    return true;
  }

  /** What is to be sent first, added to `into`: of three pieces at most. */
  peek(into: Uint8Array[]): void {
    const left = this.#beatLeft;
    if (left > 0) into.push(this.#restOfBeat(left));
    const { size } = this.#reader;
    if (size === 0) return;
    const first = this.#reader.view(0, size);
    into.push(first);
    if (first.length < size) into.push(this.#reader.view(first.length, size - first.length));
  }

  /** So many bytes were sent. @returns how many of them lay beyond what `peek()` gave */
  took(length: number): number {
    Atomics.store(this.#words, LAST_WRITE, stamp(this.#origin));
    const beat = Math.min(length, this.#beatLeft);
    if (beat > 0) Atomics.sub(this.#words, BEAT_LEFT, beat);
    const ring = Math.min(length - beat, this.#reader.size);
    if (ring > 0) this.#reader.consume(ring);
    return length - beat - ring;
  }

  /** Bytes that never were in the ring: the writer has skipped as many. */
  skipped(length: number): void {
    this.#reader.consume(length);
  }

  /** Puts a keep-alive first; with the lock held. @returns false when this is not the end of a unit */
  beginBeat(): boolean {
    if (this.#reader.size > 0 || this.#beatLeft > 0 || this.memory.unitEnd !== this.#reader.head) return false;
    const length = Atomics.load(this.#words, KEEP_ALIVE_LENGTH);
    if (length === 0) return false;
    this.#beat.set(this.memory.keepAlive);
    this.#beat.copyWithin(BEAT_BYTES - length, 0, length);
    Atomics.store(this.#words, BEAT_LEFT, length);
    return true;
  }

  #next(): Uint8Array | null {
    const left = this.#beatLeft;
    if (left > 0) return this.#restOfBeat(left);
    const { size } = this.#reader;
    return size === 0 ? null : this.#reader.view(0, size);
  }

  #restOfBeat(left: number): Uint8Array {
    return this.#beat.subarray(BEAT_BYTES - left);
  }
}

// Words of a stream's header beside those of ring.ts: in the line that the sending side writes.
const LOCK = 49;
const BEAT_LEFT = 50;
/** The bytes of the keep-alive under way end where this field ends. */
const BEAT_AT = 240;
const BEAT_BYTES = 16;

const FREE = 0;
const SEALED = 3;

/** Milliseconds of one wait for the other thread, and how many of them prove it dead. */
const LOCK_WAIT = 50;
const LOCK_TRIES = 20;
