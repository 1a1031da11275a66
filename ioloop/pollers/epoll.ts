import { UnsupportedError } from '../errors.ts';
import type { EpollCalls, System } from '../native/calls.ts';
import { systemCallError } from '../native/errors.ts';
import { closeOwned, ownFd } from '../native/own-fd.ts';
import { ERROR, type EventMask, READ, WRITE } from '../poller.ts';
import { BATCH, interrupted, NANOSECONDS, refusal, type Selector, type SelectorKind, Timespec } from './selector.ts';

interface Watched {
  events: EventMask;
  token: number;
}

/** Linux: the kernel keeps what is watched, and tells only what is ready. */
class EpollSelector implements Selector {
  readonly #system: System;
  readonly #epoll: EpollCalls;
  #fd: number;
  readonly #watched = new Map<number, Watched>();
  /** Of `epoll_event`, in 32-bit words; the data begins with the token, whose successor is the descriptor. */
  readonly #size: number;
  readonly #dataAt: number;
  readonly #events: Uint8Array;
  readonly #eventWords: Int32Array;
  readonly #change: Uint8Array;
  readonly #changeWords: Int32Array;
  readonly #timespec = new Timespec(NANOSECONDS);

  constructor(system: System) {
    const { epoll, layout } = system;
    if (epoll === undefined || layout.epollEvent === null) throw new UnsupportedError(NO_EPOLL);
    this.#system = system;
    this.#epoll = epoll;
    this.#size = layout.epollEvent.size >> 2;
    this.#dataAt = layout.epollEvent.data >> 2;
    this.#events = new Uint8Array(BATCH * layout.epollEvent.size);
    this.#eventWords = new Int32Array(this.#events.buffer);
    this.#change = new Uint8Array(layout.epollEvent.size);
    this.#changeWords = new Int32Array(this.#change.buffer);
    this.#fd = this.#create();
  }

  add(fd: number, events: EventMask, token: number): void {
    const { EEXIST, EPOLL_CTL_ADD, EPOLL_CTL_MOD } = this.#system.constants;
    let errno = this.#control(EPOLL_CTL_ADD, fd, events, token);
    // closed and opened again as the same file: what is there was nobody's any more
    if (errno === EEXIST) errno = this.#control(EPOLL_CTL_MOD, fd, events, token);
    if (errno !== 0) throw refusal(this.#system, 'epoll_ctl', fd, errno);
    this.#watched.set(fd, { events, token });
  }

  modify(fd: number, events: EventMask, token: number): void {
    const { ENOENT, EBADF, EPOLL_CTL_MOD } = this.#system.constants;
    const errno = this.#control(EPOLL_CTL_MOD, fd, events, token);
    // the number is another file's meanwhile: the one that was watched is closed
    if (errno !== 0) throw refusal(this.#system, 'epoll_ctl', fd, errno === ENOENT ? EBADF : errno);
    this.#watched.set(fd, { events, token });
  }

  remove(fd: number): void {
    if (!this.#watched.delete(fd)) return;
    this.#control(this.#system.constants.EPOLL_CTL_DEL, fd, 0, 0);
  }

  wait(timeout: number, out: Int32Array, room: number): number {
    const count = this.#wait(timeout, room);
    if (count < 0) return interrupted(this.#system, 'epoll_wait');
    let pairs = 0;
    let stale = false;
    for (let i = 0; i < count; i++) {
      const at = i * this.#size;
      // the call has filled `count` events
      const token = this.#eventWords[at + this.#dataAt]!;
      const watched = this.#watched.get(this.#eventWords[at + this.#dataAt + 1]!);
      if (watched === undefined || watched.token !== token) {
        stale = true;
        continue;
      }
      const ready = readiness(this.#eventWords[at]!) & (watched.events | ERROR);
      if (ready === 0) continue;
      out[2 * pairs] = token;
      out[2 * pairs + 1] = ready;
      pairs++;
    }
    if (stale) this.#rebuild();
    return pairs;
  }

  close(): void {
    closeOwned(this.#system, this.#fd);
  }

  #wait(timeout: number, room: number): number {
    const { pwait2 } = this.#epoll;
    if (timeout > 0 && pwait2 !== undefined) {
      return pwait2(this.#fd, this.#events, room, this.#timespec.set(timeout));
    }
    return this.#epoll.wait(this.#fd, this.#events, room, Math.ceil(timeout));
  }

  #create(): number {
    const fd = this.#epoll.create(this.#system.constants.EPOLL_CLOEXEC);
    if (fd < 0) throw systemCallError(this.#system, this.#system.errno(), 'epoll_create1');
    return ownFd(this.#system, fd);
  }

  /** @returns errno, 0 = done */
  #control(operation: number, fd: number, events: EventMask, token: number): number {
    // READ and WRITE have the values of EPOLLIN and EPOLLOUT; errors and hang-ups come unasked
    this.#changeWords[0] = events & (READ | WRITE);
    this.#changeWords[this.#dataAt] = token;
    this.#changeWords[this.#dataAt + 1] = fd;
    return this.#epoll.ctl(this.#fd, operation, fd, this.#change) === 0 ? 0 : this.#system.errno();
  }

  /**
   * A descriptor was closed while the file behind it is open elsewhere, as in a program that was started meanwhile: epoll
   * goes on to tell of that file, and without its number nothing can stop it.
   */
  #rebuild(): void {
    // first, for it may fail; the number of a closed one may be a stranger's
    const fresh = this.#create();
    closeOwned(this.#system, this.#fd);
    this.#fd = fresh;
    for (const [fd, { events, token }] of this.#watched) {
      if (this.#control(this.#system.constants.EPOLL_CTL_ADD, fd, events, token) !== 0) this.#watched.delete(fd);
    }
  }
}

export const EPOLL: SelectorKind = {
  name: 'epoll',
  missing: (system) => (system.epoll === undefined ? NO_EPOLL : null),
  open: (system) => new EpollSelector(system),
};

const NO_EPOLL = 'only Linux has it';
/** `EPOLLHUP`. */
const HANG_UP = 16;

/** After a hang-up a read gives what is left, or the end: whoever waits to read must hear of it. */
function readiness(bits: number): EventMask {
  const ready = bits & (READ | WRITE | ERROR);
  return (bits & HANG_UP) === 0 ? ready : ready | READ | ERROR;
}
