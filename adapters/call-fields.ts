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
  const { list, initial } = planOf(fields);
  const wire = { ...initial };
  for (let i = 0; i < list.length; i++) {
    const { name, wireName, field } = list[i]!; // in bounds
    const value = given[name] === undefined && field.like !== undefined ? given[field.like] : given[name];
    if (value !== undefined || field.initial === undefined) wire[wireName] = field.check(value, name);
  }
  return wire;
}

/** A table of fields as calls need it. The tables do not change, and to look through one takes a good part of a call. */
interface Plan {
  readonly list: readonly { readonly name: string; readonly wireName: string; readonly field: CallField }[];
  /** What is sent where nothing is given: to copy this is quicker than to name the fields one by one. */
  readonly initial: Readonly<Record<string, unknown>>;
}

function planOf(fields: CallFields): Plan {
  let plan = PLANS.get(fields);
  if (plan === undefined) {
    const list = Object.entries(fields).map(([name, field]) => ({ name, wireName: field.wire ?? name, field }));
    plan = { list, initial: Object.fromEntries(list.map(({ wireName, field }) => [wireName, field.initial])) };
    PLANS.set(fields, plan);
  }
  return plan;
}

const PLANS = new WeakMap<CallFields, Plan>();

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
