import { CALLS, type CallName } from './channel-calls.ts';

type Ask<A extends unknown[], R> = (...args: A) => R;

/** What every waiting call of the promise style takes as its last argument. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** The callback style of methods that are asked and answered: the reply comes to a last argument, or is not looked at. */
export type Callback<T> = {
  [M in keyof T]: T[M] extends Ask<infer A, infer R>
    ? (...args: [...A, done?: undefined extends R ? () => unknown : (reply: R) => unknown]) => void
    : never;
};

/** The promise style of methods that are asked and answered. */
export type Promised<T> = {
  [M in keyof T]: T[M] extends Ask<infer A, infer R> ? (...args: [...A, options?: Waiting]) => Promise<R> : never;
};

/**
 * Fills a prototype from the table of calls. What the class wrote by hand stays, and a stub can take the place of any.
 * @param ask - makes the call of that name, in the style of the class
 */
export function defineMethods<C extends object>(
  prototype: C,
  ask: (channel: C, name: CallName, args: readonly unknown[]) => unknown,
): void {
  for (const name of Object.keys(CALLS) as CallName[]) {
    if (Object.hasOwn(prototype, name)) continue;
    const method = {
      [name](this: C, ...args: unknown[]): unknown {
        return ask(this, name, args);
      },
    };
    Object.defineProperty(prototype, name, { value: method[name], writable: true, configurable: true });
  }
}
