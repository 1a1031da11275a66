import { UnsupportedError } from '../errors.ts';
import type { KqueueCalls, System } from '../native/calls.ts';
import { systemCallError } from '../native/errors.ts';
import { closeOwned, ownFd } from '../native/own-fd.ts';
import { ERROR, type EventMask, READ, WRITE } from '../poller.ts';
import {
  BATCH,
  checkOpen,
  interrupted,
  NANOSECONDS,
  refusal,
  type Selector,
  type SelectorKind,
  Timespec,
} from './selector.ts';

interface Watched {
  events: EventMask;
  token: number;
  /** Where its pair is in the batch of this number: it may have an event of each filter. */
  batch: number;
  pair: number;
}

/**
 * macOS and BSD, after their manuals: it has not run there yet. The kernel keeps a filter for reading and one for writing;
 * an error is told by the filter that is there, so with nothing asked for there is none.
 */
class KqueueSelector implements Selector {
  readonly #system: System;
  readonly #kqueue: KqueueCalls;
  readonly #queue: number;
  readonly #watched = new Map<number, Watched>();
  /** Of `kevent`, in 32-bit words. */
  readonly #size: number;
  readonly #events: Uint8Array;
  readonly #eventWords: Int32Array;
  readonly #change: Uint8Array;
  readonly #changeWords: Int32Array;
  readonly #timespec = new Timespec(NANOSECONDS);
  #batch = 0;

  constructor(system: System) {
    const { kqueue, layout } = system;
    if (kqueue === undefined || layout.kevent === null) throw new UnsupportedError(NO_KQUEUE);
    this.#system = system;
    this.#kqueue = kqueue;
    this.#size = layout.kevent.size >> 2;
    this.#events = new Uint8Array(BATCH * layout.kevent.size);
    this.#eventWords = new Int32Array(this.#events.buffer);
    this.#change = new Uint8Array(layout.kevent.size);
    this.#changeWords = new Int32Array(this.#change.buffer);
    const queue = kqueue.create();
    if (queue < 0) throw systemCallError(system, system.errno(), 'kqueue');
    // a queue is not inherited by what is started later
    this.#queue = ownFd(system, queue);
  }

  add(fd: number, events: EventMask, token: number): void {
    // with no filter to be set, nobody else would look
    checkOpen(this.#system, fd);
    this.#put(fd, 0, events, token);
    this.#watched.set(fd, { events, token, batch: 0, pair: 0 });
  }

  modify(fd: number, events: EventMask, token: number): void {
    checkOpen(this.#system, fd);
    const watched = this.#watched.get(fd);
    this.#put(fd, watched?.events ?? 0, events, token);
    if (watched !== undefined) Object.assign(watched, { events, token });
  }

  remove(fd: number): void {
    const watched = this.#watched.get(fd);
    if (watched === undefined) return;
    this.#watched.delete(fd);
    this.#drop(fd, watched.events);
  }

  wait(timeout: number, out: Int32Array, room: number): number {
    const timespec = this.#timespec.set(timeout);
    const count = this.#kqueue.kevent(this.#queue, null, 0, this.#events, room, timespec);
    if (count < 0) return interrupted(this.#system, 'kevent');
    const batch = ++this.#batch;
    let pairs = 0;
    for (let i = 0; i < count; i++) {
      const at = i * this.#size;
      // the call has filled `count` events
      const watched = this.#watched.get(this.#eventWords[at + IDENT]!);
      if (watched === undefined || watched.token !== this.#eventWords[at + UDATA]) continue;
      const ready = readiness(this.#eventWords[at + FILTER]!, this.#eventWords[at + FFLAGS]!);
      if (watched.batch === batch) {
        out[2 * watched.pair + 1]! |= ready;
        continue;
      }
      watched.batch = batch;
      watched.pair = pairs;
      out[2 * pairs] = watched.token;
      out[2 * pairs + 1] = ready;
      pairs++;
    }
    return pairs;
  }

  close(): void {
    closeOwned(this.#system, this.#queue);
  }

  /** The filters are those of `after`, with the new token; or, when that fails, those of neither. */
  #put(fd: number, before: EventMask, after: EventMask, token: number): void {
    const { EV_ADD } = this.#system.constants;
    for (const [bit, filter] of FILTERS) {
      if ((after & bit) === 0) continue;
      const errno = this.#control(fd, filter, EV_ADD, token);
      if (errno === 0) continue;
      this.#drop(fd, before | after);
      throw refusal(this.#system, 'kevent', fd, errno);
    }
    this.#drop(fd, before & ~after);
  }

  /** Nothing is lost where there is no such filter: a closed descriptor has taken its filters along. */
  #drop(fd: number, events: EventMask): void {
    for (const [bit, filter] of FILTERS) {
      if ((events & bit) !== 0) this.#control(fd, filter, this.#system.constants.EV_DELETE, 0);
    }
  }

  /** @returns errno, 0 = done */
  #control(fd: number, filter: number, flags: number, token: number): number {
    this.#changeWords[IDENT] = fd;
    this.#changeWords[FILTER] = (filter & 0xffff) | (flags << 16);
    this.#changeWords[UDATA] = token;
    const done = this.#kqueue.kevent(this.#queue, this.#change, 1, null, 0, null);
    return done < 0 ? this.#system.errno() : 0;
  }
}

export const KQUEUE: SelectorKind = {
  name: 'kqueue',
  missing: (system) => (system.kqueue === undefined ? NO_KQUEUE : null),
  open: (system) => new KqueueSelector(system),
};

const NO_KQUEUE = 'only macOS and BSD have it';

// Words of `kevent`; FILTER has the flags in its upper half.
const IDENT = 0;
const FILTER = 2;
const FFLAGS = 3;
const UDATA = 6;

const EVFILT_READ = -1;
const EVFILT_WRITE = -2;
const EV_EOF = 0x8000;

const FILTERS = [
  [READ, EVFILT_READ],
  [WRITE, EVFILT_WRITE],
] as const;

/**
 * The end of what can be read is something to read; whoever cannot write any more, or has `fflags` for an errno, has failed.
 */
function readiness(word: number, fflags: number): EventMask {
  const reads = (word << 16) >> 16 === EVFILT_READ;
  const ended = (word >>> 16) & EV_EOF;
  if (ended === 0) return reads ? READ : WRITE;
  return (reads ? READ : WRITE) | (reads && fflags === 0 ? 0 : ERROR);
}
