/** The parts of the generated files that are the same for every protocol. */

export const METHODS_START = `import type { FieldTable } from './values.ts';

/** Class and method in one number: 0x0032000a is queue.declare (50, 10). */
export type MethodId = number;

/** What is known of a method without looking into it. */
export interface MethodInfo {
  readonly id: MethodId;
  /** \`queue.declare\`. */
  readonly name: string;
  readonly classId: number;
  readonly methodId: number;
  /** The methods that answer it; empty where none does. */
  readonly replies: readonly MethodId[];
  /** Whether a header and bodies follow it. */
  readonly content: boolean;
  /** Its fields by the protocol's names in camelCase; reserved ones are left out. */
  readonly fields: readonly string[];
}

/** A method that has no fields. */
export type NoFields = Record<string, never>;

/** A method's fields as they are read: all are there, and a string of bytes is bytes. */
export type Decoded<T> = { [K in keyof T]-?: Uint8Array extends T[K] ? Uint8Array : NonNullable<T[K]> };
`;

export const METHODS_TABLE = `/** Every method, by its number. */
export const METHODS: Readonly<Record<MethodId, MethodInfo>> = {`;

export const ENCODE_METHOD = `/**
 * Writes a method as a whole frame. A field that is absent or undefined has its default.
 * @throws TypeError, RangeError when a field is missing or cannot be encoded; nothing is written then
 */
export function encodeMethod(w: Writer, channel: number, id: MethodId, fields: object): void {
  switch (id) {
`;

export const DECODE_METHOD = `/**
 * Reads the fields that follow class and method; what trails behind them is ignored.
 * @throws FieldError 502 when they do not decode, UnexpectedFrameError 503 when nobody knows the method
 */
export function decodeMethod(r: Reader, id: MethodId): object {
  switch (id) {
`;

export const ENCODE_PROPERTIES = `/** Writes the flags and values of the properties that are neither null nor undefined. */
export function encodeProperties(w: Writer, p: PropertiesIn): void {
  const place = w.holdShort();
  let flags = 0;
`;

export const DECODE_PROPERTIES = `/** Reads flags and values. @throws FieldError when they do not decode, or a flag is set that no property has */
export function decodeProperties(r: Reader): BasicProperties {
  const p = new BasicProperties();
  const flags = r.short();
  if (flags === 0) return p;
  if ((flags & 0x0003) !== 0) readFlagsToCome(r, flags);
`;

export const CODEC_END = `/** Writes the header frame of a message (class basic), which follows its method. */
export function encodeContentHeader(w: Writer, channel: number, bodySize: number, p: PropertiesIn): void {
  const frame = w.beginFrame(FRAME_HEADER, channel);
  w.long(0x003c_0000, 'class and weight');
  w.longlong(bodySize, 'body');
  encodeProperties(w, p);
  w.endFrame(frame);
}

/** An octet's worth of one bit. */
function flag(value: boolean, mask: number, field: string): number {
  if (value === true) return mask;
  if (value === false) return 0;
  throw kindError(field, value, 'a boolean');
}

/**
 * The last bit of the flags says that a word of more flags follows (AMQP 0-9-1 §4.2.6.1). No property has a flag there,
 * so such words may come, and may only be empty: the values of others could not be told apart.
 */
function readFlagsToCome(r: Reader, first: number): void {
  let unknown = first & 0x0002;
  for (let more = first & 0x0001; more !== 0; ) {
    const flags = r.short();
    unknown |= flags & 0xfffe;
    more = flags & 0x0001;
  }
  if (unknown !== 0) throw new FieldError('a property is flagged that class basic does not have', r.offset);
}

function unknownMethod(id: MethodId): UnexpectedFrameError {
  const name = \`(\${id >>> 16}, \${id & 0xffff})\`;
  return new UnexpectedFrameError(\`no class and method is called \${name}\`, 503);
}
`;
