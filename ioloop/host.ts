import { outOfRange, wrongType } from './errors.ts';
import type { Callback, EventMask } from './poller.ts';
import type { TransportFactory } from './transport.ts';

/** A loop that runs already and carries ours. Everything here is called on its thread, and calls back on it. */
export interface HostLoop {
  /** Milliseconds; it must not go back. */
  now(): number;
  /** Runs `fn` once, after the host's own I/O had a chance: never as a microtask. */
  soon(fn: Callback): void;
  /** Runs `fn` once after `delay` ms, at most 2^31 - 1; a little early or late is fine. */
  later(delay: number, fn: Callback): unknown;
  cancel(timer: unknown): void;
  /** Calls `fn` whenever `fd` is ready, until it is disposed of; without this a loop here has no `addHandler(fd)`. */
  watch?(fd: number, events: EventMask, fn: (events: EventMask) => void): Disposable;
  readonly transports: TransportFactory;
  /** Hands over at once what the transports were given. */
  flush?(): void;
  /** Whether what was asked of this object keeps the process alive. */
  ref?(): void;
  unref?(): void;
  /** Calls `fn` when the host has run out of work. */
  atEnd?(fn: Callback): Disposable;
}

/** The hosts that ship. */
export type HostName = 'libuv' | 'browser';

/** @throws {TypeError} it is none @throws {RangeError} a name that is not known */
export function checkHost(host: unknown): HostLoop {
  if (typeof host === 'string') throw outOfRange('host', `"${host}" is not known; libuv and browser are`);
  if (typeof host !== 'object' || host === null) throw wrongType('host', 'must be a HostLoop or the name of one');
  const given = host as HostLoop; // looked at below
  for (const method of ['now', 'soon', 'later', 'cancel'] as const) {
    if (typeof given[method] !== 'function') throw wrongType('host', `has no ${method}()`);
  }
  if (typeof given.transports !== 'object') throw wrongType('host', 'has no transports');
  return given;
}
