import { hrtime } from 'node:process';

/** Milliseconds on a clock that all threads of the process share; `performance.now()` starts anew in each. */
export function monotonic(): number {
  return performance.now() + OFFSET;
}

const OFFSET: number = Number(hrtime.bigint()) / 1e6 - performance.now();
