/**
 * A promise that whoever holds it settles, and that knows whether somebody listens. A rejection that nobody heard is no
 * unhandled one: the library tells of it in its own way.
 */
export class Answer<T> extends Promise<T> {
  static {
    // await, then(), Promise.all() and all others that listen ask a promise for its constructor first. The answer is that
    // of a plain promise, so that engines take their short way
    Object.defineProperty(Answer.prototype, 'constructor', {
      configurable: true,
      get(this: Answer<unknown>): PromiseConstructor {
        if (#heard in this) this.#heard = true;
        return Promise;
      },
    });
  }

  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #heard = false;
  #settled = false;
  #onSettled: (() => void) | null = null;

  constructor() {
    super(capture);
    this.#resolve = taken.resolve;
    this.#reject = taken.reject;
  }

  /** Whether somebody has asked what becomes of it. */
  get heard(): boolean {
    return this.#heard;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Called once, when it is settled; in place of an earlier one. */
  set onSettled(callback: (() => void) | null) {
    this.#onSettled = callback;
  }

  /** Does nothing when it is settled already. */
  settle(value: T): void {
    this.#settled = true;
    this.#resolve(value);
    if (this.#onSettled !== null) this.#end();
  }

  /** As {@link settle}. */
  refuse(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    if (!this.#heard) {
      super.then(undefined, ignore);
      this.#heard = false;
    }
    this.#reject(error);
    if (this.#onSettled !== null) this.#end();
  }

  #end(): void {
    const callback = this.#onSettled;
    this.#onSettled = null;
    callback?.();
  }
}

/** What can be done with an answer whatever its value is. */
export interface Refusable {
  readonly heard: boolean;
  readonly settled: boolean;
  onSettled: (() => void) | null;
  refuse(error: unknown): void;
}

interface Settlers {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Of the promise that was made last: a closure for each would cost as much as the promise. */
const taken: Settlers = { resolve: ignore, reject: ignore };

function capture(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  // the class that calls this knows the type
  taken.resolve = resolve as Settlers['resolve'];
  taken.reject = reject;
}

function ignore(): void {}
