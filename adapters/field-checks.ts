import { isPlainObject, kindOf, makeRangeError, makeTypeError, ShortStringTooLong, textCodec } from '../amqp/index.ts';
import { copyData } from './plain-data.ts';

/** Checks what a caller gave for a field and returns what is kept of it. @throws {TypeError | RangeError} naming the field */
export type Check<T = unknown> = (value: unknown, field: string) => T;

export const text: Check<string> = (value, field) =>
  typeof value === 'string' ? value : wrongType(field, 'a string', value);

/** A name or a routing key: at most 255 bytes as UTF-8. */
export const shortText: Check<string> = (value, field) => {
  if (typeof value !== 'string') return wrongType(field, 'a string', value);
  // a UTF-16 unit takes three bytes at most
  if (value.length > 85 && textCodec.byteLength(value) > 255) throw new ShortStringTooLong(field, value);
  return value;
};

export const flag: Check<boolean> = (value, field) =>
  typeof value === 'boolean' ? value : wrongType(field, 'a boolean', value);

export const plainObject: Check<Record<string, unknown>> = (value, field) =>
  isRecord(value) ? copyData(value) : wrongType(field, 'a plain object', value);

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && isPlainObject(value);
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Check<number> {
  const limits = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return (value, field) => {
    if (typeof value !== 'number') return wrongType(field, `an integer ${limits}`, value);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    return outOfRange(field, `an integer ${limits}`, value);
  };
}

/** @param open - whether `min` itself is out of range */
export function number(min: number, max: number, open: boolean = false): Check<number> {
  const upper = max === Number.POSITIVE_INFINITY ? '' : ` and at most ${max}`;
  const rule = `a finite number ${open ? 'above' : 'of at least'} ${min}${upper}`;
  return (value, field) => {
    if (typeof value !== 'number') return wrongType(field, rule, value);
    if (Number.isFinite(value) && value <= max && (open ? value > min : value >= min)) return value;
    return outOfRange(field, rule, value);
  };
}

export function oneOf<T>(...allowed: readonly T[]): Check<T> {
  const list = allowed.map((item) => String(item)).join(', ');
  return (value, field) => {
    const found = allowed.find((item) => item === value);
    if (found !== undefined) return found;
    if (typeof value !== typeof allowed[0]) return wrongType(field, `one of ${list}`, value);
    return outOfRange(field, `one of ${list}`, value);
  };
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, field) => (value === null ? null : check(value, field));
}

/** Checks an object field by field; `undefined` counts as not given. */
export function shape(fields: Readonly<Record<string, Check>>): Check<Record<string, unknown>> {
  return (value, field) => {
    if (!isRecord(value)) return wrongType(field, 'a plain object', value);
    const kept: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) return unknownField(name, field, Object.keys(fields));
      if (item !== undefined) kept[name] = check(item, `${field}.${name}`);
    }
    return kept;
  };
}

export function wrongType(field: string, wanted: string, value: unknown): never {
  throw makeTypeError('ARG_TYPE', field, `${field} must be ${wanted}, not ${kindOf(value)}`);
}

export function outOfRange(field: string, wanted: string, value: unknown): never {
  const shown = typeof value === 'number' || typeof value === 'bigint' ? String(value) : 'what was given';
  throw makeRangeError('ARG_RANGE', field, `${field} must be ${wanted}, not ${shown}`);
}

/** @param owner - what the field was given to, as in the text of the error */
export function unknownField(name: string, owner: string, known: readonly string[]): never {
  const list = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
  throw makeTypeError('ARG_UNKNOWN_FIELD', name, `${owner} has no field ${name}: ${list}`);
}
