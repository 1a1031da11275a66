import type { Finish, Rounds, Stopwatch } from './rounds-on-demand.ts';
import { monotonic } from './waker.ts';

/** What is measured of a loop, whoever's it is. */
export interface LoopUnderMeasurement<T> {
  soon(fn: () => void): void;
  later(delay: number, fn: () => void): T;
  cancel(timer: T): void;
  /** Makes another thread wait a moment and then ring the loop, which calls `woken` with when it did. */
  ring(woken: (rang: number) => void): void;
}

/** Milliseconds: a timer that is never due while it is measured. */
const FAR_OFF = 60_000;
const BATCH_OF_TIMERS = 100_000;
const LIVE_TIMERS = 1_000_000;
/** Different delays of live timers, in milliseconds; odd, so that the order of making is not that of the deadlines. */
const DELAYS = 30_011;
const STRIDE = 7_919;
const BATCH_OF_CALLBACKS = 10_000;

export function loopRounds<T>(loop: LoopUnderMeasurement<T>): Rounds {
  return {
    'schedule-cancel': (count, done) => scheduleAndCancel(loop, count, done),
    'live-timers': (count, done, watch) => liveTimers(loop, count, done, watch),
    'due-timers': (count, done, watch) => dueTimers(loop, count, done, watch),
    callbacks: (count, done) => callbacks(loop, count, done),
    chain: (count, done) => chain(loop, count, done),
    wake: (count, done) => wake(loop, count, done),
    lateness: (count, done) => lateness(loop, count, done),
  };
}

function scheduleAndCancel<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish): void {
  for (let i = 0; i < count; i++) loop.cancel(loop.later(FAR_OFF, done));
  done();
}

/** What is counted is the scheduling, up to a million at a time: taking them off again is not. */
function liveTimers<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish, watch: Stopwatch): void {
  for (let left = count; left > 0; left -= LIVE_TIMERS) {
    const timers: T[] = [];
    for (let i = Math.min(left, LIVE_TIMERS); i > 0; i--)
      timers.push(loop.later(FAR_OFF + ((i * STRIDE) % DELAYS), done));
    watch.pause();
    for (const timer of timers) loop.cancel(timer);
    watch.resume();
  }
  done();
}

/** What is counted is the firing: scheduling, and the wait until all are due, are not. */
function dueTimers<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish, watch: Stopwatch): void {
  let left = count;
  let pending = 0;
  const fire = (): void => {
    pending -= 1;
    if (pending > 0) return;
    watch.pause();
    if (left > 0) schedule();
    else done();
  };
  const schedule = (): void => {
    pending = Math.min(left, BATCH_OF_TIMERS);
    left -= pending;
    for (let i = 0; i < pending; i++) loop.later(1, fire);
    const allDue = performance.now() + 3;
    while (performance.now() < allDue);
    watch.resume();
  };
  watch.pause();
  schedule();
}

function callbacks<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish): void {
  let left = count;
  let pending = 0;
  const run = (): void => {
    pending -= 1;
    if (pending > 0) return;
    if (left > 0) queue();
    else done();
  };
  const queue = (): void => {
    pending = Math.min(left, BATCH_OF_CALLBACKS);
    left -= pending;
    for (let i = 0; i < pending; i++) loop.soon(run);
  };
  queue();
}

function chain<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish): void {
  let left = count;
  const run = (): void => {
    left -= 1;
    if (left > 0) loop.soon(run);
    else done();
  };
  loop.soon(run);
}

function wake<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish): void {
  const times = new Float64Array(count);
  let at = 0;
  const woken = (rang: number): void => {
    times[at++] = monotonic() - rang;
    if (at < count) loop.ring(woken);
    else done(times);
  };
  loop.ring(woken);
}

function lateness<T>(loop: LoopUnderMeasurement<T>, count: number, done: Finish): void {
  const late = new Float64Array(count);
  let at = 0;
  let due = 0;
  const wait = (): void => {
    due = performance.now() + 1;
    loop.later(1, fire);
  };
  const fire = (): void => {
    late[at++] = Math.max(0, performance.now() - due);
    if (at < count) wait();
    else done(late);
  };
  wait();
}
