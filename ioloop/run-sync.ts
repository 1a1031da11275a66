import { isThenable } from './arguments.ts';
import { IOLoopError, LoopTimeoutError, MicrotaskDeadlockError } from './errors.ts';
import type { TimeoutHandle } from './timer-heap.ts';

// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing of use is as good as a promise
export type SyncTask<R> = (done: (error: unknown, value?: R) => void) => PromiseLike<R> | void;

/** What `runSync()` needs of its loop. */
export interface SyncLoop {
  addCallback(fn: () => void): void;
  callLater(delay: number, fn: () => void): TimeoutHandle;
  start(): void;
  stop(): void;
  handleCallbackException(error: unknown, fn: (...a: never[]) => unknown): void;
  /** Whether promises settle inside this run. */
  readonly draining: boolean;
}

/** One call of `IOLoop.runSync`: the loop runs until the task has ended, once, in whatever way it ends. */
export class SyncCall<R> {
  readonly #loop: SyncLoop;
  readonly #task: SyncTask<R>;
  #ended = false;
  #failed = false;
  /** The value, or what was thrown. */
  #outcome: unknown;

  constructor(loop: SyncLoop, task: SyncTask<R>) {
    this.#loop = loop;
    this.#task = task;
  }

  run(timeout: number | undefined): R {
    const limit = timeout === undefined ? null : this.#loop.callLater(timeout, () => this.#overdue(timeout));
    this.#loop.addCallback(() => this.#begin());
    try {
      this.#loop.start();
    } finally {
      limit?.cancel();
      if (!this.#ended)
        this.#end(true, new IOLoopError('STOPPED', 'runSync: the loop was stopped before the task had ended'));
    }
    if (this.#failed) throw this.#outcome;
    return this.#outcome as R;
  }

  #begin(): void {
    // the loop was stopped, or an error left it, before this callback's turn
    if (this.#ended) return;
    const asks = this.#task.length > 0;
    try {
      const result: unknown = this.#task((error, value) => this.#settle(Boolean(error), error || value));
      if (isThenable(result)) this.#await(result);
      else if (!asks) this.#settle(false, undefined);
    } catch (error) {
      this.#settle(true, error);
    }
  }

  #await(promise: PromiseLike<unknown>): void {
    if (!this.#loop.draining && this.#task.length === 0) {
      const advice = 'start it through IOLoop.main(fn), or call done() instead';
      throw new MicrotaskDeadlockError(
        `runSync: promises do not settle here, under a microtask of the host; ${advice}`,
      );
    }
    const asks = this.#task.length > 0;
    promise.then(
      (value) => {
        if (!asks) this.#settle(false, value);
      },
      (error: unknown) => {
        if (this.#ended) this.#loop.handleCallbackException(error, this.#task);
        else this.#settle(true, error);
      },
    );
  }

  #overdue(timeout: number): void {
    this.#settle(true, new LoopTimeoutError(`runSync: not done within ${timeout} ms`));
  }

  #settle(failed: boolean, outcome: unknown): void {
    if (this.#ended) return;
    this.#end(failed, outcome);
    this.#loop.stop();
  }

  #end(failed: boolean, outcome: unknown): void {
    this.#ended = true;
    this.#failed = failed;
    this.#outcome = outcome;
  }
}
