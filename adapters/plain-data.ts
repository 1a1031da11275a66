import { isBytes, isDate, isPlainObject } from '../amqp/index.ts';

/**
 * A deep copy of arrays, plain objects, dates and bytes. Instances of other classes and functions are shared: what they
 * hold (a decimal, a logger) is either immutable or not ours to copy.
 */
export function copyData<T>(value: T): T;
export function copyData(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyData(item));
  if (isDate(value)) return new Date(value);
  if (isBytes(value)) return Uint8Array.from(value);
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(value));
  for (const [key, item] of Object.entries(value)) define(copy, key, copyData(item));
  return copy;
}

/** Whether two values hold the same data, compared as deep as `copyData` copies; `equals` of a class is asked. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameData(item, b[i]));
  if (isDate(a)) return isDate(b) && Object.is(a.getTime(), b.getTime());
  if (isBytes(a)) return isBytes(b) && a.length === b.length && a.every((x, i) => x === b[i]);
  if ('equals' in a && typeof a.equals === 'function') return a.equals(b) === true;
  if (isPlainObject(a) !== isPlainObject(b) || (!isPlainObject(a) && a.constructor !== b.constructor)) return false;
  return sameEntries(a, b);
}

function sameEntries(a: object, b: object): boolean {
  const entries = Object.entries(a);
  const others = new Map(Object.entries(b));
  return entries.length === others.size && entries.every(([key, x]) => others.has(key) && sameData(x, others.get(key)));
}

/** Not an assignment: `__proto__` is an ordinary key here. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
