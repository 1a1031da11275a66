import { FRAME_OVERHEAD } from './wire.ts';

/** Told of each whole frame: where its first octet is and where the next frame begins. Valid during the call. */
export type OnFrame = (bytes: Uint8Array, start: number, end: number) => void;

const SIZE_OFFSET = 3;
const LARGEST_FRAME = 131072;

/** Finds frames by their lengths alone; a frame that the reads have cut in two is put together, and nothing else is copied. */
export class FrameScanner {
  readonly #onFrame: OnFrame;
  readonly #partial = new Uint8Array(LARGEST_FRAME);
  #kept = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** @throws {RangeError} for a frame above 128 KiB, which nobody negotiated */
  receive(bytes: Uint8Array): void {
    let start = this.#kept > 0 ? this.#complete(bytes) : 0;
    while (start + FRAME_OVERHEAD <= bytes.length) {
      const end = start + frameLength(bytes, start);
      if (end > bytes.length) break;
      this.#onFrame(bytes, start, end);
      start = end;
    }
    this.#keep(bytes, start, bytes.length);
  }

  /** Takes what the kept frame still misses. @returns where the next frame begins */
  #complete(bytes: Uint8Array): number {
    let taken = 0;
    if (this.#kept < FRAME_OVERHEAD) {
      taken = Math.min(FRAME_OVERHEAD - this.#kept, bytes.length);
      this.#keep(bytes, 0, taken);
      if (this.#kept < FRAME_OVERHEAD) return taken;
    }
    const length = frameLength(this.#partial, 0);
    const next = Math.min(taken + length - this.#kept, bytes.length);
    this.#keep(bytes, taken, next);
    if (this.#kept < length) return next;
    this.#kept = 0;
    this.#onFrame(this.#partial, 0, length);
    return next;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.#partial[this.#kept++] = bytes[i] ?? 0;
  }
}

function frameLength(bytes: Uint8Array, start: number): number {
  const length = readLong(bytes, start + SIZE_OFFSET) + FRAME_OVERHEAD;
  if (length > LARGEST_FRAME) throw new RangeError(`a frame of ${length} bytes`);
  return length;
}

/** The caller has made sure that the four octets are there. */
export function readLong(bytes: Uint8Array, offset: number): number {
  const high = (bytes[offset] ?? 0) * 0x1000000;
  return high + (((bytes[offset + 1] ?? 0) << 16) | ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0));
}
