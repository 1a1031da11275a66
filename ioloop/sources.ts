import { IOLoopError, wrongType } from './errors.ts';
import { ERROR, type EventMask, GONE, type Pollable, type Poller, READ, WRITE } from './poller.ts';
import type { Task, Turn } from './turn.ts';

/** What a source's events are told to; `events` holds the bits that are due. */
export type FdHandler<S> = (source: S, events: EventMask) => void;

interface Watched {
  readonly source: number | Pollable;
  /** What the poller knows it by: the number where there is one. */
  readonly key: number | Pollable;
  readonly token: number;
  events: EventMask;
}

/** What is watched, and by whom: one handler per source. */
export class Sources {
  readonly #turn: Turn;
  readonly #poller: Poller;
  /** By fd number where there is one, so that a number and an object around it are the same source. */
  readonly #watched = new Map<number | Pollable, Watched>();
  /** The numbers that objects had when they came: one that is closed meanwhile has none any more. */
  readonly #numbers = new Map<Pollable, number>();

  constructor(turn: Turn, poller: Poller) {
    this.#turn = turn;
    this.#poller = poller;
  }

  add(source: number | Pollable, handler: Task, events: EventMask): void {
    checkMask(events);
    const key = this.#keyOf(source);
    if (this.#watched.has(key)) {
      throw new IOLoopError(
        'SOURCE_KNOWN',
        `${describe(source)} has a handler; use updateHandler() or removeHandler()`,
      );
    }
    // addHandler() has typed the handler for this source
    const call = handler as unknown as FdHandler<number | Pollable>;
    // a closure that is its own registration: narrowed masks count at once, within a batch too
    const dispatch = (ready: EventMask): unknown => {
      if ((ready & GONE) !== 0) this.#forget(watched);
      const wanted = ready & (watched.events | ERROR);
      return wanted === 0 ? undefined : call(source, wanted);
    };
    const watched: Watched = { source, key, events, token: this.#turn.register(dispatch, handler) };
    try {
      this.#poller.add(key, events, watched.token);
    } catch (error) {
      this.#turn.unregister(watched.token);
      throw error;
    }
    this.#watched.set(key, watched);
    if (typeof source !== 'number' && typeof key === 'number') this.#numbers.set(source, key);
  }

  update(source: number | Pollable, events: EventMask): void {
    checkMask(events);
    const watched = this.#watched.get(this.#keyOf(source));
    if (watched === undefined) throw new IOLoopError('SOURCE_UNKNOWN', `${describe(source)} has no handler`);
    this.#poller.modify(watched.key, events, watched.token);
    watched.events = events;
  }

  remove(source: number | Pollable): boolean {
    const watched = this.#watched.get(this.#keyOf(source));
    if (watched === undefined) return false;
    this.#forget(watched);
    this.#poller.remove(watched.key, watched.token);
    return true;
  }

  /** @param closeThem - calls each object's `close()`, once, and closes the numbers */
  clear(closeThem: boolean): void {
    for (const watched of this.#watched.values()) {
      this.#forget(watched);
      this.#poller.remove(watched.key, watched.token);
      if (closeThem) this.#closeQuietly(watched.source);
    }
  }

  #forget({ source, key, token }: Watched): void {
    this.#turn.unregister(token);
    this.#watched.delete(key);
    if (typeof source !== 'number') this.#numbers.delete(source);
  }

  #closeQuietly(source: number | Pollable): void {
    try {
      if (typeof source === 'number') this.#poller.closeFd?.(source);
      else source.close?.();
    } catch {
      // the loop is going away with all its sources, and the rest must be closed too (rule 19)
    }
  }

  #keyOf(source: number | Pollable): number | Pollable {
    if (typeof source !== 'object' || source === null) return source;
    return this.#numbers.get(source) ?? source.fileno?.() ?? source;
  }
}

function checkMask(events: EventMask): void {
  if (!Number.isInteger(events) || (events & ~(READ | WRITE | ERROR)) !== 0) {
    throw wrongType('events', 'must be a sum of READ, WRITE and ERROR, or NONE');
  }
}

function describe(source: number | Pollable): string {
  return typeof source === 'number' ? `file descriptor ${source}` : 'this source';
}
