import type { AMQPError } from '../amqp/index.ts';
import { Fifo } from './fifo.ts';

/** Something that came while a call waited, and that a handler of the program is to hear of. */
export interface Event {
  run(): void;
}

/** What waits for a dispatch: of the connection, of each channel. Handlers run from here, one at a time, never nested. */
export class Dispatcher {
  readonly #own = new Fifo<Event>();
  readonly #signalled = new Set<EventQueue>();
  readonly #closes = new Set<AMQPError>();
  readonly #look: () => void;
  #dispatching = false;

  /** @param look - called when there is something to dispatch */
  constructor(look: () => void) {
    this.#look = look;
  }

  /** Whether a handler is running. */
  get dispatching(): boolean {
    return this.#dispatching;
  }

  /** Whether a dispatch would do something. */
  get ready(): boolean {
    return this.#own.size > 0 || this.#signalled.size > 0 || this.#closes.size > 0;
  }

  /** An event of the connection. */
  put(event: Event): void {
    this.#own.put(event);
    this.#look();
  }

  /** Takes back an event of the connection that has not run. */
  remove(event: Event): void {
    this.#own.extract((queued): queued is Event => queued === event);
  }

  /** The broker closed a channel: to be thrown by whoever comes first. */
  closed(error: AMQPError): void {
    this.#closes.add(error);
    this.#look();
  }

  /** A call throws this close itself. @returns whether it was still to be thrown */
  told(error: unknown): boolean {
    return this.#closes.delete(error as AMQPError); // one of another type is not in there
  }

  /** The queue of one channel. */
  queue(): EventQueue {
    return new EventQueue(this.#signalled, this.#look);
  }

  /**
   * One pass: the events of the connection that are there, then each channel's until it has none.
   * @throws what a handler threw, whose event is done with, or the close of a channel; the rest waits for the next pass
   */
  dispatch(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let left = this.#own.size; left > 0; left--) this.#own.take()?.run();
      if (this.#signalled.size > 0) for (const queue of [...this.#signalled]) queue.runAll();
    } finally {
      this.#dispatching = false;
    }
    const [close] = this.#closes;
    if (close === undefined) return;
    this.#closes.delete(close);
    throw close;
  }

  /** The connection has ended: nobody will hear of anything any more. */
  clear(): void {
    this.#own.clear();
    this.#closes.clear();
    for (const queue of this.#signalled) queue.clear();
  }
}

/** What waits for a dispatch of one channel. */
export class EventQueue {
  readonly #events = new Fifo<Event>();
  readonly #signalled: Set<EventQueue>;
  readonly #look: () => void;

  constructor(signalled: Set<EventQueue>, look: () => void) {
    this.#signalled = signalled;
    this.#look = look;
  }

  get size(): number {
    return this.#events.size;
  }

  put(event: Event): void {
    this.#events.put(event);
    if (this.#events.size > 1) return;
    this.#signalled.add(this);
    this.#look();
  }

  runAll(): void {
    for (let event = this.#events.take(); event !== undefined; event = this.#events.take()) {
      if (this.#events.size === 0) this.#signalled.delete(this);
      event.run();
    }
  }

  /** Takes events out that nobody is to hear of. */
  extract<E extends Event>(unwanted: (event: Event) => event is E): E[] {
    const taken = this.#events.extract(unwanted);
    if (this.#events.size === 0) this.#signalled.delete(this);
    return taken;
  }

  clear(): void {
    this.#events.clear();
    this.#signalled.delete(this);
  }
}

/** A function as an event. */
export class QueuedCall implements Event {
  readonly run: () => void;

  constructor(run: () => void) {
    this.run = run;
  }
}
