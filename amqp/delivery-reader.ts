import type { Channels } from './channels.ts';
import { decodeBasicDeliver, decodeProperties } from './codec.ts';
import { CONTENT_CLASS } from './content.ts';
import type { Link } from './link.ts';
import { BASIC_DELIVER } from './methods.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEAD_SIZE, FRAME_HEADER, FRAME_METHOD } from './writer.ts';

/**
 * The fast lane for what there is most of: a basic.deliver whose method, header and at most one body frame lie whole in
 * the chunk is taken straight through. Whatever is not exactly that is left to the ordinary way, errors above all.
 */
export class DeliveryReader {
  /** Frames that were taken. */
  frames = 0;
  /** The longest frame that is taken, its head and end included. */
  frameMax = 0;
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Takes the message at `at`. @returns where the next frame begins, `at` when there is no such message */
  take(channels: Channels, bytes: Uint8Array, at: number): number {
    if (bytes[at] !== FRAME_METHOD || longAt(bytes, at + FRAME_HEAD_SIZE) !== BASIC_DELIVER) return at;
    const headerAt = this.#next(bytes, at);
    if (!isFrame(bytes, headerAt, FRAME_HEADER, at)) return at;
    const bodyAt = this.#next(bytes, headerAt);
    const size = bodySize(bytes, headerAt, bodyAt);
    if (size < 0 || size > this.#link.limits.maxMessageSize) return at;
    let next = bodyAt;
    if (size > 0) {
      if (!isFrame(bytes, bodyAt, FRAME_BODY, at)) return at;
      next = this.#next(bytes, bodyAt);
      if (next - bodyAt !== size + FRAME_HEAD_SIZE + 1) return at;
    }
    const channel = channels.find((bytes[at + 1]! << 8) | bytes[at + 2]!); // `!`: a whole frame is there
    if (channel === null || !channel.takesDeliveries) return at;
    this.frames += size > 0 ? 3 : 2;
    const { reader, bodies } = this.#link;
    const method = decodeBasicDeliver(reader.reset(bytes, at + FRAME_HEAD_SIZE + 4, headerAt - 1));
    const properties = decodeProperties(reader.reset(bytes, headerAt + PROPERTIES, bodyAt - 1));
    const start = bodyAt + FRAME_HEAD_SIZE;
    const body = size > 0 ? bodies.copy(bytes, start, start + size) : bodies.empty();
    channel.deliver(method, properties, body);
    return next;
  }

  /** Where the frame at `at` ends, when it lies whole in the chunk and is of legal size; else 0. */
  #next(bytes: Uint8Array, at: number): number {
    const length = longAt(bytes, at + 3) + FRAME_HEAD_SIZE + 1;
    const end = at + length;
    return length <= this.frameMax && end <= bytes.length && bytes[end - 1] === FRAME_END ? end : 0;
  }
}

/** From the beginning of a header frame to its properties: head, class, weight, size of the body. */
const PROPERTIES = FRAME_HEAD_SIZE + 12;

/** Whether a frame of this type, and of the channel of the one at `method`, begins at `at`. */
function isFrame(bytes: Uint8Array, at: number, type: number, method: number): boolean {
  return at > 0 && bytes[at] === type && bytes[at + 1] === bytes[method + 1] && bytes[at + 2] === bytes[method + 2];
}

/** What the header frame at `at` says of the body; -1 when it is not there whole, or is no header of a message. */
function bodySize(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < PROPERTIES || longAt(bytes, at + FRAME_HEAD_SIZE) !== CONTENT_CLASS << 16) return -1;
  return longAt(bytes, at + FRAME_HEAD_SIZE + 4) === 0 ? longAt(bytes, at + FRAME_HEAD_SIZE + 8) : -1;
}

/** 32 bits; past the end of the chunk they are 0. */
function longAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
