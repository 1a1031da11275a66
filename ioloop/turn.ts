import { isThenable } from './arguments.ts';
import { KeyboardInterrupt } from './errors.ts';
import { drainMicrotasks } from './microtasks.ts';
import { type EventMask, TURN_ENTERED, TURN_NUMBER, TURN_THRESHOLD } from './poller.ts';
import { type Task, type Timer, TimerHeap } from './timer-heap.ts';
import { Turns } from './turns.ts';

export type { Task } from './timer-heap.ts';

/** What the turn needs of the loop around it. */
export interface TurnOwner {
  clock(): number;
  /** What it throws leaves the turn. */
  report(error: unknown, task: Task): void;
  /** A promise waits, but microtasks do not run. */
  stalled(): void;
  /** A callback ran for more than `threshold` ms. */
  slow(task: Task, duration: number): void;
  /** Hands over what the streams were given. */
  flush(): void;
  /** Queues as callbacks what other threads sent. */
  collect(): void;
}

export type Dispatch = (events: EventMask) => unknown;

interface Dispatcher {
  readonly dispatch: Dispatch;
  /** Whose errors these are, and whose time. */
  readonly task: Task;
}

/** Ctrl-C, looked at between two callbacks. */
export interface Interruption {
  readonly pending: boolean;
  /** May throw, which leaves the turn with nothing lost. */
  raise(): void;
}

/**
 * One turn of the loop, without the wait: (a) note what is queued, (b) take the due timers, (c) run the callbacks,
 * (d) run the timers, (e) leave if stopping, (f) compute the timeout; then, after the wait, (h) take in what other
 * threads sent, (i) dispatch events. Whoever waits drives it: a blocked thread, a host's callback, a virtual clock.
 */
export class Turn {
  readonly timers: TimerHeap = new TimerHeap();
  stopping = false;
  /** Milliseconds: the longest wait, whatever the timers say. */
  backstop = 0;
  /** Milliseconds that a callback may take unreported; 0 = no watch, and no clock reading per callback. */
  threshold = 0;
  /** Whether microtasks run between callbacks. */
  draining = false;
  interruption: Interruption | null = null;
  /** Milliseconds after which `beforePoll()` stops between two callbacks, for a host's sake; 0 = it runs to its end. */
  slice = 0;
  /** The last `beforePoll()` stopped there; the next one goes on where it was. */
  unfinished = false;
  /** Called when a callback was queued. */
  onWork: (() => void) | null = null;
  readonly turns: Turns;
  /** What other threads may read of this one: see `TURN_NUMBER` and its neighbours. */
  words: Int32Array = new Int32Array(TURN_THRESHOLD + 1);

  readonly #owner: TurnOwner;
  /** Pairs of task and arguments, written up to #queued; slots beyond are undefined. */
  #queue: unknown[] = [];
  #queued = 0;
  #batch: unknown[] = [];
  #batchAt = 0;
  #batchEnd = 0;
  #due: Timer[] = [];
  #dueAt = 0;
  #dueEnd = 0;
  readonly #dispatchers = new Map<number, Dispatcher>();
  #token = 0;
  /** When the slice ends. */
  #until = 0;
  #failure: { error: unknown } | null = null;

  constructor(owner: TurnOwner) {
    this.#owner = owner;
    this.turns = new Turns(owner.clock);
  }

  /** Callbacks waiting for a turn. */
  get queued(): number {
    return (this.#queued + this.#batchEnd - this.#batchAt) >> 1;
  }

  add(task: Task, args: readonly unknown[] | null): void {
    this.#queue[this.#queued++] = task;
    this.#queue[this.#queued++] = args;
    if (this.onWork !== null) this.onWork();
  }

  /**
   * @param task - what is told of when it fails; default: `dispatch`
   * @returns what `wait()` reports for this dispatcher; never used twice, so a stale event finds nobody
   */
  register(dispatch: Dispatch, task: Task = dispatch): number {
    do this.#token = (this.#token + 1) & 0x7fffffff;
    while (this.#token === 0 || this.#dispatchers.has(this.#token));
    this.#dispatchers.set(this.#token, { dispatch, task });
    return this.#token;
  }

  unregister(token: number): void {
    this.#dispatchers.delete(token);
  }

  /** Steps a to f, or what its slice has room for. @returns how long to wait in milliseconds, or -1 to leave */
  beforePoll(): number {
    this.words[TURN_NUMBER]! |= 1;
    this.turns.begin();
    if (this.slice > 0) this.#until = this.#owner.clock() + this.slice;
    if (!this.unfinished) {
      this.#swap();
      if (this.timers.size > 0) this.#dueEnd = this.timers.takeDue(this.#owner.clock(), this.#due);
    }
    this.unfinished = !(this.#runBatch() && this.#runDue());
    if (this.draining) this.drain();
    this.#owner.flush();
    if (this.unfinished) return 0;
    if (this.stopping) return -1;
    return this.#timeout();
  }

  /** Steps h and i, over the pairs of [token, events] that a wait has left in `ready`. */
  afterPoll(ready: Int32Array, count: number): void {
    this.words[TURN_NUMBER]! |= 1;
    this.turns.begin();
    this.#owner.collect();
    for (let i = 0; i < 2 * count; i += 2) {
      // the wait has filled `count` pairs; a source that an earlier handler removed is not found, and not called
      const found = this.#dispatchers.get(ready[i]!);
      if (found !== undefined) this.#call(found.task, null, found.dispatch, ready[i + 1]!);
    }
  }

  /** The thread is about to wait, or leaves the loop. */
  pause(): void {
    const turn = this.words[TURN_NUMBER]!;
    this.words[TURN_NUMBER] = (turn + 1) & ~1;
    if ((turn & 1) === 1) this.turns.end();
  }

  /**
   * Runs code of a stream's owner, microtasks included.
   * @returns what it threw, or undefined; a promise that rejects is reported
   */
  guard(task: Task, args: readonly unknown[]): unknown {
    try {
      // the caller pairs a handler with its own arguments
      this.#watch((task as (...a: readonly unknown[]) => unknown)(...args), task);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) this.#failure ??= { error };
      else return error ?? new Error(`${task.name || 'a handler'} threw ${error}`);
    }
    if (this.draining) drainMicrotasks();
    return undefined;
  }

  /** After an error left the turn: what had not run is queued again, in order, before anything that came later. */
  restore(): void {
    this.unfinished = false;
    for (; this.#dueAt < this.#dueEnd; this.#dueAt++) {
      const timer = this.#due[this.#dueAt]!;
      if (timer.task !== null) this.timers.put(timer);
    }
    this.#dueAt = this.#dueEnd = 0;
    this.#due = [];
    if (this.#batchAt === this.#batchEnd) return;
    const rest = this.#batch.slice(this.#batchAt, this.#batchEnd);
    for (let i = 0; i < this.#queued; i++) rest.push(this.#queue[i]);
    this.#queue = rest;
    this.#queued = rest.length;
    this.#batch = [];
    this.#batchAt = this.#batchEnd = 0;
  }

  /** For a closed loop: nothing runs, and every handle goes inactive. */
  clear(): void {
    this.timers.clear();
    this.#queue = [];
    this.#queued = 0;
    this.#dispatchers.clear();
  }

  /** Reports from where an error cannot leave the loop: inside a drain. It leaves at the next boundary instead. */
  readonly reportLater = (error: unknown, task: Task): void => {
    try {
      this.#owner.report(error, task);
    } catch (thrown) {
      this.#failure ??= { error: thrown };
    }
  };

  /** The error leaves the loop at the next boundary between two callbacks; the first of several. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  drain(): void {
    drainMicrotasks();
    this.#leaveIfFailed();
  }

  #swap(): void {
    const empty = this.#batch;
    this.#batch = this.#queue;
    this.#batchAt = 0;
    this.#batchEnd = this.#queued;
    this.#queue = empty.length > KEPT ? [] : empty;
    this.#queued = 0;
  }

  /** @returns false when the slice ended before the batch */
  #runBatch(): boolean {
    const batch = this.#batch;
    while (this.#batchAt < this.#batchEnd) {
      const at = this.#batchAt;
      // add() writes pairs
      const task = batch[at] as Task;
      const args = batch[at + 1] as readonly unknown[] | null;
      batch[at] = undefined;
      batch[at + 1] = undefined;
      this.#batchAt = at + 2;
      this.#call(task, args, null, 0);
      if (this.slice > 0 && this.#batchAt < this.#batchEnd && this.#sliceOver) return false;
    }
    return true;
  }

  #runDue(): boolean {
    const due = this.#due;
    while (this.#dueAt < this.#dueEnd) {
      const timer = due[this.#dueAt++]!;
      const { task, args } = timer;
      if (task === null) continue;
      timer.task = null;
      timer.args = null;
      this.#call(task, args, null, 0);
      if (this.slice > 0 && this.#dueAt < this.#dueEnd && this.#sliceOver) return false;
    }
    // a kept reference to a fired handle is 100 bytes at most, overwritten by the next timers
    if (due.length > KEPT) this.#due = [];
    this.#dueAt = this.#dueEnd = 0;
    return true;
  }

  get #sliceOver(): boolean {
    return this.#owner.clock() >= this.#until;
  }

  #timeout(): number {
    if (this.#queued > 0) return 0;
    const soonest = this.timers.soonest();
    if (soonest === Infinity) return this.backstop;
    // a fresh reading: the callbacks above took their time
    const wait = soonest - this.#owner.clock();
    return Math.max(0, Math.min(wait, this.backstop));
  }

  /** @param dispatch - is called with `events`, in place of `task` with `args`; null = there are none */
  #call(task: Task, args: readonly unknown[] | null, dispatch: Dispatch | null, events: EventMask): void {
    if (this.threshold === 0) this.#attempt(task, args, dispatch, events);
    else this.#attemptTimed(task, args, dispatch, events);
    if (this.draining) drainMicrotasks();
    if (this.#failure !== null) this.#leaveIfFailed();
    if (this.interruption?.pending === true) this.interruption.raise();
  }

  #attempt(task: Task, args: readonly unknown[] | null, dispatch: Dispatch | null, events: EventMask): void {
    try {
      // add() and callLater() have paired each task with its own arguments
      const run = task as (...a: readonly unknown[]) => unknown;
      const result = dispatch !== null ? dispatch(events) : args === null ? run() : run(...args);
      if (result !== undefined) this.#watch(result, task);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this.#owner.report(error, task);
    }
  }

  #attemptTimed(task: Task, args: readonly unknown[] | null, dispatch: Dispatch | null, events: EventMask): void {
    const began = performance.now();
    // whole milliseconds since 1970, modulo 2^32: the same scale in every thread; 0 means that nothing runs
    this.words[TURN_ENTERED] = (performance.timeOrigin + began) | 0 || 1;
    try {
      this.#attempt(task, args, dispatch, events);
    } finally {
      this.words[TURN_ENTERED] = 0;
      const duration = performance.now() - began;
      if (this.threshold !== 0 && duration > this.threshold) this.#owner.slow(task, duration);
    }
  }

  /** A promise that a callback returned: its rejection is reported, its value dropped. */
  #watch(result: unknown, task: Task): void {
    if (!isThenable(result)) return;
    if (!this.draining) this.#owner.stalled();
    result.then(undefined, (error: unknown) => this.reportLater(error, task));
  }

  #leaveIfFailed(): void {
    const failure = this.#failure;
    if (failure === null) return;
    this.#failure = null;
    throw failure.error;
  }
}

/** Slots of a queue that are kept for the next turn; a larger one goes back to the collector. */
const KEPT = 8192;
