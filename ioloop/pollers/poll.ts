import type { System } from '../native/calls.ts';
import { ERROR, type EventMask, GONE, READ, WRITE } from '../poller.ts';
import { checkOpen, interrupted, NANOSECONDS, type Selector, type SelectorKind, Timespec } from './selector.ts';

/** Every Unix: the whole list is handed over for each wait. */
class PollSelector implements Selector {
  readonly #system: System;
  /** Of `pollfd`: a word for the descriptor, then 16 bits asked for and 16 bits told. */
  #list: Uint8Array = new Uint8Array(8 * 16);
  #words = new Int32Array(this.#list.buffer);
  /** The token of each entry of the list. */
  #tokens: number[] = [];
  readonly #places = new Map<number, number>();
  readonly #timespec = new Timespec(NANOSECONDS);
  /** Where the next look at what is ready begins, so that a full batch goes on with the others. */
  #next = 0;

  constructor(system: System) {
    this.#system = system;
  }

  add(fd: number, events: EventMask, token: number): void {
    checkOpen(this.#system, fd);
    const place = this.#places.get(fd) ?? this.#tokens.length;
    if (8 * place === this.#list.length) this.#grow();
    this.#places.set(fd, place);
    this.#put(place, fd, events, token);
  }

  modify(fd: number, events: EventMask, token: number): void {
    checkOpen(this.#system, fd);
    const place = this.#places.get(fd);
    if (place !== undefined) this.#put(place, fd, events, token);
  }

  remove(fd: number): void {
    const place = this.#places.get(fd);
    if (place === undefined) return;
    this.#places.delete(fd);
    const last = this.#tokens.length - 1;
    if (place !== last) {
      // an entry of the list, like all before `last`
      const moved = this.#words[2 * last]!;
      this.#put(place, moved, this.#words[2 * last + 1]! & ASKED, this.#tokens[last]!);
      this.#places.set(moved, place);
    }
    this.#tokens.length = last;
  }

  wait(timeout: number, out: Int32Array, room: number): number {
    const count = this.#tokens.length;
    const ready = this.#wait(timeout, count);
    if (ready < 0) return interrupted(this.#system, 'poll');
    let pairs = 0;
    let at = this.#next < count ? this.#next : 0;
    const limit = Math.min(ready, room);
    for (let looked = 0; pairs < limit && looked < count; looked++) {
      // poll() has filled every entry
      const entry = this.#words[2 * at + 1]!;
      if (entry >>> 16 !== 0) {
        out[2 * pairs] = this.#tokens[at]!;
        out[2 * pairs + 1] = readiness(entry >>> 16) & ((entry & ASKED) | ERROR | GONE);
        pairs++;
      }
      at = at + 1 === count ? 0 : at + 1;
    }
    this.#next = at;
    return pairs;
  }

  close(): void {
    this.#places.clear();
    this.#tokens = [];
  }

  #wait(timeout: number, count: number): number {
    const { ppoll } = this.#system;
    if (timeout > 0 && ppoll !== undefined) return ppoll(this.#list, count, this.#timespec.set(timeout));
    return this.#system.poll(this.#list, count, Math.ceil(timeout));
  }

  #put(place: number, fd: number, events: EventMask, token: number): void {
    this.#words[2 * place] = fd;
    // READ and WRITE have the values of POLLIN and POLLOUT; errors and hang-ups come unasked
    this.#words[2 * place + 1] = events & (READ | WRITE);
    this.#tokens[place] = token;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#list.length);
    larger.set(this.#list);
    this.#list = larger;
    this.#words = new Int32Array(larger.buffer);
  }
}

export const POLL: SelectorKind = {
  name: 'poll',
  missing: () => null,
  open: (system) => new PollSelector(system),
};

const ASKED = 0xffff;
/** `POLLHUP` and `POLLNVAL`, the same on every system. */
const HANG_UP = 16;
const NOT_OPEN = 32;

function readiness(told: number): EventMask {
  if ((told & NOT_OPEN) !== 0) return ERROR | GONE;
  const ready = told & (READ | WRITE | ERROR);
  // after a hang-up a read gives what is left, or the end: whoever waits to read must hear of it
  return (told & HANG_UP) === 0 ? ready : ready | READ | ERROR;
}
