import { type Check, number, unknownField, wrongType } from './field-checks.ts';

/** What every call that waits takes as its last argument. */
export interface Waiting {
  /** Calls the wait off. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that this call may take, in place of what the connection's parameters say. */
  readonly timeout?: number | undefined;
}

/** @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD @throws {RangeError} ARG_RANGE */
export function checkWaiting(value: unknown): Waiting {
  if (value === undefined) return UNLIMITED;
  if (typeof value !== 'object' || value === null) return wrongType('waiting', 'an object', value);
  for (const name in value) if (!NAMES.includes(name)) unknownField(name, 'waiting', NAMES);
  return checkLimits(value);
}

/** As {@link checkWaiting}, for options that have other names as well. */
export function checkLimits(options: { readonly signal?: unknown; readonly timeout?: unknown }): Waiting {
  const { signal, timeout } = options;
  if (signal === undefined && timeout === undefined) return UNLIMITED;
  if (signal !== undefined) abortSignal(signal, 'signal');
  if (timeout !== undefined) duration(timeout, 'timeout');
  return options as Waiting; // as the two lines above found
}

/** A call that says nothing of its wait. */
export const UNLIMITED: Waiting = {};

const NAMES: readonly string[] = ['signal', 'timeout'];

const duration = number(0, Number.POSITIVE_INFINITY, true);

/** Any realm's: looked at, not asked for its class. */
const abortSignal: Check<AbortSignal> = (value, field) => {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  const isOne = typeof aborted === 'boolean' && typeof addEventListener === 'function';
  return isOne ? (value as AbortSignal) : wrongType(field, 'an AbortSignal', value);
};
