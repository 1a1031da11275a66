import { FieldError } from './errors.ts';
import { viewOf } from './input-view.ts';
import { isUtf8, textCodec } from './text.ts';

/**
 * A cursor over one method, header or table. It never reads past its end, and what a peer says of lengths is compared
 * with what is there before anything is done with it. Every read throws {@link FieldError} when the bytes run out.
 */
export class Reader {
  /** How bytes that a field holds become what the caller gets: a Buffer on a host that has it. They are a copy. */
  slice: (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array = (buffer, offset, length) =>
    new Uint8Array(buffer, offset, length);

  #bytes: Uint8Array = EMPTY;
  #view: DataView = new DataView(EMPTY.buffer);
  #start = 0;
  #at = 0;
  #end = 0;
  readonly #memos: ShortStringMemo[] = [];

  /** Reads bytes `start` to `end` from here on. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = viewOf(bytes, this.#view);
    }
    this.#start = start;
    this.#at = start;
    this.#end = end;
    return this;
  }

  /** Bytes read since {@link reset}. */
  get offset(): number {
    return this.#at - this.#start;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  skip(length: number): void {
    this.#take(length);
  }

  octet(): number {
    const at = this.#take(1);
    return this.#bytes[at] ?? 0;
  }

  signedOctet(): number {
    return (this.octet() << 24) >> 24;
  }

  short(): number {
    return this.#view.getUint16(this.#take(2));
  }

  signedShort(): number {
    return this.#view.getInt16(this.#take(2));
  }

  long(): number {
    return this.#view.getUint32(this.#take(4));
  }

  signedLong(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** An unsigned integer of 64 bits: a number while it is safe, else a bigint. */
  longlong(): number | bigint {
    const at = this.#take(8);
    const high = this.#view.getUint32(at);
    if (high < 0x20_0000) return high * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    return this.#view.getBigUint64(at);
  }

  /** A signed integer of 64 bits: a number while it is safe, else a bigint. */
  signedLonglong(): number | bigint {
    const at = this.#take(8);
    const high = this.#view.getInt32(at);
    if (high >= 0 && high < 0x20_0000) return high * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    const exact = this.#view.getBigInt64(at);
    return exact >= MIN_SAFE && exact < 0n ? Number(exact) : exact;
  }

  /** Seconds since 1970: a Date while one can hold them, else the seconds as a bigint. */
  timestamp(): Date | bigint {
    const seconds = this.longlong();
    return seconds <= MAX_DATE_SECONDS ? new Date(Number(seconds) * 1000) : BigInt(seconds);
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4));
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  shortString(): string {
    const length = this.octet();
    const at = this.#take(length);
    return textCodec.read(this.#bytes, at, at + length);
  }

  /** A short string that tends to be the one that was read at this `slot` the last time. */
  repeatedString(slot: number): string {
    const length = this.octet();
    const at = this.#take(length);
    return this.#memo(slot).read(this.#bytes, this.#view, at, length);
  }

  /** A long string that is a text. */
  longText(): string {
    const length = this.long();
    const at = this.#take(length);
    return textCodec.read(this.#bytes, at, at + length);
  }

  /** A long string as bytes of its own. */
  longString(): Uint8Array {
    const length = this.long();
    const at = this.#take(length);
    const buffer = new ArrayBuffer(length);
    new Uint8Array(buffer).set(this.#bytes.subarray(at, at + length));
    return this.slice(buffer, 0, length);
  }

  /** A long string as text where it is UTF-8, else as bytes, since replacing them would lose what somebody put there. */
  textOrBytes(): string | Uint8Array {
    const start = this.#at;
    const text = this.longText();
    if (!text.includes('\ufffd') || isUtf8(this.#bytes, start + 4, this.#at)) return text;
    this.#at = start;
    return this.longString();
  }

  /** Makes the end of the next `length` bytes the end of all. @returns what {@link leave} wants */
  enter(length: number): number {
    const outer = this.#end;
    this.#end = this.#take(length) + length;
    this.#at = this.#end - length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at)
      throw new FieldError(`${length} bytes are due, ${this.#end - at} are left`, this.offset);
    this.#at = at + length;
    return at;
  }

  #memo(slot: number): ShortStringMemo {
    let memo = this.#memos[slot];
    if (memo === undefined) {
      memo = new ShortStringMemo();
      this.#memos[slot] = memo;
    }
    return memo;
  }
}

/** The last short string of a kind: when the same bytes come again, it is given without decoding them. */
class ShortStringMemo {
  #text = '';
  #length = 0;
  readonly #bytes = new Uint8Array(256);
  readonly #view = new DataView(this.#bytes.buffer);

  read(bytes: Uint8Array, view: DataView, at: number, length: number): string {
    if (length !== this.#length || !this.#holds(bytes, view, at, length)) this.#keep(bytes, at, length);
    return this.#text;
  }

  #holds(bytes: Uint8Array, view: DataView, at: number, length: number): boolean {
    const words = length & ~3;
    let i = 0;
    for (; i < words; i += 4) {
      if (this.#view.getInt32(i) !== view.getInt32(at + i)) return false;
    }
    for (; i < length; i++) {
      if (this.#bytes[i] !== bytes[at + i]) return false;
    }
    return true;
  }

  #keep(bytes: Uint8Array, at: number, length: number): void {
    for (let i = 0; i < length; i++) this.#bytes[i] = bytes[at + i] ?? 0;
    this.#length = length;
    this.#text = textCodec.read(bytes, at, at + length);
  }
}

const EMPTY = new Uint8Array(0);
const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
/** The last second that a Date can hold (ECMA-262 §21.4.1.1). */
const MAX_DATE_SECONDS = 8_640_000_000_000;
