import { IOLoopError, wrongType } from './errors.ts';
import { ERROR, type EventMask, type Pollable, type Poller, READ, WRITE } from './poller.ts';
import type { Task, Turn } from './turn.ts';

/** What a source's events are told to; `events` holds the bits that are due. */
export type FdHandler<S> = (source: S, events: EventMask) => void;

interface Watched {
  readonly source: number | Pollable;
  readonly handler: Task;
  readonly token: number;
  events: EventMask;
}

/** What is watched, and by whom: one handler per source. */
export class Sources {
  readonly #turn: Turn;
  readonly #poller: Poller;
  /** By fd number where there is one, so that a number and an object around it are the same source. */
  readonly #watched = new Map<number | Pollable, Watched>();

  constructor(turn: Turn, poller: Poller) {
    this.#turn = turn;
    this.#poller = poller;
  }

  add(source: number | Pollable, handler: Task, events: EventMask): void {
    const key = keyOf(source);
    if (this.#watched.has(key)) {
      throw new IOLoopError(
        'SOURCE_KNOWN',
        `${describe(source)} has a handler; use updateHandler() or removeHandler()`,
      );
    }
    const watched: Watched = { source, handler, events: checkMask(events), token: this.#turn.register(dispatch) };
    // a closure that is its own registration: narrowed masks count at once, within a batch too
    function dispatch(ready: EventMask): unknown {
      const wanted = ready & (watched.events | ERROR);
      // addHandler() has typed the handler for this source
      return wanted === 0 ? undefined : (handler as unknown as FdHandler<number | Pollable>)(source, wanted);
    }
    try {
      this.#poller.add(source, events, watched.token);
    } catch (error) {
      this.#turn.unregister(watched.token);
      throw error;
    }
    this.#watched.set(key, watched);
  }

  update(source: number | Pollable, events: EventMask): void {
    const watched = this.#watched.get(keyOf(source));
    if (watched === undefined) throw new IOLoopError('SOURCE_UNKNOWN', `${describe(source)} has no handler`);
    watched.events = checkMask(events);
    this.#poller.modify(watched.source, events, watched.token);
  }

  remove(source: number | Pollable): boolean {
    const key = keyOf(source);
    const watched = this.#watched.get(key);
    if (watched === undefined) return false;
    this.#watched.delete(key);
    this.#turn.unregister(watched.token);
    this.#poller.remove(watched.source);
    return true;
  }

  /** @param closeThem - calls each object's `close()`, once */
  clear(closeThem: boolean): void {
    for (const watched of this.#watched.values()) {
      this.#turn.unregister(watched.token);
      this.#poller.remove(watched.source);
      if (closeThem) closeQuietly(watched.source);
    }
    this.#watched.clear();
  }
}

function closeQuietly(source: number | Pollable): void {
  if (typeof source === 'number') return;
  try {
    source.close?.();
  } catch {
    // the loop is going away with all its sources, and the rest must be closed too (rule 19)
  }
}

function keyOf(source: number | Pollable): number | Pollable {
  return typeof source === 'object' && source !== null ? (source.fileno?.() ?? source) : source;
}

function checkMask(events: EventMask): EventMask {
  if (!Number.isInteger(events) || (events & ~(READ | WRITE | ERROR)) !== 0) {
    throw wrongType('events', 'must be a sum of READ, WRITE and ERROR, or NONE');
  }
  return events;
}

function describe(source: number | Pollable): string {
  return typeof source === 'number' ? `file descriptor ${source}` : 'this source';
}
