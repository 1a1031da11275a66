import type { PlatformFacts } from './platform.ts';

/**
 * The system's calls, each with the arguments and the result of its namesake in C: -1 is failure, and `errno()` says
 * why, if it is asked before any other call. Arrays are passed by address, from their first byte; null is NULL.
 * No call keeps the address of an array beyond its return.
 */
export interface SystemCalls {
  errno(): number;
  close(fd: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, from: Uint8Array, length: number): number;
  send(fd: number, from: Uint8Array, length: number, flags: number): number;
  /** Takes at most the first 16 parts. */
  writev(fd: number, parts: readonly Uint8Array[]): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number, address: Uint8Array | null, length: Uint8Array | null): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  shutdown(fd: number, how: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  getpeername(fd: number, address: Uint8Array, length: Uint8Array): number;
  fcntl(fd: number, command: number, argument: number): number;
  dup2(from: number, to: number): number;
  pipe(fds: Int32Array): number;
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number;
  /** @param timeout - whole milliseconds; -1 = for ever */
  poll(fds: Uint8Array, count: number, timeout: number): number;
  /** Where the system has it; no signal mask is given. */
  ppoll?(fds: Uint8Array, count: number, timespec: Uint8Array | null): number;
  select(count: number, read: Uint8Array, write: Uint8Array, except: Uint8Array, timeval: Uint8Array | null): number;
  readonly epoll?: EpollCalls;
  eventfd?(initial: number, flags: number): number;
  tee?(from: number, to: number, length: number, flags: number): number;
  readonly kqueue?: KqueueCalls;
  /** The addresses of a name, by the system's own resolver. Blocks for as long as that takes. */
  getaddrinfo(host: string, family: 0 | 4 | 6, numericOnly: boolean): FoundAddresses;
}

/** Linux. */
export interface EpollCalls {
  create(flags: number): number;
  ctl(epoll: number, operation: number, fd: number, event: Uint8Array | null): number;
  /** @param timeout - whole milliseconds; -1 = for ever */
  wait(epoll: number, events: Uint8Array, max: number, timeout: number): number;
  /** Waits to the nanosecond; only where both kernel and C library have it (Linux 5.11, glibc 2.35). */
  pwait2?(epoll: number, events: Uint8Array, max: number, timespec: Uint8Array | null): number;
}

/** macOS and BSD. */
export interface KqueueCalls {
  create(): number;
  kevent(
    queue: number,
    changes: Uint8Array | null,
    changeCount: number,
    events: Uint8Array | null,
    eventCount: number,
    timespec: Uint8Array | null,
  ): number;
}

export interface FoundAddresses {
  /** Of `getaddrinfo` (EAI_…), 0 when it succeeded. */
  readonly error: number;
  readonly list: readonly FoundAddress[];
}

export interface FoundAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface SystemFacts extends PlatformFacts {
  readonly arch: string;
  readonly library: 'koffi' | 'bun' | 'deno';
}

/** The calls and what one has to know to use them. Belongs to the thread that opened it. */
export type System = SystemCalls & SystemFacts;
