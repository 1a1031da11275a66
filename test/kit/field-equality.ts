import type { FieldTable, FieldValue } from '../../amqp/index.ts';

/** Whether two tables hold the same fields, in whatever order. */
export function sameTable(a: FieldTable, b: FieldTable): boolean {
  return sameValue(a, b);
}

/** Whether two field values are equal: bytes by content, dates by time, tables and arrays by what they hold. */
export function sameValue(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && +a === +b;
  const [first, second] = [a as FieldTable, b as FieldTable]; // anything else is compared by its own keys
  const keys = Object.keys(first);
  if (keys.length !== Object.keys(second).length) return false;
  return keys.every((key) => Object.hasOwn(second, key) && sameValue(first[key], second[key]));
}
