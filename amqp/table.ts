import { integerError, kindError, kindOf, makeRangeError, UnsupportedAMQPFieldException } from './argument-errors.ts';
import { FieldError, InvalidFieldTypeException } from './errors.ts';
import type { Reader } from './reader.ts';
import { Decimal, type FieldTable, type FieldValue, isBytes, isDate, isPlainObject, TypedField } from './values.ts';
import type { Writer } from './writer.ts';

/** Tables and arrays may lie so deep in each other, the outermost counted. */
export const MAX_DEPTH = 32;
/** One table may have so many names. */
export const MAX_NAMES = 65_536;

/**
 * Writes a field table; null and undefined are an empty one. Own enumerable keys only.
 * @throws UnsupportedAMQPFieldException for a value that no field can carry, undefined included
 * @throws RangeError `UNENCODABLE` over {@link MAX_DEPTH} or {@link MAX_NAMES}, or for a value that its type cannot hold
 */
export function writeTable(w: Writer, table: FieldTable | null | undefined, field: string): void {
  if (table === null || table === undefined) {
    w.long(0, field);
    return;
  }
  if (typeof table !== 'object' || !isPlainObject(table)) throw kindError(field, table, 'a plain object');
  try {
    writePairs(w, table, '', 1);
  } catch (error) {
    // again, to tell where it is: to build the path of each field would cost every message that has headers
    writePairs(w, table, field, 1);
    throw error;
  }
}

/**
 * Reads a field table. It has no prototype, so every name is an ordinary key; of equal names the last one counts.
 * @throws FieldError when it does not decode or is over {@link MAX_DEPTH} or {@link MAX_NAMES}
 */
export function readTable(r: Reader): FieldTable {
  return readPairs(r, 1);
}

/** Writes seconds since 1970 for a Date (its milliseconds are lost) or for a bigint. */
export function writeTimestamp(w: Writer, value: Date | bigint, field: string): void {
  if (typeof value === 'bigint') {
    w.longlong(value, field);
    return;
  }
  if (!isDate(value)) throw kindError(field, value, 'a Date or a bigint of seconds');
  const seconds = Math.floor(value.getTime() / 1000);
  if (!(seconds >= 0)) throw makeRangeError('UNENCODABLE', field, `${field} must be a valid Date not before 1970`);
  w.longlong(seconds, field);
}

/** @param field - where the table is, or empty: its fields then stand in errors without that */
function writePairs(w: Writer, table: FieldTable, field: string, depth: number): void {
  checkDepth(field, depth);
  const names = Object.keys(table);
  if (names.length > MAX_NAMES) {
    throw makeRangeError('UNENCODABLE', field, `${field} has ${names.length} names, and ${MAX_NAMES} is the limit`);
  }
  const place = w.holdLength();
  for (const name of names) {
    const path = field === '' ? name : `${field}.${name}`;
    w.shortString(name, path);
    writeValue(w, table[name], path, depth);
  }
  w.fillLength(place);
}

function writeItems(w: Writer, items: readonly unknown[], field: string, depth: number): void {
  checkDepth(field, depth);
  const place = w.holdLength();
  for (let i = 0; i < items.length; i++) writeValue(w, items[i], `${field}[${i}]`, depth);
  w.fillLength(place);
}

function checkDepth(field: string, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw makeRangeError('UNENCODABLE', field, `${field} is nested deeper than ${MAX_DEPTH} tables and arrays`);
  }
}

function writeValue(w: Writer, value: unknown, field: string, depth: number): void {
  switch (typeof value) {
    case 'string':
      w.octet(0x53, field);
      w.longText(value, field);
      return;
    case 'boolean':
      w.octet(0x74, field);
      w.octet(value ? 1 : 0, field);
      return;
    case 'number':
      writeNumber(w, value, field);
      return;
    case 'bigint':
      w.octet(0x6c, field);
      w.signedLonglong(value, field);
      return;
    case 'object':
      writeObject(w, value, field, depth);
      return;
    default:
      throw new UnsupportedAMQPFieldException(field, kindOf(value));
  }
}

/** An integer is I where it fits, else l; what is no integer, -0 too, is a double, so that each comes back as it was. */
function writeNumber(w: Writer, value: number, field: string): void {
  if ((value | 0) === value && !Object.is(value, -0)) {
    w.octet(0x49, field);
    w.long(value >>> 0, field);
  } else if (Number.isSafeInteger(value) && value !== 0) {
    w.octet(0x6c, field);
    w.signedLonglong(value, field);
  } else {
    w.octet(0x64, field);
    w.double(value);
  }
}

function writeObject(w: Writer, value: object | null, field: string, depth: number): void {
  if (value === null) w.octet(0x56, field);
  else if (Array.isArray(value)) {
    w.octet(0x41, field);
    writeItems(w, value, field, depth + 1);
  } else if (isBytes(value)) {
    w.octet(0x78, field);
    w.longString(value, field);
  } else if (isDate(value)) {
    w.octet(0x54, field);
    writeTimestamp(w, value, field);
  } else if (value instanceof Decimal) {
    w.octet(0x44, field);
    w.octet(value.scale, field);
    w.long(value.value >>> 0, field);
  } else if (value instanceof TypedField) {
    writeTyped(w, value, field, depth);
  } else if (isPlainObject(value)) {
    w.octet(0x46, field);
    // what a table of the caller's holds is checked value by value
    writePairs(w, value as FieldTable, field, depth + 1);
  } else throw new UnsupportedAMQPFieldException(field, kindOf(value));
}

function writeTyped(w: Writer, { type, value }: TypedField, field: string, depth: number): void {
  const integer = Object.hasOwn(INTEGERS, type) ? INTEGERS[type] : undefined;
  if (integer !== undefined) {
    w.octet(type.charCodeAt(0), field);
    writeInteger(w, value, integer, field);
    return;
  }
  switch (type) {
    case 'f':
    case 'd':
      if (typeof value !== 'number') throw kindError(field, value, 'a number');
      w.octet(type.charCodeAt(0), field);
      if (type === 'f') w.float(value);
      else w.double(value);
      return;
    case 'S':
    case 'x':
      if (typeof value !== 'string' && !isBytes(value)) throw kindError(field, value, 'a string or a Uint8Array');
      w.octet(type.charCodeAt(0), field);
      w.longString(value, field);
      return;
    case 'T':
      if (typeof value !== 'bigint' && !isDate(value)) throw kindError(field, value, 'a Date or a bigint of seconds');
      w.octet(0x54, field);
      writeTimestamp(w, value, field);
      return;
    default:
      writeNatural(w, type, value, field, depth);
  }
}

/** The types that a value has by itself: to force one only checks that the value is of that kind. */
function writeNatural(w: Writer, type: string, value: FieldValue, field: string, depth: number): void {
  const fits =
    type === 't'
      ? typeof value === 'boolean'
      : type === 'V'
        ? value === null
        : type === 'A'
          ? Array.isArray(value)
          : type === 'D'
            ? value instanceof Decimal
            : type === 'F' && typeof value === 'object' && value !== null && isPlainObject(value);
  if (!fits) throw new UnsupportedAMQPFieldException(field, `${kindOf(value)} forced to type ${JSON.stringify(type)}`);
  writeValue(w, value, field, depth);
}

interface IntegerType {
  readonly bits: 8 | 16 | 32 | 64;
  readonly low: number;
  readonly high: number;
}

const INTEGERS: Partial<Record<string, IntegerType>> = {
  b: { bits: 8, low: -0x80, high: 0x7f },
  B: { bits: 8, low: 0, high: 0xff },
  s: { bits: 16, low: -0x8000, high: 0x7fff },
  U: { bits: 16, low: -0x8000, high: 0x7fff },
  u: { bits: 16, low: 0, high: 0xffff },
  I: { bits: 32, low: -0x8000_0000, high: 0x7fff_ffff },
  i: { bits: 32, low: 0, high: 0xffff_ffff },
  l: { bits: 64, low: 0, high: 0 },
  L: { bits: 64, low: 0, high: 0 },
};

function writeInteger(w: Writer, value: FieldValue, { bits, low, high }: IntegerType, field: string): void {
  if (bits === 64) {
    if (typeof value !== 'number' && typeof value !== 'bigint') throw kindError(field, value, 'a number or a bigint');
    w.signedLonglong(value, field);
    return;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    throw integerError(field, value, low, high);
  }
  if (bits === 8) w.octet(value & 0xff, field);
  else if (bits === 16) w.short(value & 0xffff, field);
  else w.long(value >>> 0, field);
}

function readPairs(r: Reader, depth: number): FieldTable {
  if (depth > MAX_DEPTH) throw new FieldError(`tables and arrays are nested deeper than ${MAX_DEPTH}`, r.offset);
  // Object.create is typed as any
  const table = Object.create(null) as FieldTable;
  const outer = r.enter(r.long());
  for (let names = 1; r.remaining > 0; names++) {
    if (names > MAX_NAMES) throw new FieldError(`a table has more than ${MAX_NAMES} names`, r.offset);
    const name = r.shortString();
    table[name] = readValue(r, depth);
  }
  r.leave(outer);
  return table;
}

function readItems(r: Reader, depth: number): FieldValue[] {
  if (depth > MAX_DEPTH) throw new FieldError(`tables and arrays are nested deeper than ${MAX_DEPTH}`, r.offset);
  const items: FieldValue[] = [];
  const outer = r.enter(r.long());
  while (r.remaining > 0) items.push(readValue(r, depth));
  r.leave(outer);
  return items;
}

function readValue(r: Reader, depth: number): FieldValue {
  const type = r.octet();
  switch (type) {
    case 0x53: // S
      return r.textOrBytes();
    case 0x49: // I
      return r.signedLong();
    case 0x74: // t
      return r.octet() !== 0;
    case 0x46: // F
      return readPairs(r, depth + 1);
    case 0x41: // A
      return readItems(r, depth + 1);
    case 0x54: // T
      return r.timestamp();
    case 0x44: // D
      return new Decimal(r.octet(), r.signedLong());
    case 0x56: // V
      return null;
    case 0x78: // x
      return r.longString();
    default:
      return readNumber(r, type);
  }
}

function readNumber(r: Reader, type: number): number | bigint {
  switch (type) {
    case 0x6c: // l
    case 0x4c: // L
      return r.signedLonglong();
    case 0x64: // d
      return r.double();
    case 0x66: // f
      return r.float();
    case 0x62: // b
      return r.signedOctet();
    case 0x42: // B
      return r.octet();
    case 0x73: // s
    case 0x55: // U
      return r.signedShort();
    case 0x75: // u
      return r.short();
    case 0x69: // i
      return r.long();
    default:
      throw new InvalidFieldTypeException(String.fromCharCode(type), r.offset - 1);
  }
}
