import { IOLoop } from '../ioloop/index.ts';
import { type CallFields, wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import type { ConnectionCallback, ConnectionErrorCallback } from './connection-callbacks.ts';
import { type Check, flag, orNull, wrongType } from './field-checks.ts';
import type { ConnectionWorkflow } from './workflow.ts';

/** What may be given in place of a connection's positional arguments. */
export interface ConnectionSetup<Connection> {
  readonly onOpen?: ConnectionCallback<Connection> | null | undefined;
  readonly onOpenError?: ConnectionErrorCallback<Connection> | null | undefined;
  readonly onClose?: ConnectionErrorCallback<Connection> | null | undefined;
  /** The loop to live on; absent: one of its own. */
  readonly ioloop?: IOLoop | null | undefined;
  /** Whether the loop stops once the connection has closed; true for a loop of its own, else false. */
  readonly stopIoloopOnClose?: boolean | undefined;
  /** false: somebody else's workflow brings the stream; an object: this one instead of the library's. Default true. */
  readonly workflow?: boolean | ConnectionWorkflow | undefined;
}

/** Looks at everything before a loop is made for it. @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD */
export function checkSetup(setup: ConnectionSetup<never>): void {
  wireFields('the setup of a connection', SETUP, setup);
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
  ioloop: { check: orNull(loopToLiveOn), initial: null },
  stopIoloopOnClose: { check: flag, initial: false },
  workflow: {
    check: (value, field) => (typeof value === 'boolean' ? value : workflowToUse(value, field)),
    initial: true,
  },
};
