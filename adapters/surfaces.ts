import { CALLS, type CallName } from './channel-calls.ts';
import type { Waiting } from './waiting.ts';

type Ask<A extends unknown[], R> = (...args: A) => R;

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

/** Fields as a call that waits takes them: it always asks for the reply. */
type Answered<F> = F extends { readonly nowait?: unknown } ? Omit<F, 'nowait'> : F;

/** The blocking style of methods that are asked and answered. */
export type Blocking<T> = {
  [M in keyof T]: T[M] extends Ask<infer A, infer R>
    ? (...args: [...{ [I in keyof A]: Answered<A[I]> }, waiting?: Waiting]) => R
    : never;
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
