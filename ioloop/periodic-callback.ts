import { checkTask, isThenable } from './arguments.ts';
import { outOfRange, wrongType } from './errors.ts';
import { IOLoop } from './ioloop.ts';
import type { TimeoutHandle } from './timer-heap.ts';

/** How a {@link PeriodicCallback} differs from a plain beat. */
export interface PeriodicOptions {
  /** 0 to 1: each period is stretched or shortened by up to half of this share of itself. */
  jitter?: number;
  /** Between 0 and 1, as `Math.random` (the default). */
  random?: () => number;
  /** Default: the loop that is current when `start()` is called. */
  loop?: IOLoop;
}

/**
 * Calls a function every `period` ms, from start to start. A call that takes longer than that skips the beats it
 * missed; one that returns a promise is not called again before the promise has settled.
 */
export class PeriodicCallback {
  readonly #fn: () => unknown;
  readonly #period: number;
  readonly #jitter: number;
  readonly #random: () => number;
  readonly #given: IOLoop | undefined;
  #loop: IOLoop | null = null;
  #next = 0;
  #timer: TimeoutHandle | null = null;
  /** Tells a promise of an earlier run that it has nothing to reschedule. */
  #run = 0;

  /** @param period - milliseconds @throws {RangeError} unless above 0 */
  constructor(fn: () => unknown, period: number, options: PeriodicOptions = {}) {
    checkTask(fn, 'fn');
    const { jitter = 0, random = Math.random, loop } = options;
    if (typeof period !== 'number') throw wrongType('period', 'must be a number of milliseconds');
    if (!(period > 0)) throw outOfRange('period', 'must be above 0 milliseconds');
    if (typeof jitter !== 'number') throw wrongType('jitter', 'must be a number');
    if (!(jitter >= 0 && jitter <= 1)) throw outOfRange('jitter', 'must be from 0 to 1');
    checkTask(random, 'random');
    this.#fn = fn;
    this.#period = period;
    this.#jitter = jitter;
    this.#random = random;
    this.#given = loop;
  }

  /** First call one period from here. Does nothing while it is running. */
  start(): void {
    if (this.#loop !== null) return;
    const loop = this.#given ?? IOLoop.current();
    this.#run++;
    this.#next = loop.time();
    this.#schedule(loop);
    this.#loop = loop;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#loop = null;
  }

  isRunning(): boolean {
    return this.#loop !== null;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #schedule(loop: IOLoop): void {
    const now = loop.time();
    const period = this.#period * (1 + this.#jitter * (this.#random() - 0.5));
    // a clock that went back gets one period, not the many that it seems to be early
    const beats = this.#next <= now ? Math.floor((now - this.#next) / period) + 1 : 1;
    this.#next += beats * period;
    this.#timer = loop.callAt(this.#next, () => this.#call(loop));
  }

  /** @returns a promise that the function gave, so that the loop reports its rejection */
  #call(loop: IOLoop): unknown {
    const run = this.#run;
    const again = (): void => {
      if (this.#loop === loop && this.#run === run) this.#schedule(loop);
    };
    let result: unknown;
    try {
      result = this.#fn();
    } catch (error) {
      again();
      throw error;
    }
    if (isThenable(result)) result.then(again, again);
    else again();
    return result;
  }
}
