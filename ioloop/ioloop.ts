import { checkDelay, checkTask, checkTime, isThenable, packed } from './arguments.ts';
import { type AsyncContext, asyncContext } from './async-context.ts';
import { IOLoopError, LoopClosedError, NotBlockingError, UnsupportedError, wrongType } from './errors.ts';
import type { HostLoop, HostName } from './host.ts';
import { HostPoller } from './host-loop.ts';
import { hostOf } from './hosts/named.ts';
import type { Inbox, LoopHandleData } from './loop-handle.ts';
import { assemble, type LoopParts } from './loop-parts.ts';
import { drainWorks, guardTicks, inHostTask, unguardTicks } from './microtasks.ts';
import { checkOptions, type IOLoopOptions, type IOLoopState, type PollerInfo, whyHosted } from './options.ts';
import {
  type Callback,
  ERROR,
  type EventMask,
  NONE,
  type Pollable,
  type PollerFactory,
  type PollerName,
  READ,
  TURN_THRESHOLD,
  WRITE,
} from './poller.ts';
import { checkPollerNames } from './pollers/choose.ts';
import { SyncCall, type SyncTask } from './run-sync.ts';
import type { FdHandler } from './sources.ts';
import { type Task, type TimeoutHandle, Timer } from './timer-heap.ts';
import type { TransportFactory } from './transport.ts';
import type { Turn } from './turn.ts';
import type { Turns } from './turns.ts';

/** An event loop that blocks its thread in `start()` until `stop()`. One thread uses it; others through a `LoopHandle`. */
export class IOLoop {
  static readonly NONE: EventMask = NONE;
  static readonly READ: EventMask = READ;
  static readonly WRITE: EventMask = WRITE;
  static readonly ERROR: EventMask = ERROR;

  /** Chooses for loops made without the option; null takes it back. @throws {RangeError} an unknown name */
  static configure(poller: PollerName | readonly PollerName[] | PollerFactory | null): void {
    if (poller !== null && typeof poller !== 'function') checkPollerNames(poller);
    configured = poller;
  }

  /** The running loop of this thread, else the one made current, else (unless `create` is false) a new one. */
  static current(create?: true): IOLoop;
  static current(create: boolean): IOLoop | undefined;
  static current(create: boolean = true): IOLoop | undefined {
    const loop = running ?? current;
    return loop === undefined && create !== false ? new IOLoop({ makeCurrent: true }) : loop;
  }

  /**
   * A loop on one that runs already, which turns it: `start()` throws. It can be used as soon as this returns.
   * @param host - default: the runtime's own loop, libuv or a browser's; `options` are as the constructor's
   * @throws {UnsupportedError} that host is not here @throws {TypeError | RangeError} it is none
   */
  static fromHost(host?: HostLoop | HostName, options: Omit<IOLoopOptions, 'poller'> = {}): IOLoop {
    const carrier = hostOf(host);
    return new IOLoop({ ...options, poller: (services) => new HostPoller(carrier, services) });
  }

  static clearCurrent(): void {
    current = undefined;
  }

  /** Runs `fn` in a fresh task of the host: from there, promises settle inside `start()`. */
  static main(fn: Callback): void {
    checkTask(fn, 'fn');
    inHostTask(fn);
  }

  /** The byte streams that live where this loop waits. */
  readonly transports: TransportFactory;
  readonly poller: PollerInfo;

  readonly #parts: LoopParts;
  // two of the parts, at hand for each callback and timer
  readonly turns: Turns;
  readonly #turn: Turn;
  readonly #clock: () => number;
  readonly #onError: 'log' | 'throw';
  readonly #context: AsyncContext | null;
  #state: IOLoopState = 'idle';
  #stopPending = false;
  /** Promises of addFuture() that have not settled. */
  #futures = 0;
  readonly #forever = (): void => this.#parts.driver.run(Number.POSITIVE_INFINITY, true);

  /**
   * @throws {RangeError} an unknown poller
   * @throws {UnsupportedError} the asked one does not work here
   * @throws {IOLoopError} `makeCurrent: true` while another loop is current
   */
  constructor(options: IOLoopOptions = {}) {
    checkOptions(options);
    const { makeCurrent } = options;
    if (makeCurrent === true && current !== undefined) {
      throw new IOLoopError('CURRENT_EXISTS', 'another loop is current; clearCurrent() or makeCurrent() replaces it');
    }
    this.#onError = options.onError ?? 'log';
    this.#context = options.asyncContext === true ? asyncContext() : null;
    this.#parts = assemble(options, configured, {
      report: (error, task) => this.handleCallbackException(error, task),
      post: (fn) => this.#state !== 'closed' && this.#turn.add(fn, null),
      stop: () => this.stop(),
      during: (work) => this.#during(work),
    });
    this.#turn = this.#parts.turn;
    this.turns = this.#turn.turns;
    this.#clock = this.#parts.time;
    this.transports = this.#parts.poller.transports;
    this.poller = this.#parts.info;
    if (makeCurrent !== false && current === undefined) current = this;
  }

  get state(): IOLoopState {
    return this.#state;
  }

  /** Replaces the thread's current loop. */
  makeCurrent(): void {
    current = this;
  }

  /**
   * Blocks this thread until `stop()`. May be called again, also after it threw.
   * @throws {IOLoopError} it runs already, or what waits has failed
   * @throws {LoopClosedError}
   * @throws {NotBlockingError} on a host's loop and in a browser's window
   * @throws {KeyboardInterrupt} Ctrl-C
   */
  start(): void {
    this.#checkIdle('start');
    this.#parts.inbox?.collect();
    if (this.#stopPending) {
      this.#stopPending = false;
      return;
    }
    this.#during(this.#forever);
  }

  /** One turn by hand. @param timeout - milliseconds that it may wait at most; 0 = do not wait */
  runOnce(timeout: number = Number.POSITIVE_INFINITY): void {
    this.#checkIdle('runOnce');
    this.#parts.inbox?.collect();
    const limit = checkDelay(timeout, 'timeout');
    this.#during(() => this.#parts.driver.run(limit, false));
  }

  /** Ends `start()` at the end of the running batch; while idle, makes the next `start()` return at once. Never blocks. */
  stop(): void {
    const { guest } = this.#parts;
    if (this.#state === 'idle' && guest === null) this.#stopPending = true;
    else if (this.#state === 'idle') guest?.halt();
    if (this.#state !== 'running') return;
    this.#state = 'stopping';
    this.#turn.stopping = true;
  }

  /**
   * Ends the loop for good; does nothing the second time.
   * @param options - `allFds` also calls `close()` of every registered source
   * @throws {IOLoopError} while it runs
   */
  close(options: { allFds?: boolean } = {}): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'idle') throw new IOLoopError('LOOP_RUNNING', 'close: the loop is running; stop() it first');
    this.#state = 'closed';
    this.#parts.driver.close();
    this.#parts.signals.close();
    this.#parts.sources.clear(options.allFds === true);
    this.#parts.inbox?.close();
    this.#parts.guest?.close();
    this.#parts.poller.close();
    this.#turn.clear();
    if (current === this) current = undefined;
  }

  [Symbol.dispose](): void {
    this.close({ allFds: true });
  }

  /**
   * Runs `fn` in the loop until its promise settles, or (`fn` takes an argument) `done` is called, or else it has returned.
   * @param timeout - milliseconds; absent = no limit
   * @returns the promise's value or `done`'s; a plain return value is dropped
   * @throws what the promise rejected with, `done`'s first argument unless it is falsy, or what `fn` threw
   * @throws {LoopTimeoutError} after `timeout`
   * @throws {IOLoopError} the loop runs already, or was stopped meanwhile
   * @throws {MicrotaskDeadlockError} `fn` gave a promise, but promises do not settle where this was called from
   */
  runSync<R>(fn: SyncTask<R>, timeout?: number): R {
    checkTask(fn, 'fn');
    this.#checkIdle('runSync');
    if (timeout !== undefined) checkDelay(timeout, 'timeout');
    return new SyncCall<R>(this, this.#turn, fn).run(timeout);
  }

  /**
   * Calls `handler(source, events)` whenever `source` is ready, until `removeHandler()`; ERROR needs no asking.
   * @throws {IOLoopError} the source has a handler
   * @throws {UnsupportedError} this poller cannot watch it; the text names those that can
   */
  addHandler<S extends number | Pollable>(source: S, handler: FdHandler<S>, events: EventMask): void {
    checkTask(handler, 'handler');
    this.#checkOpen('addHandler');
    this.#parts.sources.add(source, this.#bound(handler), events);
  }

  /** @throws {IOLoopError} a source without a handler */
  updateHandler(source: number | Pollable, events: EventMask): void {
    this.#parts.sources.update(source, events);
  }

  /** @returns false when it had no handler */
  removeHandler(source: number | Pollable): boolean {
    return this.#parts.sources.remove(source);
  }

  /** Queues `fn` for the next turn, from the loop's own thread. Ignored by a closed loop. */
  addCallback<A extends unknown[]>(fn: (...a: A) => void, ...args: A): void {
    checkTask(fn, 'fn');
    if (this.#state === 'closed') return;
    this.#turn.add(this.#context === null ? fn : this.#context.bind(fn), packed(args));
  }

  /** `addCallback`: a function belongs to one thread. From other threads, call exposed names through a `LoopHandle`. */
  addCallbackThreadsafe<A extends unknown[]>(fn: (...a: A) => void, ...args: A): void {
    this.addCallback(fn, ...args);
  }

  /** `addCallback`: a signal listener here is an ordinary callback. */
  addCallbackFromSignal<A extends unknown[]>(fn: (...a: A) => void, ...args: A): void {
    this.addCallback(fn, ...args);
  }

  /**
   * For another thread: post it there with its port transferred, and use `LoopHandle.attach()`. Any number of them.
   * @throws {UnsupportedError} this poller waits where no thread can ring it
   * @throws {LoopClosedError}
   */
  handle(): LoopHandleData {
    this.#checkOpen('handle');
    return this.#shared('handle').handle();
  }

  /** Names a function that a `LoopHandle` may call; the last one given to a name counts. */
  expose(name: string, fn: (...args: unknown[]) => void): void {
    if (typeof name !== 'string') throw wrongType('name', 'must be a string');
    checkTask(fn, 'fn');
    this.#shared('expose').expose(name, fn);
  }

  /**
   * Calls `fn` in this loop at each signal of that name, until it is disposed of; one that came between two runs, in the next
   * one. With SIGINT, Ctrl-C no longer throws.
   * @throws {RangeError} this system has no such signal
   * @throws {UnsupportedError} no program can catch it, or this poller cannot notice it while it waits
   */
  addSignal(name: string, fn: Callback): Disposable {
    checkTask(fn, 'fn');
    this.#checkOpen('addSignal');
    const caught = name === 'SIGINT' && this.#parts.driver.interruptible;
    return this.#parts.signals.add(name, () => this.addCallback(fn), caught);
  }

  /** `addSignal`, as those call it who add handlers. */
  addSignalHandler(name: string, fn: Callback): Disposable {
    return this.addSignal(name, fn);
  }

  /** `addCallback` without the caller's AsyncLocalStorage context. */
  spawnCallback<A extends unknown[]>(fn: (...a: A) => void, ...args: A): void {
    checkTask(fn, 'fn');
    if (this.#state === 'closed') return;
    this.#turn.add(this.#context === null ? fn : this.#context.unbind(fn), packed(args));
  }

  /** @param delay - milliseconds; Infinity = never */
  callLater<A extends unknown[]>(delay: number, fn: (...a: A) => void, ...args: A): TimeoutHandle {
    return this.#schedule('callLater', this.#clock() + checkDelay(delay, 'delay'), fn, args);
  }

  /** @param when - on the scale of `time()`; the past is due at once */
  callAt<A extends unknown[]>(when: number, fn: (...a: A) => void, ...args: A): TimeoutHandle {
    return this.#schedule('callAt', checkTime(when, 'when'), fn, args);
  }

  /** @param deadline - a Date, or a number on the scale of `time()` */
  addTimeout<A extends unknown[]>(deadline: number | Date, fn: (...a: A) => void, ...args: A): TimeoutHandle {
    if (!(deadline instanceof Date)) return this.#schedule('addTimeout', checkTime(deadline, 'deadline'), fn, args);
    const at = checkTime(deadline.getTime(), 'deadline');
    return this.#schedule('addTimeout', this.#clock() + (at - Date.now()), fn, args);
  }

  /** Does nothing for a handle that has fired, was cancelled, or is another loop's. */
  removeTimeout(handle: TimeoutHandle): void {
    if (handle instanceof Timer && handle.owner === this.#turn.timers) handle.cancel();
  }

  /** Calls `fn` with the promise's outcome, as a callback. */
  addFuture<R>(promise: PromiseLike<R>, fn: (outcome: PromiseSettledResult<R>) => void): void {
    checkTask(fn, 'fn');
    if (!isThenable(promise)) throw wrongType('promise', 'must be a promise');
    if (this.#state === 'running' && !this.#turn.draining) this.#parts.reports.stalled();
    this.#futures++;
    const settle = (outcome: PromiseSettledResult<R>): void => {
      this.#futures--;
      this.addCallback(fn, outcome);
    };
    promise.then(
      (value) => settle({ status: 'fulfilled', value }),
      (reason: unknown) => settle({ status: 'rejected', reason }),
    );
  }

  /** Milliseconds from an arbitrary origin; it does not go back unless the loop was given a clock that does. */
  time(): number {
    return this.#clock();
  }

  /** Warns of callbacks that take longer than `ms`; null = off. */
  setBlockingLogThreshold(ms: number | null): void {
    this.#turn.threshold = ms === null ? 0 : checkDelay(ms, 'ms');
    this.#turn.words[TURN_THRESHOLD] = Math.min(this.#turn.threshold, 0x7fffffff);
    this.#parts.driver.watch();
  }

  /** Where a host drives: this loop keeps the process alive while it has timers or callbacks (the default). */
  ref(): void {
    this.#parts.guest?.ref();
  }

  /** The opposite of `ref()`. */
  unref(): void {
    this.#parts.guest?.unref();
  }

  /** Every error of a callback comes here. To be overridden or assigned; what it throws leaves `start()`. */
  handleCallbackException(error: unknown, fn: (...a: never[]) => unknown): void {
    if (this.#onError === 'throw') throw error;
    this.#parts.reports.exception(error, fn);
  }

  /**
   * Runs a user's code for what stands on this loop, inside a handler: an error goes to `handleCallbackException` and no
   * further, a promise that it returns is watched, microtasks run after it. Never throws; what must leave `start()` does so
   * at the next boundary between two callbacks.
   */
  runHandler<A extends unknown[]>(fn: (...a: A) => unknown, ...args: A): void {
    const error = this.#turn.guard(fn, args);
    if (error !== undefined) this.#turn.reportLater(error, fn);
  }

  /**
   * Ctrl-C is this loop's from here on, between its runs too: the next `start()` or `runOnce()` throws the KeyboardInterrupt
   * before all else, until what it returns is disposed of, or the loop closed. Does nothing where Ctrl-C does not reach it.
   * @internal for what a script calls again and again
   */
  keepInterrupts(): Disposable {
    return this.#parts.driver.keepInterrupts();
  }

  /** @internal whether the next `start()` will throw a KeyboardInterrupt at once */
  get interrupted(): boolean {
    return this.#parts.driver.interrupted;
  }

  /** Makes `start()` throw this error at the next boundary between two callbacks; on a host it is a callback's error. */
  fail(error: Error): void {
    this.#parts.guest === null ? this.#turn.fail(error) : this.handleCallbackException(error, this.fail);
  }

  /** Lets a driver work: as the running loop of the thread, and with nothing lost when an error leaves it. */
  #during(work: Callback): void {
    const turn = this.#turn;
    const outerLoop = running;
    const outerGuard = guardTicks(turn.reportLater);
    running = this;
    this.#state = 'running';
    let intact = false;
    try {
      // a host calls from its own tasks, each time: asking once is enough
      if (this.#parts.guest === null || !turn.draining) turn.draining = drainWorks();
      if (this.#futures > 0 && !turn.draining) this.#parts.reports.stalled();
      work();
      intact = true;
    } finally {
      if (!intact) turn.restore();
      turn.pause();
      turn.stopping = false;
      this.#state = 'idle';
      running = outerLoop;
      unguardTicks(outerGuard);
    }
  }

  #shared(call: string): Inbox {
    const { inbox, poller } = this.#parts;
    if (inbox !== null) return inbox;
    throw new UnsupportedError(`${call}: no thread can ring the ${poller.name} poller; the worker poller can be rung`);
  }

  #schedule(call: string, deadline: number, fn: Task, args: unknown[]): TimeoutHandle {
    checkTask(fn, 'fn');
    this.#checkOpen(call);
    return this.#turn.timers.add(deadline, this.#bound(fn), packed(args));
  }

  #bound(task: Task): Task {
    return this.#context === null ? task : this.#context.bind(task);
  }

  #checkOpen(call: string): void {
    if (this.#state === 'closed') throw new LoopClosedError(call);
  }

  #checkIdle(call: string): void {
    this.#checkOpen(call);
    if (this.#parts.guest !== null) throw new NotBlockingError(`${call}: ${whyHosted(this.poller)}`);
    if (this.#state !== 'idle') throw new IOLoopError('ALREADY_RUNNING', `${call}: the loop is already running`);
  }
}

let configured: PollerName | readonly PollerName[] | PollerFactory | null = null;
/** Of this thread: the loop made current, and the innermost one that runs. */
let current: IOLoop | undefined;
let running: IOLoop | undefined;
