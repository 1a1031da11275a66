import { makeRangeError } from './argument-errors.ts';

/** What a field of a table may hold; {@link typed} forces another wire type than the one that its value would get. */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | Decimal
  | TypedField
  | readonly FieldValue[]
  | FieldTable;

/** A field table (AMQP 0-9-1 §4.2.5.5). Tables that were read have no prototype, so that any key is an ordinary one. */
export interface FieldTable {
  [name: string]: FieldValue;
}

/**
 * The letter of a field's wire type: t boolean; b B 8, s U u 16, I i 32, l L 64 bits (B u i unsigned); f d floating
 * point; D decimal; S string; x bytes; T timestamp; F table; A array; V nothing.
 */
export type FieldType =
  | 't'
  | 'b'
  | 'B'
  | 's'
  | 'U'
  | 'u'
  | 'I'
  | 'i'
  | 'l'
  | 'L'
  | 'f'
  | 'd'
  | 'D'
  | 'S'
  | 'x'
  | 'T'
  | 'F'
  | 'A'
  | 'V';

/** A decimal number: `value` / 10 ** `scale`, exactly as the wire has it. */
export class Decimal {
  /** Digits after the point, 0 to 255. */
  readonly scale: number;
  /** All digits as a signed 32-bit integer. */
  readonly value: number;

  /** @throws RangeError `ARG_RANGE` when `scale` is not 0…255 or `value` is no signed 32-bit integer */
  constructor(scale: number, value: number) {
    if ((scale & 0xff) !== scale) throw makeRangeError('ARG_RANGE', 'scale', 'scale must be an integer from 0 to 255');
    if ((value | 0) !== value) throw makeRangeError('ARG_RANGE', 'value', 'value must be a signed 32-bit integer');
    this.scale = scale;
    this.value = value;
  }

  /** The number in decimal notation: `12.50` for scale 2, value 1250. */
  toString(): string {
    if (this.scale === 0) return String(this.value);
    const digits = String(Math.abs(this.value)).padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    return `${this.value < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
  }
}

/** A value with the wire type that it is to have; made by {@link typed}. */
export class TypedField {
  readonly type: FieldType;
  readonly value: FieldValue;

  constructor(type: FieldType, value: FieldValue) {
    this.type = type;
    this.value = value;
  }
}

/** Forces the wire type of one field, for a peer that insists: `{ 'x-priority': typed('s', 5) }`. Checked when written. */
export function typed(type: FieldType, value: FieldValue): TypedField {
  return new TypedField(type, value);
}

/** Whether a value is a Uint8Array (a Buffer too), also one of another realm, as test runners make them. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/** Whether a value is a Date, also one of another realm. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date || Object.prototype.toString.call(value) === '[object Date]';
}

/** Whether a value is what braces make: no prototype, or that of a plain object of any realm. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
