import { outOfRange, wrongType } from './errors.ts';
import type { Task } from './timer-heap.ts';

/** A wrong value is an error at the call, never later. */
export function checkTask(fn: Task, field: string): void {
  if (typeof fn !== 'function') throw wrongType(field, 'must be a function');
}

export function checkTime(time: number, field: string): number {
  if (typeof time !== 'number' || Number.isNaN(time)) throw wrongType(field, 'must be a number of milliseconds');
  return time;
}

export function checkDelay(delay: number, field: string): number {
  if (checkTime(delay, field) < 0) throw outOfRange(field, 'must not be negative');
  return delay;
}

/** Of nothing, null instead of an empty array: it waits in the queue with each callback. */
export function packed(args: readonly unknown[]): readonly unknown[] | null {
  return args.length === 0 ? null : args;
}

/** Whatever has a `then` is a promise, as for `await`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
