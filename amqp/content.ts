import type { Bodies } from './bodies.ts';
import { decodeProperties } from './codec.ts';
import { BodyTooLongError, InvalidFrameError, UnexpectedFrameError } from './errors.ts';
import type { MessageHead } from './message-head.ts';
import { type BasicProperties, METHODS, type MethodId, type PropertiesIn } from './methods.ts';
import type { Reader } from './reader.ts';
import { plainText, textCodec } from './text.ts';
import { FRAME_BODY, FRAME_HEAD_SIZE, type Writer } from './writer.ts';

/** What all unfinished bodies of a connection may take together. */
export const MAX_UNFINISHED = 134_217_728;
/** Empty body frames in a row that are borne. */
export const MAX_EMPTY_FRAMES = 1000;
/** From this size on a body goes out by reference, not as a copy. */
export const REFERENCE_SIZE = 65_536;
/** The class that messages belong to: basic. */
export const CONTENT_CLASS = 60;

/** A whole message that came. */
export interface Content {
  readonly id: MethodId;
  readonly method: object;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
}

/**
 * Puts the messages of one channel together: a method, its header, its bodies (AMQP 0-9-1 §4.2.6). What is announced is
 * compared with the limits at once, and room for it is taken only as it comes.
 */
export class ContentReader {
  readonly #bodies: Bodies;
  readonly #limit: number;
  #expected: 'method' | 'header' | 'body' = 'method';
  #id: MethodId = 0;
  #method: object = NO_FIELDS;
  #properties: BasicProperties | null = null;
  #size = 0;
  #arrived = 0;
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #empty = 0;

  /** @param limit - the largest body that may be announced */
  constructor(bodies: Bodies, limit: number) {
    this.#bodies = bodies;
    this.#limit = limit;
  }

  /** Whether no message has begun. */
  get idle(): boolean {
    return this.#expected === 'method';
  }

  /** A method came that content follows. */
  begin(id: MethodId, method: object): void {
    this.#expected = 'header';
    this.#id = id;
    this.#method = method;
  }

  /** @throws UnexpectedFrameError when a message has begun: nothing else may come on its channel before its end */
  checkIdle(id: MethodId): void {
    if (this.#expected === 'method') return;
    const [came, begun] = [METHODS[id]?.name ?? 'a method', METHODS[this.#id]?.name];
    throw new UnexpectedFrameError(`${came} came where a ${this.#expected} frame of ${begun} was due`);
  }

  /** A header frame. @returns the message, when it has no body */
  header(reader: Reader): Content | null {
    if (this.#expected !== 'header') throw new UnexpectedFrameError('a header frame came where none was due');
    const size = readContentHead(reader, this.#limit);
    this.#properties = decodeProperties(reader);
    this.#size = size;
    this.#expected = 'body';
    return size === 0 ? this.#finish(this.#bodies.empty()) : null;
  }

  /** A body frame. @returns the message, when this completes it */
  body(bytes: Uint8Array, start: number, end: number): Content | null {
    if (this.#expected !== 'body') throw new UnexpectedFrameError('a body frame came where none was due');
    const length = end - start;
    if (length > this.#size - this.#arrived) throw new BodyTooLongError(this.#arrived + length, this.#size);
    if (length === 0) {
      this.#countEmpty();
      return null;
    }
    this.#empty = 0;
    if (length === this.#size) return this.#finish(this.#bodies.copy(bytes, start, end));
    this.#append(bytes, start, end);
    if (this.#arrived < this.#size || this.#buffer === null) return null;
    return this.#finish(this.#bodies.whole(this.#buffer.buffer, this.#size));
  }

  /** Lets go of what has come. */
  drop(): void {
    this.#bodies.unfinished -= this.#arrived;
    this.#reset();
  }

  #finish(body: Uint8Array): Content {
    const properties = this.#properties;
    if (properties === null) throw new UnexpectedFrameError('a body came before its header');
    const content = { id: this.#id, method: this.#method, properties, body };
    this.drop();
    return content;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const arrived = this.#arrived + end - start;
    this.#bodies.unfinished += end - start;
    const held = this.#bodies.unfinished;
    this.#buffer = withRoom(this.#buffer, this.#arrived, arrived, this.#size);
    this.#buffer.set(bytes.subarray(start, end), this.#arrived);
    this.#arrived = arrived;
    if (held > MAX_UNFINISHED) throw new BodyTooLongError(held, MAX_UNFINISHED);
  }

  #countEmpty(): void {
    if (++this.#empty > MAX_EMPTY_FRAMES) {
      throw new InvalidFrameError(`more than ${MAX_EMPTY_FRAMES} empty body frames in a row`);
    }
  }

  #reset(): void {
    this.#expected = 'method';
    this.#method = NO_FIELDS;
    this.#properties = null;
    this.#buffer = null;
    this.#arrived = 0;
    this.#empty = 0;
  }
}

/**
 * Reads a header frame up to its properties. @returns the size of the body
 * @throws BodyTooLongError above `limit`, UnexpectedFrameError for a class that has no content
 */
export function readContentHead(reader: Reader, limit: number): number {
  const classId = reader.short();
  if (classId !== CONTENT_CLASS) throw new UnexpectedFrameError(`a content header of class ${classId}`);
  reader.short(); // weight: reserved
  const size = reader.longlong();
  if (size > limit || typeof size !== 'number') throw new BodyTooLongError(size, limit);
  return size;
}

/**
 * Writes a message: basic.publish, its header, and its body in frames of what frame_max allows (AMQP 0-9-1 §4.2.6). A
 * body of 64 KiB or more goes by reference and must not change before it is written.
 * @throws TypeError, RangeError when something cannot be encoded; nothing is written then
 */
export function writeMessage(
  writer: Writer,
  channel: number,
  head: MessageHead,
  exchange: string,
  routingKey: string,
  mandatory: boolean,
  properties: PropertiesIn | null,
  body: string | Uint8Array,
): void {
  const size = typeof body === 'string' ? utf8Length(body) : body.length;
  head.write(writer, exchange, routingKey, mandatory, size, properties);
  if (typeof body !== 'string') writeBody(writer, channel, body);
  else if (size >= REFERENCE_SIZE || size > writer.frameMax - FRAME_HEAD_SIZE - 1) {
    writeBody(writer, channel, encodeText(body, size));
  } else if (size > 0) writer.textFrame(FRAME_BODY, channel, body, size);
}

/** A text as UTF-8 in bytes of its own. */
export function encodeText(text: string, size: number = utf8Length(text)): Uint8Array {
  const bytes = new Uint8Array(size);
  textCodec.write(text, bytes, 0);
  return bytes;
}

/** For short texts a loop is faster than the codec of a host. */
function utf8Length(text: string): number {
  return text.length <= COUNTED_BY_HAND ? plainText.byteLength(text) : textCodec.byteLength(text);
}

function writeBody(writer: Writer, channel: number, body: Uint8Array): void {
  const most = writer.frameMax - FRAME_HEAD_SIZE - 1;
  for (let at = 0; at < body.length; at += most) {
    const end = Math.min(body.length, at + most);
    if (body.length < REFERENCE_SIZE) writer.copyFrame(FRAME_BODY, channel, body, at, end);
    else writer.referenceFrame(FRAME_BODY, channel, body.subarray(at, end));
  }
}

const NO_FIELDS = {};
/** Characters. */
const COUNTED_BY_HAND = 64;

/** A buffer with room for `needed` bytes: at least twice the last one, never more than the whole body. */
function withRoom(
  buffer: Uint8Array<ArrayBuffer> | null,
  used: number,
  needed: number,
  whole: number,
): Uint8Array<ArrayBuffer> {
  if (buffer !== null && buffer.length >= needed) return buffer;
  const grown = new Uint8Array(Math.min(whole, Math.max(needed, (buffer?.length ?? 0) * 2)));
  if (buffer !== null) grown.set(buffer.subarray(0, used));
  return grown;
}
