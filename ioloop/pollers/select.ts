import { UnsupportedError } from '../errors.ts';
import type { System } from '../native/calls.ts';
import { ERROR, type EventMask, GONE, READ, WRITE } from '../poller.ts';
import { checkOpen, interrupted, MICROSECONDS, type Selector, type SelectorKind, Timespec } from './selector.ts';

/**
 * Every Unix: sets of bits for the first 1,024 descriptors. What has failed counts as ready to read and to write, so an
 * error is told together with what was asked for, and not at all where nothing was.
 */
class SelectSelector implements Selector {
  readonly #system: System;
  readonly #tokens = new Map<number, number>();
  readonly #wanted = { read: new FdSet(), write: new FdSet() };
  readonly #ready = { read: new FdSet(), write: new FdSet(), except: new FdSet() };
  readonly #timeval = new Timespec(MICROSECONDS);
  /** What `poll()` is asked about one descriptor: select cannot tell an error from readiness. */
  readonly #single = new Uint8Array(8);
  readonly #singleWords = new Int32Array(this.#single.buffer);
  /** Where the next look at what is ready begins, so that a full batch goes on with the others. */
  #next = 0;

  constructor(system: System) {
    this.#system = system;
  }

  add(fd: number, events: EventMask, token: number): void {
    const { FD_SETSIZE } = this.#system.constants;
    if (fd >= FD_SETSIZE) {
      const others = this.#system.epoll === undefined ? 'poll' : 'epoll and poll';
      throw new UnsupportedError(`select watches file descriptors below ${FD_SETSIZE}, not ${fd}; ${others} take it`);
    }
    checkOpen(this.#system, fd);
    this.#put(fd, events, token);
  }

  modify(fd: number, events: EventMask, token: number): void {
    checkOpen(this.#system, fd);
    this.#put(fd, events, token);
  }

  remove(fd: number): void {
    if (!this.#tokens.delete(fd)) return;
    this.#wanted.read.put(fd, false);
    this.#wanted.write.put(fd, false);
  }

  wait(timeout: number, out: Int32Array, room: number): number {
    const { read, write, except } = this.#ready;
    const top = Math.max(read.copy(this.#wanted.read), write.copy(this.#wanted.write));
    except.clear();
    const count = this.#system.select(top, read.bytes, write.bytes, except.bytes, this.#timeval.set(timeout));
    if (count < 0) return this.#failed(out, room);
    return count === 0 ? 0 : this.#collect(top, out, room);
  }

  close(): void {
    this.#tokens.clear();
  }

  #put(fd: number, events: EventMask, token: number): void {
    this.#tokens.set(fd, token);
    this.#wanted.read.put(fd, (events & READ) !== 0);
    this.#wanted.write.put(fd, (events & WRITE) !== 0);
  }

  #collect(top: number, out: Int32Array, room: number): number {
    const { read, write } = this.#ready;
    let pairs = 0;
    let fd = this.#next < top ? this.#next : 0;
    for (let looked = 0; looked < top && pairs < room; looked++) {
      const ready = (read.has(fd) ? READ : 0) | (write.has(fd) ? WRITE : 0);
      const token = ready === 0 ? undefined : this.#tokens.get(fd);
      if (token !== undefined) {
        out[2 * pairs] = token;
        out[2 * pairs + 1] = ready | this.#errorOf(fd);
        pairs++;
      }
      fd = fd + 1 === top ? 0 : fd + 1;
    }
    this.#next = fd;
    return pairs;
  }

  #errorOf(fd: number): EventMask {
    const { POLLERR, POLLHUP } = this.#system.constants;
    this.#singleWords[0] = fd;
    this.#singleWords[1] = 0;
    if (this.#system.poll(this.#single, 1, 0) <= 0) return 0;
    // the one entry that was asked for
    return ((this.#singleWords[1]! >>> 16) & (POLLERR | POLLHUP)) === 0 ? 0 : ERROR;
  }

  /** One of them is closed, and it does not say which. */
  #failed(out: Int32Array, room: number): number {
    const errno = this.#system.errno();
    const { EBADF, F_GETFD } = this.#system.constants;
    if (errno !== EBADF) return interrupted(this.#system, 'select', errno);
    let pairs = 0;
    for (const [fd, token] of this.#tokens) {
      if (pairs === room || this.#system.fcntl(fd, F_GETFD, 0) !== -1) continue;
      out[2 * pairs] = token;
      out[2 * pairs + 1] = ERROR | GONE;
      pairs++;
    }
    return pairs;
  }
}

export const SELECT: SelectorKind = {
  name: 'select',
  missing: () => null,
  open: (system) => new SelectSelector(system),
};

/** An `fd_set`: bit n of a little-endian row of words is descriptor n. */
class FdSet {
  readonly bytes = new Uint8Array(128);
  readonly #words = new Int32Array(this.bytes.buffer);

  has(fd: number): boolean {
    return (this.#words[fd >> 5]! & (1 << (fd & 31))) !== 0;
  }

  put(fd: number, there: boolean): void {
    const bit = 1 << (fd & 31);
    // select() takes no descriptor beyond the set
    if (there) this.#words[fd >> 5]! |= bit;
    else this.#words[fd >> 5]! &= ~bit;
  }

  clear(): void {
    this.#words.fill(0);
  }

  /** @returns one more than the highest number in it */
  copy(other: FdSet): number {
    this.#words.set(other.#words);
    for (let i = this.#words.length - 1; i >= 0; i--) {
      const word = this.#words[i]!;
      if (word !== 0) return 32 * (i + 1) - Math.clz32(word);
    }
    return 0;
  }
}
