import { InvalidFrameError } from './errors.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEAD_SIZE, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from './writer.ts';

/** Whoever takes the frames that a {@link FrameReader} finds. */
export interface FrameSink {
  /** One whole frame; its payload is `bytes` from `start` to `end`, which holds during the call only. */
  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * The chance to take whole frames from `at` on in one go, without a call for each; `bytes` is valid to its end.
   * @returns where the next frame begins, `at` when nothing was taken
   */
  run?(bytes: Uint8Array, at: number): number;
}

/** What a header frame may take whatever frame_max is: real brokers send such. */
export const MAX_HEADER_FRAME = 1_048_576;
/** What the frames before tune-ok may take together. */
export const MAX_BEFORE_TUNE = 65_536;

/**
 * Finds the frames in chunks of any size (AMQP 0-9-1 §2.3.5). A frame that lies whole in its chunk is given as it lies;
 * of one that does not, the part that has come is kept, once. Each limit is checked on the seven bytes of a frame's head.
 */
export class FrameReader {
  /** The longest method or body frame, its head and end included. */
  frameMax: number = MAX_BEFORE_TUNE;
  /** Bytes that all frames together may still take; Infinity after login. */
  budget: number = Number.POSITIVE_INFINITY;
  /** Whole frames so far, those that the sink took by itself not counted. */
  frames = 0;

  readonly #sink: FrameSink;
  #partial: Uint8Array = EMPTY;
  #held = 0;
  #stopped = false;
  #failed: unknown = null;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Drops what is held and all that comes: the stream has ended. */
  stop(): void {
    this.#stopped = true;
    this.#partial = EMPTY;
    this.#held = 0;
  }

  /**
   * Takes the next bytes of the stream, which may change once this returns.
   * @throws InvalidFrameError, or what the sink throws; after that each further call throws the same
   */
  feed(bytes: Uint8Array): void {
    if (this.#failed !== null) throw this.#failed;
    try {
      const at = this.#held > 0 ? this.#complete(bytes) : 0;
      this.#keep(bytes, this.#read(bytes, at));
    } catch (error) {
      this.stop();
      this.#failed = error;
      throw error;
    }
  }

  /** Gives the whole frames from `at` on. @returns where the part of a frame begins that is left */
  #read(bytes: Uint8Array, start: number): number {
    const sink = this.#sink;
    let at = start;
    while (bytes.length - at >= FRAME_HEAD_SIZE && !this.#stopped) {
      if (sink.run !== undefined) {
        const next = sink.run(bytes, at);
        if (next !== at) {
          at = next;
          continue;
        }
      }
      const length = this.#frameLength(bytes, at);
      if (bytes.length - at < length) break;
      this.#give(bytes, at, length);
      at += length;
    }
    return at;
  }

  /** Completes the frame that is held. @returns how many bytes that took */
  #complete(bytes: Uint8Array): number {
    let at = this.#fill(bytes, 0, FRAME_HEAD_SIZE);
    if (this.#held < FRAME_HEAD_SIZE) return at;
    const length = this.#frameLength(this.#partial, 0);
    at = this.#fill(bytes, at, length);
    if (this.#held < length) return at;
    this.#held = 0;
    this.#give(this.#partial.subarray(0, length), 0, length);
    return at;
  }

  /** Adds to what is held until it has `length` bytes. @returns where in `bytes` the rest begins */
  #fill(bytes: Uint8Array, start: number, length: number): number {
    const end = Math.min(bytes.length, start + length - this.#held);
    if (end > start) this.#keep(end === bytes.length ? bytes : bytes.subarray(0, end), start);
    return Math.max(start, end);
  }

  #keep(bytes: Uint8Array, start: number): void {
    const held = this.#held + bytes.length - start;
    if (held === this.#held || this.#stopped) return;
    if (held > this.#partial.length) {
      // at least twice the room, so that a frame that comes byte by byte is not copied for each
      const grown = new Uint8Array(Math.max(held, this.#partial.length * 2, SMALLEST_PARTIAL));
      grown.set(this.#partial.subarray(0, this.#held));
      this.#partial = grown;
    }
    this.#partial.set(start === 0 ? bytes : bytes.subarray(start), this.#held);
    this.#held = held;
  }

  /** The whole length of the frame whose head is at `at`. */
  #frameLength(bytes: Uint8Array, at: number): number {
    // `!` holds here and below: the caller has seen that a whole head is there
    const type = bytes[at]!;
    const size = ((bytes[at + 3]! << 24) | (bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!) >>> 0;
    const length = size + FRAME_HEAD_SIZE + 1;
    if (type === FRAME_METHOD || type === FRAME_BODY) {
      if (length > this.frameMax) throw tooLong(type, length, this.frameMax);
    } else if (type === FRAME_HEADER) {
      const limit = Math.max(this.frameMax, MAX_HEADER_FRAME);
      if (length > limit) throw tooLong(type, length, limit);
    } else if (type === FRAME_HEARTBEAT) {
      if (size > 0) throw new InvalidFrameError(`a heartbeat frame with a payload of ${size} bytes`);
      if (bytes[at + 1] !== 0 || bytes[at + 2] !== 0) throw new InvalidFrameError('a heartbeat frame on a channel');
    } else {
      throw new InvalidFrameError(`a frame of the unknown type ${type}`);
    }
    if (length > this.budget) throw new InvalidFrameError(`more than ${MAX_BEFORE_TUNE} bytes before the login`);
    return length;
  }

  #give(bytes: Uint8Array, at: number, length: number): void {
    const last = bytes[at + length - 1]!;
    if (last !== FRAME_END) throw new InvalidFrameError(`a frame ends with 0x${last.toString(16)} in place of 0xce`);
    this.budget -= length;
    this.frames++;
    const channel = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.#sink.frame(bytes[at]!, channel, bytes, at + FRAME_HEAD_SIZE, at + length - 1);
  }
}

const EMPTY = new Uint8Array(0);
const SMALLEST_PARTIAL = 512;

function tooLong(type: number, length: number, limit: number): InvalidFrameError {
  const kind = type === FRAME_METHOD ? 'method' : type === FRAME_HEADER ? 'header' : 'body';
  return new InvalidFrameError(`a ${kind} frame of ${length} bytes where at most ${limit} are allowed`);
}
