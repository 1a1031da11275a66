import { decodeBasicDeliver } from './codec.ts';
import type { BasicDeliver, Decoded } from './methods.ts';
import type { Reader } from './reader.ts';

/**
 * Reads basic.deliver. One differs from the one before by its delivery tag, mostly, so that all else is compared with the
 * bytes of that one, a word at a time, and not decoded again.
 */
export class DeliveryMemo {
  readonly #bytes = new Uint8Array(LONGEST);
  readonly #view = new DataView(this.#bytes.buffer);
  /** Bytes of the arguments of the last one; 0 before the first. */
  #size = 0;
  /** Where in them the delivery tag is. */
  #tagAt = 0;
  #last: Decoded<BasicDeliver> = { consumerTag: '', deliveryTag: 0, redelivered: false, exchange: '', routingKey: '' };

  /** @param start - where the arguments begin, behind class and method */
  read(reader: Reader, bytes: Uint8Array, view: DataView, start: number, end: number): Decoded<BasicDeliver> {
    if (end - start !== this.#size || !this.#isSame(view, start, end)) return this.#decode(reader, bytes, start, end);
    const tag = start + this.#tagAt;
    const high = view.getUint32(tag);
    // the bits beside redelivered are reserved; a tag that is no safe integer takes the long way
    if (high >= MAX_HIGH) return this.#decode(reader, bytes, start, end);
    const { consumerTag, exchange, routingKey } = this.#last;
    return {
      consumerTag,
      deliveryTag: high * 0x1_0000_0000 + view.getUint32(tag + 4),
      redelivered: (bytes[tag + TAG_SIZE]! & 1) !== 0,
      exchange,
      routingKey,
    };
  }

  #isSame(view: DataView, start: number, end: number): boolean {
    const tagEnd = this.#tagAt + TAG_SIZE + 1;
    return this.#holds(view, start, 0, this.#tagAt) && this.#holds(view, start, tagEnd, end - start);
  }

  /** Compares bytes `from` to `to` of the arguments. */
  #holds(view: DataView, start: number, from: number, to: number): boolean {
    const mine = this.#view;
    let at = from;
    for (; at <= to - 4; at += 4) if (mine.getInt32(at, true) !== view.getInt32(start + at, true)) return false;
    for (; at < to; at++) if (mine.getUint8(at) !== view.getUint8(start + at)) return false;
    return true;
  }

  #decode(reader: Reader, bytes: Uint8Array, start: number, end: number): Decoded<BasicDeliver> {
    const method = decodeBasicDeliver(reader.reset(bytes, start, end));
    this.#size = end - start <= LONGEST ? end - start : 0;
    this.#bytes.set(bytes.subarray(start, start + this.#size));
    this.#tagAt = 1 + bytes[start]!;
    this.#last = method;
    return method;
  }
}

/** A consumer tag, an exchange and a routing key of 255 bytes each, their lengths, the delivery tag and the bits. */
const LONGEST = 777;
const TAG_SIZE = 8;
/** From here on a number of 64 bits is not safe as a number. */
const MAX_HIGH = 0x20_0000;
