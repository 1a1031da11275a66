import { isMainThread } from 'node:worker_threads';
import { IOLoopError, outOfRange, UnsupportedError, wrongType } from '../errors.ts';
import { FdStreams } from '../fd-streams.ts';
import { monotonic } from '../io-clock.ts';
import { IO_DEFAULTS, IoStreams } from '../io-streams.ts';
import type { System } from '../native/calls.ts';
import { closeOwned } from '../native/own-fd.ts';
import { ERROR, type EventMask, GONE, type LoopServices, type Pollable, type Poller, READ } from '../poller.ts';
import { Bell, TURN_WORDS } from '../ring.ts';
import type { TransportFactory } from '../transport.ts';
import { drainAtExit, forgetAtExit } from './exit-drain.ts';
import { BATCH, checkOpen, type Selector, type SelectorKind } from './selector.ts';
import { Wake } from './wake.ts';

/**
 * Waits in a call of the system for its descriptors; without any, in `Atomics.wait`, so that a loop that watches nothing
 * has no descriptor itself.
 */
export class FfiPoller implements Poller {
  readonly name: SelectorKind['name'];
  readonly realFds = true;
  readonly blocking = true;
  readonly backstop: number = 60_000;
  readonly bell: SharedArrayBuffer;
  readonly turnWords: Int32Array;
  readonly #services: LoopServices;
  readonly #system: System;
  readonly #kind: SelectorKind;
  readonly #bell = new Bell();
  readonly #fds: FdStreams;
  /** TLS, and the addresses of names. */
  readonly #streams: IoStreams;
  /** The token of each descriptor. */
  readonly #watched = new Map<number, number>();
  /** There while something is watched. */
  #native: { readonly selector: Selector; readonly wake: Wake } | null = null;
  /** Tokens whose descriptors were closed and given out anew before anybody noticed. */
  readonly #replaced: number[] = [];
  /** Rings that were looked at. Read before looking, so that whatever comes later cuts the next wait short. */
  #seen = 0;

  constructor(services: LoopServices, system: System, kind: SelectorKind) {
    this.name = kind.name;
    this.#services = services;
    this.#system = system;
    this.#kind = kind;
    this.bell = this.#bell.buffer;
    this.turnWords = new Int32Array(this.bell, TURN_WORDS * 4, 3);
    this.#streams = new IoStreams(services, this.#bell, IO_DEFAULTS);
    this.#fds = new FdStreams(services, system, this, this.#streams);
    drainAtExit(this.#fds);
    drainAtExit(this.#streams);
  }

  get transports(): TransportFactory {
    return this.#fds;
  }

  /**
   * @throws {IOLoopError} SOURCE_CLOSED; SOURCE_KNOWN: it belongs to this loop; WATCH_FAILED
   * @throws {UnsupportedError} this system call cannot watch it
   */
  add(source: number | Pollable, events: EventMask, token: number): void {
    const fd = this.#numberOf(source);
    if (this.#watched.has(fd) || fd === this.#native?.wake.fd) {
      throw new IOLoopError('SOURCE_KNOWN', `file descriptor ${fd} belongs to a stream of this loop, or to itself`);
    }
    this.#watch(fd, events, token);
  }

  modify(source: number | Pollable, events: EventMask, token: number): void {
    const fd = this.#numberOf(source);
    if (this.#watched.get(fd) === token) this.#native?.selector.modify(fd, events, token);
  }

  remove(source: number | Pollable, token: number): void {
    if (typeof source === 'number' && this.#watched.get(source) === token) this.#drop(source);
  }

  closeFd(fd: number): void {
    closeOwned(this.#system, fd);
  }

  // for streams that have opened a descriptor themselves

  /** Whoever had the number before has closed it without a word, and hears of that in the next turn. */
  watch(fd: number, events: EventMask, token: number): void {
    const before = this.#watched.get(fd);
    if (before !== undefined) {
      this.#drop(fd);
      this.#replaced.push(before);
    }
    this.#watch(fd, events, token);
  }

  change(fd: number, events: EventMask, token: number): void {
    this.modify(fd, events, token);
  }

  /** Before the descriptor is closed. */
  forget(fd: number): void {
    if (this.#watched.has(fd)) this.#drop(fd);
  }

  flush(): void {
    this.#fds.flush();
    this.#streams.flush();
  }

  wait(timeout: number, out: Int32Array): number {
    // the turn is over, whether it wrote or not, and the I/O thread may be waiting for that
    this.#bell.handOver();
    // rung since the last look: the loop has other places to look at too, so this wait must end at once
    const idle = timeout > 0 && !this.#hasReady && this.#bell.rings === this.#seen;
    let count = idle ? this.#sleep(timeout, out) : this.#select(0, out);
    this.#look();
    if (this.#replaced.length > 0) count = this.#tellReplaced(out, count);
    return this.#streams.take(out, count);
  }

  wake(): void {
    this.#bell.ringLoop();
  }

  close(): void {
    forgetAtExit(this.#fds);
    forgetAtExit(this.#streams);
    this.#fds.close();
    this.#streams.close();
    this.#watched.clear();
    this.#release();
  }

  get #hasReady(): boolean {
    return this.#streams.hasReady || this.#replaced.length > 0;
  }

  /** In pieces, to see that the I/O thread lives, and after signals. */
  #sleep(timeout: number, out: Int32Array): number {
    const end = monotonic() + timeout;
    for (let left = timeout; left > 0; left = end - monotonic()) {
      const piece = Math.min(left, this.#streams.patience);
      const count = this.#native === null ? this.#park(piece) : this.#waitInSystem(piece, out);
      if (count > 0) return count;
      if (this.#look() || this.#hasReady) break;
    }
    return 0;
  }

  #park(timeout: number): 0 {
    this.#bell.sleep(this.#seen, timeout);
    return 0;
  }

  #waitInSystem(timeout: number, out: Int32Array): number {
    if (!this.#bell.mayWaitInSystem(this.#seen)) return this.#select(0, out);
    try {
      return this.#select(Math.min(timeout, LONGEST_WAIT), out);
    } finally {
      this.#bell.awake();
    }
  }

  #select(timeout: number, out: Int32Array): number {
    if (this.#native === null) return 0;
    const { selector, wake } = this.#native;
    // where both have more than a batch, each gets half of it
    const room = this.#streams.hasOpen ? BATCH / 2 : BATCH;
    const count = selector.wait(timeout, out, room);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      // the selector has filled `count` pairs
      const token = out[2 * i]!;
      const events = out[2 * i + 1]!;
      if (token === WAKE) {
        // it goes with the last descriptor, which may have been told of before
        if (this.#native !== null) wake.drain();
        continue;
      }
      if ((events & GONE) !== 0) this.#lost(token);
      out[2 * kept] = token;
      out[2 * kept + 1] = events;
      kept++;
    }
    return kept;
  }

  /** @returns whether the bell was rung */
  #look(): boolean {
    const { rings } = this.#bell;
    const rung = rings !== this.#seen;
    this.#seen = rings;
    this.#streams.look(rung);
    return rung;
  }

  #watch(fd: number, events: EventMask, token: number): void {
    // a closed one could get its number back from what is opened here
    if (this.#native === null) checkOpen(this.#system, fd);
    this.#native ??= this.#open();
    try {
      this.#native.selector.add(fd, events, token);
      this.#watched.set(fd, token);
    } finally {
      if (this.#watched.size === 0) this.#release();
    }
  }

  #drop(fd: number): void {
    this.#watched.delete(fd);
    this.#native?.selector.remove(fd);
    if (this.#watched.size === 0) this.#release();
  }

  #lost(token: number): void {
    for (const [fd, known] of this.#watched) {
      if (known !== token) continue;
      this.#drop(fd);
      this.#services.warn(`File descriptor ${fd} was closed without removeHandler(), and is no longer watched`);
    }
  }

  #tellReplaced(out: Int32Array, count: number): number {
    let at = 2 * count;
    while (this.#replaced.length > 0 && at < out.length) {
      out[at++] = this.#replaced.pop()!;
      out[at++] = ERROR | GONE;
    }
    return at >> 1;
  }

  #open(): { selector: Selector; wake: Wake } {
    const wake = new Wake(this.#system, this.#bell.words);
    let selector: Selector | null = null;
    try {
      selector = this.#kind.open(this.#system);
      selector.add(wake.fd, READ, WAKE);
      return { selector, wake };
    } catch (error) {
      selector?.close();
      wake.close();
      throw error;
    }
  }

  #release(): void {
    this.#native?.wake.close();
    this.#native?.selector.close();
    this.#native = null;
  }

  #numberOf(source: number | Pollable): number {
    if (typeof source !== 'number') {
      throw new UnsupportedError(`the ${this.name} poller watches file descriptors; this source has no fileno()`);
    }
    if (!Number.isInteger(source)) throw wrongType('source', 'must be the number of a file descriptor');
    if (source < 0 || source > 0x7fffffff) throw outOfRange('source', `cannot be file descriptor ${source}`);
    return source;
  }
}

/** No loop's token. */
const WAKE = 0;

/** Milliseconds: a thread in a longer one would hold up `process.exit()` and its own `terminate()`. */
const LONGEST_WAIT: number = isMainThread ? Number.POSITIVE_INFINITY : 250;
