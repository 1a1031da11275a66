import { isThenable } from './arguments.ts';
import { IOLoopError, LoopTimeoutError, MicrotaskDeadlockError } from './errors.ts';
import { CAN_DRAIN } from './microtasks.ts';
import type { TimeoutHandle } from './timer-heap.ts';
import type { Turn } from './turn.ts';

// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing of use is as good as a promise
export type SyncTask<R> = (done: (error: unknown, value?: R) => void) => PromiseLike<R> | void;

/** What a call needs of its loop. */
export interface SyncLoop {
  callLater(delay: number, fn: () => void): TimeoutHandle;
  start(): void;
  stop(): void;
}

/** One call of `IOLoop.runSync`: the loop runs until the task has ended, once, in whatever way it ends. */
export class SyncCall<R> {
  readonly #loop: SyncLoop;
  readonly #turn: Turn;
  readonly #task: SyncTask<R>;
  #ended = false;
  #failed = false;
  /** The value, or what was thrown. */
  #outcome: unknown;

  constructor(loop: SyncLoop, turn: Turn, task: SyncTask<R>) {
    this.#loop = loop;
    this.#turn = turn;
    this.#task = task;
  }

  run(timeout: number | undefined): R {
    const limit = timeout === undefined ? null : this.#loop.callLater(timeout, () => this.#overdue(timeout));
    this.#turn.add(() => this.#begin(), null);
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
    if (!this.#turn.draining && this.#task.length === 0) {
      const [where, advice] = CAN_DRAIN
        ? ['under a microtask of the host', 'start it through IOLoop.main(fn), or call done() instead']
        : ['while this thread is blocked', 'call done() instead'];
      throw new MicrotaskDeadlockError(`runSync: promises do not settle here, ${where}; ${advice}`);
    }
    const asks = this.#task.length > 0;
    promise.then(
      (value) => {
        if (!asks) this.#settle(false, value);
      },
      (error: unknown) => {
        if (this.#ended) this.#turn.reportLater(error, this.#task);
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
