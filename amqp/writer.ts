import { integerError, kindError, makeRangeError, ShortStringTooLong } from './argument-errors.ts';
import { isWellFormed, textCodec } from './text.ts';
import { isBytes } from './values.ts';

/** What every frame begins with: its type, channel and size (AMQP 0-9-1 §2.3.5). */
export const FRAME_HEAD_SIZE = 7;
/** What every frame ends with. */
export const FRAME_END = 0xce;

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;

/**
 * Encodes frames one after the other into a slab that grows and is used again: nothing is allocated per frame.
 *
 * A frame counts when it ends. One that was begun and not ended, because a field of it could not be encoded, is
 * forgotten: the next `begin…()` overwrites it and {@link take} does not give it.
 */
export class Writer {
  /** The longest frame that may be written, its head and end included; a longer one is refused when it ends. */
  frameMax: number = Infinity;
  /** Frames ended so far. */
  frames = 0;

  #bytes = new Uint8Array(SMALLEST);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  /** Where the last whole frame ends. */
  #ended = 0;
  /** Bytes that were handed out by take(). */
  #taken = 0;
  /** What the last take() gave, if it was one part: messages of one kind have one length. */
  #only: Uint8Array[] = [];
  /** Bodies by reference, the place in the slab where each belongs, and their bytes together. */
  #bodies: Uint8Array[] = [];
  #places: number[] = [];
  #referenced = 0;

  /** Bytes of whole frames that were not taken yet. */
  get size(): number {
    return this.#ended + this.#referenced;
  }

  /** Bytes of all frames ended so far. */
  get written(): number {
    return this.#taken + this.size;
  }

  /** Begins a method frame. @returns what {@link endFrame} wants */
  beginMethod(channel: number, id: number): number {
    const frame = this.beginFrame(FRAME_METHOD, channel);
    this.long(id, 'id');
    return frame;
  }

  /** Begins a frame of any type. @returns what {@link endFrame} wants */
  beginFrame(type: number, channel: number): number {
    const frame = this.#ended;
    this.#at = frame;
    this.#room(FRAME_HEAD_SIZE);
    this.#at = frame + FRAME_HEAD_SIZE;
    this.#head(frame, type, channel, 0);
    return frame;
  }

  /** Ends the frame. @throws RangeError `TOO_LONG` when it is longer than {@link frameMax}; nothing of it remains */
  endFrame(frame: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = FRAME_END;
    if (this.#at - frame > this.frameMax) throw tooLong(this.#at - frame, this.frameMax);
    this.#view.setUint32(frame + 3, this.#at - frame - FRAME_HEAD_SIZE - 1);
    this.#ended = this.#at;
    this.frames++;
  }

  /** Writes a whole frame that carries a copy of bytes `start` to `end`. */
  copyFrame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    const frame = this.beginFrame(type, channel);
    this.raw(bytes, start, end);
    this.endFrame(frame);
  }

  /** Writes frames that were written before, heads and ends included. @param count - how many they are */
  wholeFrames(bytes: Uint8Array, count: number): void {
    this.#at = this.#ended;
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#ended);
    this.#ended += bytes.length;
    this.frames += count;
  }

  /** Writes a whole frame that carries a text, which takes `length` bytes as UTF-8. */
  textFrame(type: number, channel: number, text: string, length: number): void {
    const frame = this.beginFrame(type, channel);
    this.#room(length);
    if (length > ASCII_BY_HAND || length !== text.length) textCodec.write(text, this.#bytes, this.#at);
    else this.#ascii(text, this.#at);
    this.#at += length;
    this.endFrame(frame);
  }

  /** Writes a whole frame that carries `bytes` by reference: they must not change until they are written. */
  referenceFrame(type: number, channel: number, bytes: Uint8Array): void {
    const frame = this.beginFrame(type, channel);
    this.#room(1);
    this.#head(frame, type, channel, bytes.length);
    this.#bodies.push(bytes);
    this.#places.push(this.#at);
    this.#referenced += bytes.length;
    this.#bytes[this.#at++] = FRAME_END;
    this.#ended = this.#at;
    this.frames++;
  }

  /** Where the next frame begins: what {@link truncate} wants to forget all frames from there on. */
  mark(): number {
    return this.#ended;
  }

  /** Forgets every frame that ended since {@link mark} gave `mark`, which no {@link take} may lie between. */
  truncate(mark: number): void {
    let body = this.#places.length;
    while (body > 0 && (this.#places[body - 1] ?? 0) > mark) body--;
    let next = body;
    for (let frame = mark; frame < this.#ended; this.frames--) {
      const inSlab = this.#places[next] === frame + FRAME_HEAD_SIZE ? 0 : this.#view.getUint32(frame + 3);
      if (inSlab === 0 && this.#places[next] === frame + FRAME_HEAD_SIZE) next++;
      frame += FRAME_HEAD_SIZE + inSlab + 1;
    }
    for (const forgotten of this.#bodies.splice(body)) this.#referenced -= forgotten.length;
    this.#places.length = body;
    this.#ended = mark;
    this.#at = mark;
  }

  /**
   * Gives all whole frames as parts in order; more than one only where a body goes by reference. A part lies in the
   * slab, and the next write overwrites it, unless it has 64 KiB or more: streams keep such parts by reference.
   */
  take(): Uint8Array[] {
    if (this.#ended === 0) return [];
    return this.#bodies.length === 0 ? this.#takeOnly() : this.#takeParts();
  }

  #takeOnly(): Uint8Array[] {
    if (this.#only[0]?.length !== this.#ended) this.#only = [this.#bytes.subarray(0, this.#ended)];
    const parts = this.#only;
    this.#taken += this.#ended;
    this.#restart();
    return parts;
  }

  #takeParts(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let from = 0;
    for (let i = 0; i < this.#bodies.length; i++) {
      const place = this.#places[i] ?? 0;
      const body = this.#bodies[i];
      parts.push(this.#bytes.subarray(from, place));
      if (body !== undefined) parts.push(body);
      from = place;
    }
    parts.push(this.#bytes.subarray(from, this.#ended));
    this.#taken += this.size;
    this.#restart();
    return parts;
  }

  /** An unsigned integer of 8 bits. @throws TypeError `ARG_TYPE`, RangeError `ARG_RANGE`, as all of these do */
  octet(value: number, field: string): void {
    if (typeof value !== 'number' || (value & 0xff) !== value) throw integerError(field, value, 0, 0xff);
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** An unsigned integer of 16 bits. */
  short(value: number, field: string): void {
    if (typeof value !== 'number' || (value & 0xffff) !== value) throw integerError(field, value, 0, 0xffff);
    this.#room(2);
    this.#bytes[this.#at] = value >> 8;
    this.#bytes[this.#at + 1] = value;
    this.#at += 2;
  }

  /** An unsigned integer of 32 bits. */
  long(value: number, field: string): void {
    if (typeof value !== 'number' || value >>> 0 !== value) throw integerError(field, value, 0, 0xffff_ffff);
    this.#room(4);
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  /** An unsigned integer of 64 bits; a number must be a safe integer. */
  longlong(value: number | bigint, field: string): void {
    this.#room(8);
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value) || value < 0) throw integerError(field, value, 0, Number.MAX_SAFE_INTEGER);
      this.#view.setUint32(this.#at, value / 0x1_0000_0000);
      this.#view.setUint32(this.#at + 4, value >>> 0);
    } else {
      if (typeof value !== 'bigint' || value < 0n || value > MAX_UINT64)
        throw integerError(field, value, 0, MAX_UINT64);
      this.#view.setBigUint64(this.#at, value);
    }
    this.#at += 8;
  }

  /** A signed integer of 64 bits; a number must be a safe integer. */
  signedLonglong(value: number | bigint, field: string): void {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
      throw integerError(field, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    }
    const exact = BigInt(value);
    if (BigInt.asIntN(64, exact) !== exact) throw integerError(field, value, MIN_INT64, MAX_INT64);
    this.#room(8);
    this.#view.setBigInt64(this.#at, exact);
    this.#at += 8;
  }

  /** A number as IEEE 754 of 64 bits. */
  double(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  /** A number as IEEE 754 of 32 bits: the nearest that there is. */
  float(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.#at, value);
    this.#at += 4;
  }

  /** A text of at most 255 bytes, its length before it in one octet. @throws ShortStringTooLong */
  shortString(value: string, field: string): void {
    if (typeof value !== 'string') throw kindError(field, value, 'a string');
    const length = value.length;
    if (length > 255) throw new ShortStringTooLong(field, value);
    this.#room(1 + 3 * length);
    if (this.#ascii(value, this.#at + 1)) {
      this.#bytes[this.#at] = length;
      this.#at += 1 + length;
    } else this.#shortUnicode(value, field);
  }

  /** A text, its length before it in 32 bits. @throws RangeError `UNENCODABLE` for a lone surrogate */
  longText(value: string, field: string): void {
    if (typeof value !== 'string') throw kindError(field, value, 'a string');
    const length = value.length;
    if (length <= ASCII_BY_HAND) {
      this.#room(4 + length);
      if (this.#ascii(value, this.#at + 4)) {
        this.#view.setUint32(this.#at, length);
        this.#at += 4 + length;
        return;
      }
    }
    this.#longUnicode(value, field);
  }

  /** Bytes, or a text as UTF-8, their length before them in 32 bits. */
  longString(value: string | Uint8Array, field: string): void {
    if (typeof value === 'string') this.longText(value, field);
    else if (!isBytes(value)) throw kindError(field, value, 'a string or a Uint8Array');
    else {
      this.long(value.length, field);
      this.raw(value, 0, value.length);
    }
  }

  /** A copy of bytes `start` to `end`, as they are. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#room(length);
    if (length <= COPY_BY_HAND) {
      const slab = this.#bytes;
      let at = this.#at;
      for (let i = start; i < end; i++) slab[at++] = bytes[i] ?? 0;
    } else {
      this.#bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#at);
    }
    this.#at += length;
  }

  /** Leaves room for 16 bits. @returns what {@link fillShort} wants */
  holdShort(): number {
    this.#room(2);
    this.#at += 2;
    return this.#at - 2;
  }

  fillShort(place: number, value: number): void {
    this.#view.setUint16(place, value);
  }

  /** Leaves room for the length, in 32 bits, of what follows. @returns what {@link fillLength} wants */
  holdLength(): number {
    this.#room(4);
    this.#at += 4;
    return this.#at - 4;
  }

  /** Fills in the length of what was written since {@link holdLength}. */
  fillLength(place: number): void {
    this.#view.setUint32(place, this.#at - place - 4);
  }

  #shortUnicode(value: string, field: string): void {
    if (!isWellFormed(value)) throw loneSurrogate(field);
    const length = textCodec.byteLength(value);
    if (length > 255) throw new ShortStringTooLong(field, value);
    this.#bytes[this.#at] = length;
    textCodec.write(value, this.#bytes, this.#at + 1);
    this.#at += 1 + length;
  }

  #longUnicode(value: string, field: string): void {
    const length = textCodec.byteLength(value);
    if (length !== value.length && !isWellFormed(value)) throw loneSurrogate(field);
    this.long(length, field);
    this.#room(length);
    textCodec.write(value, this.#bytes, this.#at);
    this.#at += length;
  }

  /** Writes `value` at `at`, where there is room, if all of it is ASCII; tells whether it was. */
  #ascii(value: string, at: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at + i] = unit;
    }
    return true;
  }

  #head(frame: number, type: number, channel: number, size: number): void {
    if ((channel & 0xffff) !== channel) throw integerError('channelNumber', channel, 0, 0xffff);
    this.#bytes[frame] = type;
    this.#bytes[frame + 1] = channel >> 8;
    this.#bytes[frame + 2] = channel;
    this.#view.setUint32(frame + 3, size);
  }

  #room(length: number): void {
    if (this.#at + length > this.#bytes.length) this.#grow(this.#at + length);
  }

  #grow(needed: number): void {
    let capacity = this.#bytes.length;
    while (capacity < needed) capacity *= 2;
    const bytes = new Uint8Array(capacity);
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#useSlab(bytes);
  }

  /**
   * Starts the slab from 0 again; one that a burst has blown up becomes half as large with each small take, and one that
   * may be kept by reference is given away.
   */
  #restart(): void {
    const capacity = this.#bytes.length;
    if (this.#ended >= KEPT_BY_REFERENCE) this.#useSlab(new Uint8Array(capacity));
    else if (capacity > SMALLEST && this.#ended < capacity / 4) this.#useSlab(new Uint8Array(capacity / 2));
    this.#at = 0;
    this.#ended = 0;
    if (this.#referenced > 0) {
      this.#bodies = [];
      this.#places = [];
      this.#referenced = 0;
    }
  }

  #useSlab(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#only = [];
  }
}

/** From this size on bytes belong to whoever they were handed to. */
const KEPT_BY_REFERENCE = 65_536;
/** Bytes that a slab begins with and does not go below. */
const SMALLEST = 65_536;
/** Up to so many bytes a loop is faster than a call of `set`. */
const COPY_BY_HAND = 64;
/** Up to so many characters a loop is faster than a call of the text codec. */
const ASCII_BY_HAND = 128;

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

function loneSurrogate(field: string): Error {
  return makeRangeError('UNENCODABLE', field, `${field} has half of a surrogate pair in it, which UTF-8 cannot carry`);
}

function tooLong(bytes: number, frameMax: number): Error {
  const text = `the fields take ${bytes} bytes in one frame, and the connection's frameMax is ${frameMax}`;
  return makeRangeError('TOO_LONG', 'fields', text);
}
