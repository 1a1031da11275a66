import { IOLoop } from '../ioloop/index.ts';
import { type CallFields, wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import type { ConnectionCallback, ConnectionErrorCallback } from './connection-callbacks.ts';
import { type Check, flag, orNull, wrongType } from './field-checks.ts';
import type { ConnectionWorkflow } from './workflow.ts';

/** What may be given in place of a connection's positional arguments. */
export interface ConnectionSetup<Connection, Loop = IOLoop> {
  readonly onOpen?: ConnectionCallback<Connection> | null | undefined;
  readonly onOpenError?: ConnectionErrorCallback<Connection> | null | undefined;
  readonly onClose?: ConnectionErrorCallback<Connection> | null | undefined;
  /** The loop to live on; absent: one of its own. */
  readonly ioloop?: Loop | null | undefined;
  /** Whether the loop stops once the connection has closed; true for a loop of its own, else false. */
  readonly stopIoloopOnClose?: boolean | undefined;
  /** false: somebody else's workflow brings the stream; an object: this one instead of the library's. Default true. */
  readonly workflow?: boolean | ConnectionWorkflow | undefined;
}

/** The setup of a connection, from the object or from pika's positional arguments, the first of which is `onOpen`. */
export function setupOf<S extends ConnectionSetup<never, unknown>>(
  onOpen: S | S['onOpen'] | null | undefined,
  others: Omit<S, 'onOpen'>,
): S {
  // what is no object is a callback or a mistake, which checkSetup() finds
  return (typeof onOpen === 'object' && onOpen !== null ? onOpen : { ...others, onOpen }) as S;
}

/**
 * Looks at everything before a loop is made for it.
 * @param loop - what the connection can live on
 * @param more - fields that only this class of connections has
 * @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD
 */
export function checkSetup(
  setup: ConnectionSetup<never, unknown>,
  loop: Check = loopToLiveOn,
  more: CallFields = {},
): void {
  const fields = { ...SETUP, ioloop: { check: orNull(loop), initial: null }, ...more };
  wireFields('the setup of a connection', fields, setup);
}

export const loopToLiveOn: Check<IOLoop> = (value, field) =>
  value instanceof IOLoop ? value : wrongType(field, 'an IOLoop', value);

export const workflowToUse: Check<ConnectionWorkflow> = (value, field) => {
  const { start, abort } = Object(value) as Partial<ConnectionWorkflow>; // a view of anything, looked at below
  if (typeof start === 'function' && typeof abort === 'function') return value as ConnectionWorkflow;
  return wrongType(field, 'an object with start() and abort()', value);
};

const listener: Check = (value, field) => {
  checkCallback(value, field);
  return value;
};

const CALLBACK = { check: orNull(listener), initial: null };

const SETUP: CallFields = {
  onOpen: CALLBACK,
  onOpenError: CALLBACK,
  onClose: CALLBACK,
  stopIoloopOnClose: { check: flag, initial: false },
  workflow: {
    check: (value, field) => (typeof value === 'boolean' ? value : workflowToUse(value, field)),
    initial: true,
  },
};
