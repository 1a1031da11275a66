import { RingReader, RingWriter } from './ring.ts';

/**
 * Messages from one thread to another that looks into shared memory only: what a browser's worker gets while it blocks.
 * Each is its length, then JSON in UTF-8.
 */
export class MailWriter {
  readonly #words: Int32Array;
  readonly #ring: RingWriter;
  readonly #encoder = new TextEncoder();
  /** What did not fit yet. */
  readonly #waiting: Uint8Array[] = [];

  /** @param memory - as `newMailbox()` made it */
  constructor(memory: SharedArrayBuffer) {
    const [words, bytes] = open(memory);
    this.#words = words;
    this.#ring = new RingWriter(words, bytes, TAIL, HEAD);
  }

  /** @throws {RangeError} larger than any mailbox takes */
  put(message: unknown): void {
    this.#waiting.push(this.#encode(message));
    this.moveOn();
  }

  /** @returns false when there is no room for it, and it was not put @throws {RangeError} larger than any mailbox takes */
  offer(message: unknown): boolean {
    const bytes = this.#encode(message);
    if (!this.#ring.fits(bytes.length)) return false;
    this.#ring.push(bytes);
    return true;
  }

  /** Puts what did not fit before; to be called when the reader has asked for it. */
  moveOn(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#ring.fits(next.length)) {
        Atomics.store(this.#words, WANTED, 1);
        // the reader may have made room before it could see that somebody waits for it
        if (!this.#ring.fits(next.length)) return;
      }
      this.#ring.push(next);
      this.#waiting.shift();
    }
  }

  #encode(message: unknown): Uint8Array {
    const text = this.#encoder.encode(JSON.stringify(message));
    const bytes = new Uint8Array(LENGTH_BYTES + text.length);
    if (bytes.length > this.#ring.capacity) {
      throw new RangeError(`a message of ${text.length} bytes does not fit into a mailbox of ${this.#ring.capacity}`);
    }
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, LENGTH_BYTES);
    return bytes;
  }
}

/** The end of a mailbox where messages come out. */
export class MailReader {
  readonly #words: Int32Array;
  readonly #ring: RingReader;
  readonly #decoder = new TextDecoder();

  constructor(memory: SharedArrayBuffer) {
    const [words, bytes] = open(memory);
    this.#words = words;
    this.#ring = new RingReader(words, bytes, TAIL, HEAD);
  }

  /** Visits what is there, each message taken out before. @returns whether the writer waits for the room that is there by now */
  take(visit: (message: unknown) => void): boolean {
    while (this.#ring.size > 0) {
      const length = new DataView(this.#copy(0, LENGTH_BYTES).buffer).getUint32(0, true);
      const text = this.#decoder.decode(this.#copy(LENGTH_BYTES, length));
      this.#ring.consume(LENGTH_BYTES + length);
      visit(JSON.parse(text));
    }
    return Atomics.exchange(this.#words, WANTED, 0) === 1;
  }

  /** Browsers decode no shared memory. */
  #copy(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const piece = this.#ring.view(offset + at, length - at);
      copy.set(piece, at);
      at += piece.length;
    }
    return copy;
  }
}

/** @param capacity - bytes, a power of two */
export function newMailbox(capacity: number = MAILBOX_BYTES): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + capacity);
}

function open(memory: SharedArrayBuffer): [Int32Array, Uint8Array] {
  return [new Int32Array(memory, 0, HEADER_BYTES / 4), new Uint8Array(memory, HEADER_BYTES)];
}

// Words of its header, a line each: written by the writer, by the reader, and by both: 1 = the writer waits for room.
const TAIL = 0;
const HEAD = 16;
const WANTED = 32;
const HEADER_BYTES = 192;
const LENGTH_BYTES = 4;
const MAILBOX_BYTES = 1 << 16;
