import type { IOLoop } from '../ioloop/index.ts';
import { checkCallback } from './callbacks.ts';
import type { Refusable } from './promise-answer.ts';

/** Where the errors of one connection go that reach nobody by themselves: to `onError`, else to a warning of each kind. */
export class Reports {
  readonly #loop: IOLoop;
  readonly #warned = new Set<string>();
  /** What somebody has heard: the end of a connection is one error for many calls. */
  readonly #told = new WeakSet<object>();
  #unheard: Unheard[] = [];
  #onError: ((error: Error) => unknown) | null = null;

  constructor(loop: IOLoop) {
    this.#loop = loop;
  }

  get onError(): ((error: Error) => unknown) | null {
    return this.#onError;
  }
  set onError(callback: ((error: Error) => unknown) | null | undefined) {
    if (callback != null) checkCallback(callback, 'onError');
    this.#onError = callback ?? null;
  }

  /** Rejects a promise; where nobody listens by the next turn, the error is reported. */
  refuse(answer: Refusable, error: unknown): void {
    if (answer.settled) return;
    answer.refuse(error);
    if (answer.heard) this.tell(error);
    else this.#hold({ answer, error });
  }

  /** Somebody hears of this error, or of what it was caused by. */
  tell(error: unknown): void {
    for (let next = error; next instanceof Error && !this.#told.has(next); next = next.cause) this.#told.add(next);
  }

  /** An error that nobody has asked for: reported, unless somebody hears of it by the next turn. */
  late(error: Error): void {
    this.#hold({ answer: null, error });
  }

  /** Tells `onError`, or without one the process: once of each kind. What `onError` throws is told as a warning. */
  report(error: unknown): void {
    const told =
      error instanceof Error ? error : new Error(`not an error was thrown: ${String(error)}`, { cause: error });
    this.tell(told);
    if (this.#onError === null) {
      this.#warn(told.name, `${told.name}: ${told.message} (connect() takes an onError, which hears of each)`);
      return;
    }
    try {
      this.#onError(told);
    } catch (thrown) {
      const name = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
      this.#warn('onError', `onError has thrown ${name}, when it was told of ${told.name}: ${told.message}`);
    }
  }

  /** Looks at once at what waits for the next turn: there will be none. */
  flush(): void {
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const { answer, error } of unheard) if (answer?.heard === true) this.tell(error);
    for (const { answer, error } of unheard) {
      const known = answer?.heard === true || (isObject(error) && this.#told.has(error));
      if (!known) this.report(error);
    }
  }

  #hold(unheard: Unheard): void {
    this.#unheard.push(unheard);
    if (this.#unheard.length > 1) return;
    if (this.#loop.state === 'closed') this.flush();
    else this.#loop.addCallback(() => this.flush());
  }

  #warn(kind: string, text: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    if (typeof process === 'object' && typeof process.emitWarning === 'function') {
      process.emitWarning(text, 'PikaloopWarning');
    } else {
      console.warn(text);
    }
  }
}

interface Unheard {
  /** null: there was no promise for it. */
  readonly answer: Refusable | null;
  readonly error: unknown;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
