import { kindOf, makeTypeError } from '../amqp/index.ts';

export interface AddOptions {
  /** Taken off the list before it is called. */
  readonly oneShot?: boolean;
}

/** Callbacks for one event, in the order of registration. */
export class CallbackList<A extends unknown[]> {
  readonly #entries: Entry<A>[] = [];
  readonly #event: string;
  readonly #warn: (text: string) => void;

  /** @param event - how warnings and errors call what is waited for; @param warn - hears of a callback added twice */
  constructor(event: string, warn: (text: string) => void) {
    this.#event = event;
    this.#warn = warn;
  }

  get size(): number {
    return this.#entries.length;
  }

  /**
   * Adds a callback. One that is there already stays once, and a warning tells.
   * @throws {TypeError} ARG_TYPE when it is no function
   */
  add(callback: (...args: A) => unknown, { oneShot = false }: AddOptions = {}): void {
    checkCallback(callback, 'callback');
    if (this.#entries.some((entry) => entry.callback === callback)) {
      this.#warn(`a callback for ${this.#event} was added twice, and stays once`);
      return;
    }
    this.#entries.push({ callback, oneShot });
  }

  /** @returns whether it was there */
  remove(callback: (...args: A) => unknown): boolean {
    const index = this.#entries.findIndex((entry) => entry.callback === callback);
    if (index >= 0) this.#entries.splice(index, 1);
    return index >= 0;
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /**
   * Calls all that are on the list on entry; what one of them adds or removes counts from the next time on.
   * @param run - calls one of them, and lets no error through
   */
  call(run: (fn: (...args: A) => unknown, ...args: A) => void, ...args: A): void {
    for (const entry of [...this.#entries]) {
      if (entry.oneShot) this.remove(entry.callback);
      run(entry.callback, ...args);
    }
  }
}

interface Entry<A extends unknown[]> {
  readonly callback: (...args: A) => unknown;
  readonly oneShot: boolean;
}

/** @throws {TypeError} ARG_TYPE */
export function checkCallback(value: unknown, field: string): void {
  if (typeof value !== 'function') {
    throw makeTypeError('ARG_TYPE', field, `${field} must be a function, not ${kindOf(value)}`);
  }
}
