import type { Pollable } from './pollable.ts';
import type { TransportFactory } from './transport.ts';

export type { Pollable } from './pollable.ts';

/** Bits of what a source is watched for: READ 1, WRITE 4, ERROR 8 (the values of epoll). */
export type EventMask = number;
/** What a loop runs without arguments. */
export type Callback = () => void;
/** The pollers there are; which of them work depends on the runtime. */
export type PollerName = 'epoll' | 'kqueue' | 'poll' | 'select' | 'worker' | 'host' | 'virtual';

export const NONE = 0;
export const READ = 1;
export const WRITE = 4;
export const ERROR = 8;
/** From a poller to its loop alone: the descriptor is closed and no longer watched. */
export const GONE = 16;

/** Milliseconds: hosts' timers and the words between threads count in 32 bits. */
export const LONGEST: number = 2 ** 31 - 1;

/** Words of `Poller.turnWords`: turns × 2, odd inside a turn; */
export const TURN_NUMBER = 0;
/** when the running callback began (whole ms since 1970 modulo 2^32), 0 = none, or nobody asked; */
export const TURN_ENTERED = 1;
/** from how many ms on a running callback is to be reported while it runs, 0 = never. */
export const TURN_THRESHOLD = 2;

/** What waits. One instance per loop, used from the loop's thread only, except `wake()`. */
export interface Poller {
  readonly name: PollerName;
  /** Whether `add()` takes file descriptors of the system. */
  readonly realFds: boolean;
  /** Whether `wait()` holds the thread; a virtual clock jumps instead. */
  readonly blocking: boolean;
  /** Milliseconds: the longest single wait; Infinity where time only moves when it is waited for. */
  readonly backstop: number;
  /** A clock that belongs to the poller and replaces the loop's. */
  readonly clock?: { now(): number };
  /** What other threads ring the loop with; without one it has no handles. */
  readonly bell?: SharedArrayBuffer;
  /** Three words that the loop stores to with plain stores, for helper threads to read: TURN_NUMBER and its neighbours. */
  readonly turnWords?: Int32Array;
  /** The byte streams that live where this poller waits. */
  readonly transports: TransportFactory;
  /** @param source - a number wherever there is one @param token - comes back with each event of this source */
  add(source: number | Pollable, events: EventMask, token: number): void;
  modify(source: number | Pollable, events: EventMask, token: number): void;
  /** Never throws. @param token - the one that it was added with: the number may be another's by now */
  remove(source: number | Pollable, token: number): void;
  /** Closes a file descriptor of the program's. */
  closeFd?(fd: number): void;
  /** Step before the wait: hands over, in one go, all that the transports were given in this turn. */
  flush(): void;
  /**
   * Waits until something is ready, `wake()` was called, or the time is over. Allocates nothing.
   * @param timeout - milliseconds; 0 only looks
   * @param out - filled with [token, events] pairs
   * @returns how many pairs; 0 after a timeout, a wake or an interrupted system call
   */
  wait(timeout: number, out: Int32Array): number;
  /** From any thread, idempotent, never blocks. */
  wake(): void;
  close(): void;
}

/** What a poller and its transports may ask of the loop that owns them. */
export interface LoopServices {
  /** The loop's clock, in milliseconds. */
  time(): number;
  /** A dispatcher for step (i) of the turn; the token it gives, never 0, is what `wait()` reports. Its errors are the loop's. */
  register(dispatch: (events: EventMask) => void): number;
  unregister(token: number): void;
  /** Queues a callback of this thread, as `addCallback` does. */
  post(fn: Callback): void;
  /** A timer of the loop, for limits that a transport keeps. */
  later(delay: number, fn: Callback): { cancel(): void };
  /** Runs a handler's code, microtasks included. @returns the error that it threw, or undefined */
  call<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): unknown;
  warn(text: string): void;
}

/** Makes the poller of one loop. */
export type PollerFactory = (services: LoopServices) => Poller;
