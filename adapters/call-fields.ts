import { type Check, unknownField, wrongType } from './field-checks.ts';

/** One field of a method, by our name. */
export interface CallField {
  readonly check: Check;
  /** What is sent when it is left out; undefined = it must be given. */
  readonly initial?: unknown;
  /** Another field whose value is sent when it is left out. */
  readonly like?: string;
  /** The protocol's name, where it is another. */
  readonly wire?: string;
}
export type CallFields = Readonly<Record<string, CallField>>;

/**
 * Checks what a caller gave and names it as the protocol does.
 * @param method - the caller's name for it, for errors
 * @throws {TypeError | RangeError} naming the field
 */
export function wireFields(method: string, fields: CallFields, given: unknown = {}): Record<string, unknown> {
  if (!isFields(given)) return wrongType('fields', `an object of the fields of ${method}`, given);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(fields, name)) unknownField(name, method, Object.keys(fields));
  }
  const wire: Record<string, unknown> = {};
  for (const [name, field] of listOf(fields)) {
    const value = given[name] === undefined && field.like !== undefined ? given[field.like] : given[name];
    const leftOut = value === undefined && field.initial !== undefined;
    wire[field.wire ?? name] = leftOut ? field.initial : field.check(value, name);
  }
  return wire;
}

/** The tables do not change, and to list one takes a good part of a call. */
function listOf(fields: CallFields): readonly (readonly [string, CallField])[] {
  let list = LISTS.get(fields);
  if (list === undefined) {
    list = Object.entries(fields);
    LISTS.set(fields, list);
  }
  return list;
}

const LISTS = new WeakMap<CallFields, readonly (readonly [string, CallField])[]>();

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
