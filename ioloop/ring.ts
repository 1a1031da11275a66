/**
 * Shared memory between a loop's thread and its helpers. All words are Int32; positions count bytes modulo 2^32 and are
 * compared by `(a - b) | 0`, so that a full ring and an empty one differ.
 */

import { ReadyPages } from './ready-bits.ts';
import { writeToLoop } from './wake-fd.ts';

/** Bytes of a bell: one 64-byte line per writer. */
export const BELL_BYTES = 4096;

// Written by everybody: +1 = something for the loop; and how it sleeps, if it does. Words 4 to 6 are those of wake-fd.ts.
const LOOP_BELL = 0;
const LOOP_WAITING = 1;
const IN_ATOMICS = 1;
const IN_SYSTEM = 2;
/** Written by handles: +1 for each call on its port. */
export const INBOX_CALLS = 2;
/** Written by the loop: 1 = calls are in vain. */
export const LOOP_CLOSED = 3;
// The same two for the I/O thread, which sleeps in its own event loop.
const IO_BELL = 16;
const IO_WAITING = 17;
/** Written by the I/O thread: 1 = it waits for the loop's turn to end. */
export const IO_HELD = 18;
/** Written by the I/O thread: its generation × 4 + one of the IO_… states. */
export const IO_STATE = 32;
/** Written by the I/O thread: the last PULSE_ASK that it has seen. */
export const IO_PULSE = 33;
/** Written by the loop: +1 = is anybody there? */
export const PULSE_ASK = 34;
/** Written by the I/O thread: +1 for each message on its port, before the bell. */
export const IO_MESSAGES = 35;
/** Written by the loop: `TURN_NUMBER` of poller.ts and its neighbours. */
export const TURN_WORDS = 49;
// Words 64 to 95 and 128 to 159 are those of ready-bits.ts.
/** Where the text of IO_FAILED is: a length word, then UTF-8. */
const FAILURE_AT = 2048;
const FAILURE_BYTES = 1024;

export const IO_STARTING = 0;
export const IO_RUNNING = 1;
export const IO_FAILED = 2;
export const IO_GONE = 3;

/** What two threads ring each other awake with. */
export class Bell {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BELL_BYTES)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }

  /** How often the loop was rung. */
  get rings(): number {
    return Atomics.load(this.words, LOOP_BELL);
  }

  /** From any thread. */
  ringLoop(): void {
    Atomics.add(this.words, LOOP_BELL, 1);
    const waiting = Atomics.exchange(this.words, LOOP_WAITING, 0);
    if (waiting === IN_ATOMICS) Atomics.notify(this.words, LOOP_BELL);
    else if (waiting === IN_SYSTEM) writeToLoop(this.words);
  }

  /** Holds the loop's thread until the count of rings is not `seen`. @returns false when the time was over first */
  sleep(seen: number, timeout: number): boolean {
    Atomics.store(this.words, LOOP_WAITING, IN_ATOMICS);
    const outcome = Atomics.wait(this.words, LOOP_BELL, seen, timeout);
    Atomics.store(this.words, LOOP_WAITING, 0);
    return outcome !== 'timed-out';
  }

  /** The same without holding the thread. @returns null when it was rung since `seen`: then nobody needs to wait */
  awaitRing(seen: number): Promise<unknown> | null {
    Atomics.store(this.words, LOOP_WAITING, IN_ATOMICS);
    const wait = Atomics.waitAsync(this.words, LOOP_BELL, seen);
    if (wait.async) return wait.value;
    this.awake();
    return null;
  }

  /** The loop's thread is about to wait in the system. @returns false when it was rung since `seen`: then it must not */
  mayWaitInSystem(seen: number): boolean {
    Atomics.store(this.words, LOOP_WAITING, IN_SYSTEM);
    if (this.rings === seen) return true;
    this.awake();
    return false;
  }

  awake(): void {
    Atomics.store(this.words, LOOP_WAITING, 0);
  }

  /** @returns whether the I/O thread slept, and so needs a message to wake */
  ringIo(): boolean {
    Atomics.add(this.words, IO_BELL, 1);
    return Atomics.exchange(this.words, IO_WAITING, 0) === 1;
  }

  get ioSleeps(): boolean {
    return Atomics.load(this.words, IO_WAITING) === 1;
  }

  /** The I/O thread says that it will look at nothing until it gets a message. Look once more after this. */
  ioSleep(): void {
    Atomics.store(this.words, IO_WAITING, 1);
  }

  /** @returns whether nobody has sent the message meanwhile */
  ioWake(): boolean {
    return Atomics.exchange(this.words, IO_WAITING, 0) === 1;
  }

  /** Holds the I/O thread until the loop's turn ends, it hands over, or `limit` ms passed. */
  awaitHandOver(limit: number): void {
    const turn = Atomics.load(this.words, TURN_WORDS);
    if ((turn & 1) === 0) return;
    Atomics.store(this.words, IO_HELD, 1);
    Atomics.wait(this.words, TURN_WORDS, turn, limit);
    Atomics.store(this.words, IO_HELD, 0);
  }

  /** In the middle of a turn. */
  hurryIo(): void {
    if (Atomics.load(this.words, IO_HELD) === 1) Atomics.notify(this.words, TURN_WORDS);
  }

  /** The turn is over before anybody is told: who looks between the two would wait out its limit. */
  handOver(): void {
    Atomics.store(this.words, TURN_WORDS, ((this.words[TURN_WORDS] ?? 0) + 1) & ~1);
    this.hurryIo();
  }

  /** Why the I/O thread has failed; to be told by its state after this. */
  get failure(): string {
    const length = this.words[FAILURE_AT / 4] ?? 0;
    return new TextDecoder().decode(new Uint8Array(this.buffer, FAILURE_AT + 4, length).slice());
  }

  set failure(text: string) {
    const bytes = new TextEncoder().encode(text).subarray(0, FAILURE_BYTES);
    new Uint8Array(this.buffer, FAILURE_AT + 4).set(bytes);
    this.words[FAILURE_AT / 4] = bytes.length;
  }

  /** The first page of each kind of ready bits. */
  get pages(): ReadyPages {
    return new ReadyPages(this.words);
  }
}

// Words of a stream's header.
const RX_TAIL = 0;
const RX_HEAD = 16;
/** Written by the loop: how far it has written. */
export const TX_TAIL = 32;
const TX_UNIT = 33;
const TX_HEAD = 48;
/** Written by the I/O thread: STREAM_EOF | STREAM_CLOSED. */
export const STREAM_STATE = 1;
export const STREAM_EOF = 1;
export const STREAM_CLOSED = 2;
/** 1 by the I/O thread, when it stopped reading because rx is full; 0 by the loop, with a ring, when there is room. */
export const RX_STALLED = 3;
/** Written by the I/O thread, ms since the bell's origin. */
export const LAST_READ = 4;
export const LAST_WRITE = 5;
/** Written by the I/O thread: +1 for each silence of IDLE_READ ms. */
export const SILENCES = 6;
/** Written by the I/O thread: up to where it has tried to write. */
export const TX_TRIED = 7;
/** 1 by the loop, when it holds more than tx takes; 0 by the I/O thread, with a ring, when tx is half empty. */
export const TX_WANTED = 34;
/** Written by the loop: ms, 0 = off; +1 when one of them or the bytes changed; the number of those bytes. */
export const IDLE_WRITE = 35;
export const IDLE_READ = 36;
export const KEEP_ALIVE_GENERATION = 37;
export const KEEP_ALIVE_LENGTH = 38;
/** Written by the loop: 1 = its owner reads nothing, so silence means nothing. */
export const RX_PAUSED = 39;

/** 1 by the loop: nothing beyond TX_FENCE may leave before TLS has begun; 0 by the I/O thread, when it has. */
export const TX_FENCED = 40;
export const TX_FENCE = 41;

/** 1 by the loop: a socket goes with the stream; 0 by the I/O thread, when it is its own, or by the loop that closes it. */
export const LENT = 42;

const HEADER_BYTES = 256;
const KEEP_ALIVE_AT = 224;
export const KEEP_ALIVE_MAX = 16;

/** One stream: a header, what the peer sent, what it shall get. */
export class StreamMemory {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly keepAlive: Uint8Array;
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;

  /** @param rx - bytes for what the peer sends; 0 where the loop reads the socket itself */
  static allocate(capacity: number, rx: number = capacity): StreamMemory {
    return new StreamMemory(new SharedArrayBuffer(HEADER_BYTES + rx + capacity), rx);
  }

  constructor(buffer: SharedArrayBuffer, rx: number = (buffer.byteLength - HEADER_BYTES) / 2) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.keepAlive = new Uint8Array(buffer, KEEP_ALIVE_AT, KEEP_ALIVE_MAX);
    this.rx = new Uint8Array(buffer, HEADER_BYTES, rx);
    this.tx = new Uint8Array(buffer, HEADER_BYTES + rx);
  }

  rxWriter(): RingWriter {
    return new RingWriter(this.words, this.rx, RX_TAIL, RX_HEAD);
  }

  rxReader(): RingReader {
    return new RingReader(this.words, this.rx, RX_TAIL, RX_HEAD);
  }

  txWriter(): RingWriter {
    return new RingWriter(this.words, this.tx, TX_TAIL, TX_HEAD);
  }

  txReader(): RingReader {
    return new RingReader(this.words, this.tx, TX_TAIL, TX_HEAD);
  }

  /** A plain store: seen early or late, it differs from what was sent, and nothing is put between. */
  endUnit(position: number): void {
    this.words[TX_UNIT] = position;
  }

  /** Where the last unit ended that the loop has written. */
  get unitEnd(): number {
    return Atomics.load(this.words, TX_UNIT);
  }
}

/** The end of a ring where bytes come in. One thread only. */
export class RingWriter {
  readonly capacity: number;
  /** The position after the last byte written. */
  tail = 0;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #tailWord: number;
  readonly #headWord: number;
  /** The head as it was last seen. */
  #seen = 0;

  constructor(words: Int32Array, bytes: Uint8Array, tailWord: number, headWord: number) {
    this.#words = words;
    this.#bytes = bytes;
    this.#tailWord = tailWord;
    this.#headWord = headWord;
    this.capacity = bytes.length;
  }

  /** Up to where the reader is done. */
  get head(): number {
    this.#seen = Atomics.load(this.#words, this.#headWord);
    return this.#seen;
  }

  /** `used`, or more: as of the last look at the reader's word, which is another processor's. */
  get usedAtMost(): number {
    return (this.tail - this.#seen) | 0;
  }

  fits(length: number): boolean {
    return length <= this.capacity - this.usedAtMost || length <= this.free;
  }

  get used(): number {
    return (this.tail - this.head) | 0;
  }

  get free(): number {
    return this.capacity - this.used;
  }

  /** The bytes must fit into what is free. */
  push(bytes: Uint8Array): void {
    const { length } = bytes;
    const at = this.tail & (this.capacity - 1);
    const first = this.capacity - at;
    if (length <= first) {
      this.#bytes.set(bytes, at);
    } else {
      this.#bytes.set(bytes.subarray(0, first), at);
      this.#bytes.set(bytes.subarray(first), 0);
    }
    this.skip(length);
  }

  /** As if so many bytes had been pushed: a reader that takes them elsewhere consumes them here. */
  skip(length: number): void {
    this.tail = (this.tail + length) | 0;
    Atomics.store(this.#words, this.#tailWord, this.tail);
  }
}

/** The end of a ring where bytes go out. One thread only, or several under a lock, each of which begins with `reload()`. */
export class RingReader {
  readonly capacity: number;
  /** The position of the next byte to be read. */
  head = 0;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #tailWord: number;
  readonly #headWord: number;

  constructor(words: Int32Array, bytes: Uint8Array, tailWord: number, headWord: number) {
    this.#words = words;
    this.#bytes = bytes;
    this.#tailWord = tailWord;
    this.#headWord = headWord;
    this.capacity = bytes.length;
  }

  get size(): number {
    return (Atomics.load(this.#words, this.#tailWord) - this.head) | 0;
  }

  /** Another reader may have gone on meanwhile. */
  reload(): void {
    this.head = Atomics.load(this.#words, this.#headWord);
  }

  /** The bytes from `offset` on, as far as they lie in one piece. They stay until `consume()`. */
  view(offset: number, limit: number): Uint8Array {
    const at = (this.head + offset) & (this.capacity - 1);
    return this.#bytes.subarray(at, Math.min(this.capacity, at + limit));
  }

  consume(length: number): void {
    this.head = (this.head + length) | 0;
    Atomics.store(this.#words, this.#headWord, this.head);
  }
}
