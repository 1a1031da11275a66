import { makeRangeError } from '../amqp/index.ts';
import type { Transport } from '../ioloop/index.ts';

export interface OutboxOptions {
  /** Bytes from which on `pressed` is called at each hand-over; four times as many are the end. */
  readonly limit: number;
  /** Bytes above which `pressed` is called too: so many average frames, or Infinity. */
  threshold(): number;
  /**
   * Called right after each hand-over that left `unsent` bytes which the socket had not taken.
   * @param isFirst - the hand-over before left few enough
   */
  pressed(unsent: number, isFirst: boolean): void;
  /** Runs `look` in the loop's next turn, unless the stream has ended by then. */
  nextTurn(look: () => void): void;
}

/** What waits between the machine and the socket: all of it counted, fed to the transport in pieces that it can take. */
export class Outbox {
  /** Bytes that the socket has not taken, the transport's own buffers included. */
  get unsent(): number {
    return this.#waitingBytes + this.#transport.writeBufferSize;
  }

  /** Whether the transport holds more than it wants to. */
  get isFull(): boolean {
    return this.#full;
  }

  readonly #transport: Transport;
  readonly #options: OutboxOptions;
  readonly #waiting: Piece[] = [];
  #waitingBytes = 0;
  /** The transport is above its high-water mark. */
  #full = false;
  /** The last hand-over left too much. */
  #isPressed = false;
  /** At least what is unsent, so that most calls need not ask the transport. */
  #atMost = 0;
  /** The transport will call handedOver() for what it was given, or the next turn will look by itself. */
  #willLook = false;

  constructor(transport: Transport, options: OutboxOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /**
   * @param size - bytes that are about to be written, roughly
   * @throws {RangeError} OUTBOUND_FULL where they would go beyond four times the limit; into an empty buffer any size goes
   */
  reserve(size: number): void {
    const most = this.#options.limit * 4;
    if (this.#atMost + size <= most) return;
    this.#atMost = this.unsent;
    if (this.#atMost === 0 || this.#atMost + size <= most) return;
    throw makeRangeError(
      'OUTBOUND_FULL',
      'body',
      `body: ${this.#atMost} bytes wait for the socket already and ${most} may (4 x outboundLimit); ` +
        'publish less until the backpressure callbacks fall silent',
    );
  }

  /** Whether `size` more bytes stay within the limit, or the transport takes them at once: it is full before drained(). */
  hasRoom(size: number): boolean {
    const { limit } = this.#options;
    if (this.#atMost + size <= limit || !this.#full) return true;
    this.#atMost = this.unsent;
    return this.#atMost + size <= limit;
  }

  /** @param parts - end with the end of a frame; reusable when this returns where shorter than 64 KiB */
  write(parts: readonly Uint8Array[]): void {
    let size = 0;
    for (let i = 0; i < parts.length; i++) size += parts[i]!.length; // in bounds
    this.#atMost += size;
    if (!this.#full && size <= PIECE) {
      this.#willLook = true;
      const [only] = parts;
      const took = parts.length === 1 && only ? this.#transport.write(only) : this.#transport.writev(parts);
      this.#full = !took;
      return;
    }
    for (const part of parts) this.#keep(part);
    const last = this.#waiting.at(-1);
    if (last) last.unitEnd = true;
    if (this.#full) this.#lookNextTurn();
    else this.#feed();
  }

  /** The transport has room again. */
  drained(): void {
    this.#full = false;
    this.#feed();
  }

  /** The transport has just handed over what a turn wrote, or is full. */
  handedOver(): void {
    const unsent = this.unsent;
    this.#atMost = unsent;
    this.#willLook = false;
    const isFirst = !this.#isPressed;
    this.#isPressed = unsent >= this.#options.limit || unsent > this.#options.threshold();
    if (this.#isPressed) this.#options.pressed(unsent, isFirst);
  }

  /** A transport that is full is given nothing, and tells of no hand-over: what piles up here would go unnoticed. */
  #lookNextTurn(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    this.#options.nextTurn(() => {
      if (this.#willLook) this.handedOver();
    });
  }

  #keep(part: Uint8Array): void {
    this.#waitingBytes += part.length;
    if (part.length >= BY_REFERENCE) {
      for (let from = 0; from < part.length; from += PIECE) {
        this.#waiting.push({
          bytes: part.subarray(from, from + PIECE),
          used: Math.min(PIECE, part.length - from),
          unitEnd: false,
        });
      }
      return;
    }
    let block = this.#waiting.at(-1);
    if (!block || block.bytes.length - block.used < part.length) {
      block = { bytes: new Uint8Array(BLOCK), used: 0, unitEnd: false };
      this.#waiting.push(block);
    }
    block.bytes.set(part, block.used);
    block.used += part.length;
    block.unitEnd = false;
  }

  #feed(): void {
    let next = 0;
    while (!this.#full && next < this.#waiting.length) {
      const piece = this.#waiting[next++]!; // in bounds
      this.#waitingBytes -= piece.used;
      const bytes = piece.used === piece.bytes.length ? piece.bytes : piece.bytes.subarray(0, piece.used);
      this.#willLook = true;
      this.#full = !this.#transport.write(bytes, piece.unitEnd);
    }
    this.#waiting.splice(0, next);
  }
}

/** From here on bytes are the sender's until written (DESIGN.md §3); below they are copied. */
const BY_REFERENCE = 64 * 1024;
/** The most that a transport is given in one call: its own hard limit is 16 times that. */
const PIECE = 1024 * 1024;
/** Small parts that wait share blocks of this size, or a million of them would cost more than their bytes. */
const BLOCK = 256 * 1024;

interface Piece {
  readonly bytes: Uint8Array;
  used: number;
  unitEnd: boolean;
}
