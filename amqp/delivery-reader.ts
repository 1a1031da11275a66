import type { Channels } from './channels.ts';
import { decodeProperties } from './codec.ts';
import { CONTENT_CLASS } from './content.ts';
import { DeliveryMemo } from './delivery-memo.ts';
import { viewOf } from './input-view.ts';
import type { Link } from './link.ts';
import { BASIC_DELIVER, BasicProperties } from './methods.ts';
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
  readonly #memo = new DeliveryMemo();
  /** The chunk, and where in it the message lies that {@link #measure} found. */
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #headerAt = 0;
  #bodyAt = 0;
  #size = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Takes the message at `at`. @returns where the next frame begins, `at` when there is no such message */
  take(channels: Channels, bytes: Uint8Array, at: number): number {
    // most of what is no delivery is known by the low bytes of class and method
    if (bytes[at + CLASS_LOW] !== BASIC_DELIVER >>> 16 || bytes[at + METHOD_LOW] !== (BASIC_DELIVER & 0xff)) return at;
    if (bytes !== this.#bytes) this.#look(bytes);
    const next = this.#measure(at);
    if (next === 0) return at;
    const channel = channels.find(this.#view.getUint16(at + 1));
    const { reader, bodies, limits } = this.#link;
    const size = this.#size;
    if (channel === null || !channel.takesDeliveries || size > limits.maxMessageSize) return at;
    this.frames += size > 0 ? 3 : 2;
    const headerAt = this.#headerAt;
    const bodyAt = this.#bodyAt;
    const method = this.#memo.read(reader, bytes, this.#view, at + ARGUMENTS, headerAt - 1);
    const properties = this.#hasProperties(headerAt + PROPERTIES, bodyAt - 1)
      ? decodeProperties(reader.reset(bytes, headerAt + PROPERTIES, bodyAt - 1))
      : new BasicProperties();
    const start = bodyAt + FRAME_HEAD_SIZE;
    channel.deliver(method, properties, size > 0 ? bodies.copy(bytes, start, start + size) : bodies.empty());
    return next;
  }

  /** Flags that are all 0 are two bytes, and nothing is behind them. */
  #hasProperties(start: number, end: number): boolean {
    return end - start !== 2 || this.#view.getUint16(start) !== 0;
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes, this.#view);
  }

  /** Finds the frames of the message at `at`. @returns where it ends, 0 when none lies here whole */
  #measure(at: number): number {
    const view = this.#view;
    const headerAt = this.#next(at, FRAME_METHOD, at);
    if (headerAt - at < ARGUMENTS || view.getUint32(at + FRAME_HEAD_SIZE) !== BASIC_DELIVER) return 0;
    const bodyAt = this.#next(headerAt, FRAME_HEADER, at);
    if (bodyAt - headerAt < PROPERTIES || view.getUint32(headerAt + FRAME_HEAD_SIZE) !== CONTENT_CLASS << 16) return 0;
    const size = view.getUint32(headerAt + PROPERTIES - 4);
    if (view.getUint32(headerAt + PROPERTIES - 8) !== 0) return 0;
    this.#headerAt = headerAt;
    this.#bodyAt = bodyAt;
    this.#size = size;
    if (size === 0) return bodyAt;
    const end = this.#next(bodyAt, FRAME_BODY, at);
    return end - bodyAt === size + FRAME_HEAD_SIZE + 1 ? end : 0;
  }

  /**
   * Where the frame at `at` ends, when it is of this type, of the channel of the frame at `first`, of legal size, and
   * lies whole in the chunk; else 0.
   */
  #next(at: number, type: number, first: number): number {
    const bytes = this.#bytes;
    const view = this.#view;
    if (bytes[at] !== type || at + FRAME_HEAD_SIZE >= bytes.length) return 0;
    if (at !== first && view.getUint16(at + 1) !== view.getUint16(first + 1)) return 0;
    const length = view.getUint32(at + 3) + FRAME_HEAD_SIZE + 1;
    const end = at + length;
    return length <= this.frameMax && end <= bytes.length && bytes[end - 1] === FRAME_END ? end : 0;
  }
}

/** From the beginning of a method frame to the method's arguments: head, class, method. */
const ARGUMENTS = FRAME_HEAD_SIZE + 4;
const CLASS_LOW = FRAME_HEAD_SIZE + 1;
const METHOD_LOW = FRAME_HEAD_SIZE + 3;
/** From the beginning of a header frame to its properties: head, class, weight, size of the body. */
const PROPERTIES = FRAME_HEAD_SIZE + 12;
