import { describeError, type Logger } from './logger.ts';
import { CAN_DRAIN } from './microtasks.ts';
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
    const [why, cure] = CAN_DRAIN
      ? [
          'start() was called under a microtask (after an await, or at the top level of a module)',
          'call it through IOLoop.main(fn)',
        ]
      : ['nothing runs here but the loop while start() blocks', 'a loop of IOLoop.fromHost() does not block'];
    this.#logger.warn(`PIKALOOP_MICROTASKS: ${why}, so promises settle only after it has returned; ${cure}`);
  }

  slow(task: Task, duration: number): void {
    this.#logger.warn(`Callback ${nameOf(task)} took ${Math.round(duration)} ms`);
  }
}

function nameOf(task: Task): string {
  return task.name === '' ? '(anonymous)' : task.name;
}
