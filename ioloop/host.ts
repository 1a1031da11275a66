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
  /** Where the host can watch descriptors. */
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
