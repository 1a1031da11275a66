import type { HostLoop, IOLoop, Logger } from '../ioloop/index.ts';
import { type CallFields, wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import { type Check, oneOf, wrongType } from './field-checks.ts';
import { checkKeepAlive, type KeepAlive, keepAliveBy } from './keep-alive.ts';
import { checkedField, type RecoveryOptions } from './parameter-fields.ts';
import type { ReturnHandler } from './promise-channel.ts';
import { checkLimits, type Waiting } from './waiting.ts';

/** What `connect()` takes beside the place to connect to. */
export interface ConnectOptions extends Waiting {
  /** In place of the parameters' `recovery`. */
  readonly recovery?: boolean | RecoveryOptions | undefined;
  /** Hears of each error that reaches nobody by itself; without it a warning of the process tells of each kind once. */
  readonly onError?: ((error: Error) => unknown) | null | undefined;
  /** Gets each mandatory message that no queue took, on channels without confirms and without an `onReturn` of their own. */
  readonly onReturn?: ReturnHandler | null | undefined;
  /** In place of the parameters' `logger`. */
  readonly logger?: Logger | null | undefined;
  /** The loop to live on; absent: the runtime's own. One of yours is never closed. */
  readonly host?: HostLoop | IOLoop | 'libuv' | 'browser' | undefined;
  /** What sends heartbeats; not beside a `host` of yours, which has its own. */
  readonly keepAlive?: KeepAlive | undefined;
}

/** @throws {TypeError | RangeError} naming the option */
export function checkConnectOptions(options: unknown): ConnectOptions {
  if (options === undefined) return {};
  wireFields('connect', OPTIONS, options);
  const checked = options as ConnectOptions; // as the line above found
  checkLimits(checked);
  checkKeepAlive(checked.keepAlive, checked.host, 'host');
  return checked;
}

const any: Check = (value) => value;

const callback: Check = (value, field) => {
  if (value !== null) checkCallback(value, field);
  return value;
};

/** As the parameter of that name. */
const likeParameter: Check = (value, field) => checkedField(field as 'recovery' | 'logger', value);

const host: Check = (value, field) => {
  if (typeof value === 'string') return oneOf('libuv', 'browser')(value, field);
  return typeof value === 'object' && value !== null ? value : wrongType(field, 'an IOLoop or a HostLoop', value);
};

/** null stands for what is left out. */
const OPTIONS: CallFields = {
  recovery: { check: likeParameter, initial: null },
  // the two are looked at as those of every other call
  signal: { check: any, initial: null },
  timeout: { check: any, initial: null },
  onError: { check: callback, initial: null },
  onReturn: { check: callback, initial: null },
  logger: { check: likeParameter, initial: null },
  host: { check: host, initial: null },
  keepAlive: { check: keepAliveBy, initial: null },
};
