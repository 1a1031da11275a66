import { describeError, type Logger } from './logger.ts';
import type { Task } from './timer-heap.ts';

/** The lines that a loop writes. */
export class Reports {
  readonly #logger: Logger;
  #stalled = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  exception(error: unknown, task: Task): void {
    this.#logger.error(`Exception in callback ${nameOf(task)}: ${describeError(error)}`);
  }

  /** Once: a promise waits for the end of `start()`. */
  stalled(): void {
    if (this.#stalled) return;
    this.#stalled = true;
    this.#logger.warn(
      'PIKALOOP_MICROTASKS: start() was called under a microtask (after an await, or at the top level of a module), ' +
        'so promises settle only after it has returned; call it through IOLoop.main(fn)',
    );
  }

  slow(task: Task, duration: number): void {
    this.#logger.warn(`Callback ${nameOf(task)} took ${Math.round(duration)} ms`);
  }
}

function nameOf(task: Task): string {
  return task.name === '' ? '(anonymous)' : task.name;
}
