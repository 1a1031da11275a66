import { IOLoopError, UnsupportedError } from '../errors.ts';
import type { System } from '../native/calls.ts';
import { systemCallError } from '../native/errors.ts';
import type { EventMask, PollerName } from '../poller.ts';

/** A system call that waits for descriptors, and what it watches. Level-triggered. */
export interface Selector {
  /**
   * @param token - comes back with each event
   * @throws {IOLoopError} SOURCE_CLOSED, WATCH_FAILED
   * @throws {UnsupportedError} it cannot watch this descriptor; the text names those that can
   */
  add(fd: number, events: EventMask, token: number): void;
  /** @throws as `add()` does */
  modify(fd: number, events: EventMask, token: number): void;
  /** Never throws, whatever became of the descriptor. */
  remove(fd: number): void;
  /**
   * Waits, and fills `out` with [token, events] pairs, a pair per descriptor; those that found no room come first the next
   * time. Allocates nothing.
   * @param timeout - milliseconds; it is not over before they have passed
   * @param room - pairs, at most BATCH
   * @returns how many pairs; 0 = the time is over, or a signal came
   * @throws Error of the system call
   */
  wait(timeout: number, out: Int32Array, room: number): number;
  close(): void;
}

export interface SelectorKind {
  readonly name: PollerName;
  /** Why this system does not have it, or null. */
  missing(system: System): string | null;
  open(system: System): Selector;
}

/** Pairs that one wait gives at most. */
export const BATCH = 1024;

/** The error of a call that would not watch `fd`. */
export function refusal(system: System, call: string, fd: number, errno: number): IOLoopError {
  const { EBADF, EPERM } = system.constants;
  const cause = systemCallError(system, errno, call);
  if (errno === EBADF) return new IOLoopError('SOURCE_CLOSED', `file descriptor ${fd} is not open`, { cause });
  if (errno === EPERM) {
    const text = `epoll cannot watch file descriptor ${fd}: it is a file or a directory, always ready; poll and select take it`;
    return new UnsupportedError(text, { cause });
  }
  return new IOLoopError('WATCH_FAILED', `file descriptor ${fd} cannot be watched: ${cause.message}`, { cause });
}

/** @throws {IOLoopError} SOURCE_CLOSED, for calls that the system does not tell before the next wait */
export function checkOpen(system: System, fd: number): void {
  const { constants } = system;
  if (system.fcntl(fd, constants.F_GETFD, 0) === -1) throw refusal(system, 'fcntl', fd, system.errno());
}

/** @returns 0 for a wait that a signal has ended @throws Error of any other failure */
export function interrupted(system: System, call: string, errno: number = system.errno()): 0 {
  if (errno === system.constants.EINTR) return 0;
  throw systemCallError(system, errno, call);
}

/** A `timespec` of 64-bit words, or a `timeval`, which counts in microseconds. */
export class Timespec {
  readonly bytes: Uint8Array = new Uint8Array(16);
  readonly #words = new Int32Array(this.bytes.buffer);
  readonly #perMs: number;

  /** @param perMs - what its second word counts: parts of a millisecond */
  constructor(perMs: number) {
    this.#perMs = perMs;
  }

  /** @param timeout - milliseconds; what is less than a unit counts as one, so that no wait ends early */
  set(timeout: number): Uint8Array {
    const seconds = Math.floor(timeout / 1000);
    const rest = Math.ceil((timeout - seconds * 1000) * this.#perMs);
    const carry = rest === 1000 * this.#perMs;
    this.#words[0] = carry ? seconds + 1 : seconds;
    this.#words[2] = carry ? 0 : rest;
    return this.bytes;
  }
}

export const NANOSECONDS = 1_000_000;
export const MICROSECONDS = 1000;
