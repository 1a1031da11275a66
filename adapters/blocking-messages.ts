/** What `consume()` gives when no message came in time. */
export interface Inactivity {
  readonly method: null;
  readonly properties: null;
  readonly body: null;
}

/**
 * The messages of a consumer, one at a time, as a generator gives them. An error that leaves `next()` does not end it;
 * `return()`, as at the end of a `for` loop, leaves the consumer and what has arrived to the next `consume()`.
 */
export class Messages<M> implements IterableIterator<M, undefined, undefined> {
  static {
    // where the runtime has them: map(), filter(), take()…
    Object.setPrototypeOf(Messages.prototype, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
  }

  readonly #pull: () => M | undefined;
  #done = false;

  /** @param pull - gives the next one; undefined: there will be none */
  constructor(pull: () => M | undefined) {
    this.#pull = pull;
  }

  /** Waits for a message. It is a dispatching call: handlers of other events run in it. */
  next(): IteratorResult<M, undefined> {
    const value = this.#done ? undefined : this.#pull();
    if (value !== undefined) return { done: false, value };
    this.#done = true;
    return { done: true, value: undefined };
  }

  return(): IteratorResult<M, undefined> {
    this.#done = true;
    return { done: true, value: undefined };
  }

  throw(error: unknown): IteratorResult<M, undefined> {
    this.#done = true;
    throw error;
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.#done = true;
  }
}

/** Stands for a message that did not come in time. */
export const INACTIVITY: Inactivity = { method: null, properties: null, body: null };
