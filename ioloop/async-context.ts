import type { Task } from './turn.ts';

/** How a callback keeps the AsyncLocalStorage context of the call that registered it. */
export interface AsyncContext {
  /** The task, in the context of this moment. */
  bind(task: Task): Task;
  /** The task, in the context that this module was loaded in: the program's own, not the caller's. */
  unbind(task: Task): Task;
}

type Runner = (task: Task, ...args: unknown[]) => unknown;
interface HooksModule {
  AsyncLocalStorage?: { snapshot?: () => Runner };
}

/** null where the runtime has no such storage (a browser). */
export function asyncContext(): AsyncContext | null {
  if (storage?.snapshot === undefined || root === undefined) return null;
  const { snapshot } = storage;
  const outermost = root;
  return { bind: (task) => inside(snapshot(), task), unbind: (task) => inside(outermost, task) };
}

// by name at run time: a browser has no such module, and bundlers must not look for it
const hooks = globalThis.process?.getBuiltinModule?.('node:async_hooks') as HooksModule | undefined;
const storage = hooks?.AsyncLocalStorage;
const root: Runner | undefined = storage?.snapshot?.();

function inside(run: Runner, task: Task): Task {
  const bound = (...args: never[]): unknown => run(task, ...args);
  // reports name the user's function, not this wrapper
  Object.defineProperty(bound, 'name', { value: task.name });
  return bound;
}
