import { outOfRange, wrongType } from './errors.ts';
import type { Logger } from './logger.ts';
import type { Poller, PollerFactory, PollerName } from './poller.ts';
import type { NotTaken } from './pollers/choose.ts';
import { VirtualClock } from './pollers/virtual-clock.ts';

/** What a loop is made with. Times are milliseconds. */
export interface IOLoopOptions {
  /** Default: what `configure()` says, else the variable PIKALOOP_POLLER, else the best one that works here. */
  poller?: PollerName | PollerFactory;
  /** Absent: if no loop is current; true: an error if one is; false: never. */
  makeCurrent?: boolean;
  /** Milliseconds; default `performance.now`. */
  clock?: () => number;
  /** What a callback's error does: one log line (default), or it leaves `start()`. */
  onError?: 'log' | 'throw';
  /** Whether Ctrl-C leaves `start()` as a KeyboardInterrupt (default) or does what it does elsewhere. */
  interrupt?: 'throw' | 'default';
  /** Callbacks keep the AsyncLocalStorage context of the call that registered them. */
  asyncContext?: boolean;
  logger?: Logger;
}

/** What was chosen to wait with. */
export interface PollerInfo {
  readonly name: PollerName;
  readonly realFds: boolean;
  readonly blocking: boolean;
  /** The better ones that were passed over, and why. */
  readonly notTaken: readonly NotTaken[];
  /** Of a virtual poller: its time. */
  readonly clock?: VirtualClock;
}

/** Where a loop is: `stopping` from `stop()` until `start()` returns. */
export type IOLoopState = 'idle' | 'running' | 'stopping' | 'closed';

export function pollerInfo(poller: Poller, notTaken: readonly NotTaken[]): PollerInfo {
  const { name, realFds, blocking, clock } = poller;
  return { name, realFds, blocking, notTaken, ...(clock instanceof VirtualClock ? { clock } : {}) };
}

/** Why a loop cannot be started. Who has not asked for a host is told why there is one. */
export function whyHosted({ notTaken }: PollerInfo): string {
  const passed = notTaken.map(({ name, reason }) => `; ${name}: ${reason}`);
  return `a host drives this loop, which needs no start${passed.join('')}`;
}

/** @throws TypeError or RangeError naming the option; `poller` and `makeCurrent` are looked at where they are used */
export function checkOptions({ clock, onError, interrupt, logger }: IOLoopOptions): void {
  if (clock !== undefined && typeof clock !== 'function') throw wrongType('clock', 'must be a function');
  checkChoice('onError', onError, ['log', 'throw']);
  checkChoice('interrupt', interrupt, ['throw', 'default']);
  if (logger !== undefined && (typeof logger?.warn !== 'function' || typeof logger.error !== 'function')) {
    throw wrongType('logger', 'must have the methods warn and error');
  }
}

function checkChoice(option: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  if (typeof value !== 'string') throw wrongType(option, 'must be a string');
  throw outOfRange(option, `must be ${choices.join(' or ')}, not "${value}"`);
}
