import { type AMQPError, ConnectionClosedByClient, type ConnectionMachine, ReentrancyError } from '../amqp/index.ts';
import type { IOLoop, LoopHandleData, TimeoutHandle } from '../ioloop/index.ts';
import type { ChannelFields } from './base-connection.ts';
import { BlockingChannel as BlockingChannelOf } from './blocking-channel.ts';
import type { BlockingCore } from './blocking-core.ts';
import { Dispatcher, QueuedCall } from './blocking-events.ts';
import { type BlockingImplementation, openBlocking, privateLoop } from './blocking-opening.ts';
import { type Limited, type Limits, LoopWait } from './blocking-wait.ts';
import { wireFields } from './call-fields.ts';
import { CallbackList, checkCallback } from './callbacks.ts';
import type { CloseFields } from './channel-methods.ts';
import type { BlockedCallback, BlockedEvent } from './connection-callbacks.ts';
import { END_FIELDS, OPEN_FIELDS, SECRET_FIELDS } from './connection-calls.ts';
import type { RunListener } from './connection-events.ts';
import { ConnectionFacts } from './connection-facts.ts';
import type { ConnectionStats } from './connection-stats.ts';
import { number, wrongType } from './field-checks.ts';
import { inspectAs } from './inspection.ts';
import type { Parameters } from './parameters.ts';
import { SelectConnection } from './select-connection.ts';
import { configsOf, type Where } from './url.ts';
import { checkWaiting, type Waiting } from './waiting.ts';

/** A channel in blocking style; where nothing else is said, of a {@link BlockingConnection}. */
export type BlockingChannel<C = BlockingConnection> = BlockingChannelOf<C>;
export const BlockingChannel: typeof BlockingChannelOf = BlockingChannelOf;

/** What a blocking connection may be made with. */
export interface BlockingOptions {
  /** The class that the connection underneath is made of: SelectConnection (the default), or yours that extends it. */
  readonly implClass?: BlockingImplementation | undefined;
}

/** A timer of `callLater()`, for `removeTimeout()`. */
export class BlockingTimer {
  /** @internal */
  readonly event: QueuedCall;
  /** @internal */
  readonly handle: TimeoutHandle;

  /** @internal */
  constructor(event: QueuedCall, handle: TimeoutHandle) {
    this.event = event;
    this.handle = handle;
  }
}

/**
 * A connection whose calls wait until they are done: for scripts, tools, tests and worker threads. Each has a loop of its
 * own, which runs only inside its calls. What comes meanwhile waits until one of `processDataEvents()`, `sleep()`,
 * `channel.startConsuming()` and the iterable of `channel.consume()` dispatches it.
 */
export class BlockingConnection extends ConnectionFacts {
  static {
    inspectAs(BlockingConnection, ({ params: { host, port, virtualHost }, isOpen }) => {
      return { state: isOpen ? 'open' : 'closed', host, port, virtualHost };
    });
  }

  readonly #impl: SelectConnection;
  readonly #wait: LoopWait;
  readonly #events: Dispatcher;
  readonly #core: BlockingCore;
  readonly #onBlocked: CallbackList<[connection: this, event: BlockedEvent]>;
  readonly #onUnblocked: CallbackList<[connection: this, event: BlockedEvent]>;

  /**
   * Returns when the connection is open.
   * @param where - parameters, their fields or a URL; or several of these, which are tried in turn
   * @throws {TypeError | RangeError} what is none of these, an empty list
   * @throws {AMQPConnectionError} why there is no connection; AMQPConnectionWorkflowFailed after several attempts
   */
  constructor(where: Where | readonly Where[] = {}, options: BlockingOptions = {}) {
    super();
    const { implClass = SelectConnection } = options;
    if (typeof implClass !== 'function') wrongType('implClass', 'a class that extends SelectConnection', implClass);
    const configs = configsOf(where);
    const loop = privateLoop(configs);
    this.#wait = new LoopWait(loop);
    this.#events = new Dispatcher(this.#wait.look);
    const warn = (text: string): void => this.warn(text);
    this.#onBlocked = new CallbackList('connection.blocked', warn);
    this.#onUnblocked = new CallbackList('connection.unblocked', warn);
    this.#impl = openBlocking(configs, implClass, loop, (impl) => this.#adopt(impl));
    this.#core = this.#makeCore();
    if (this.#wait.end === null) return;
    this.#wait.close();
    throw this.#wait.end;
  }

  /** @internal */
  override get machine(): ConnectionMachine {
    return this.#impl.machine;
  }
  /** A copy of what was given, with the host that answered and the limits that were agreed on. */
  get params(): Parameters {
    return this.#impl.params;
  }
  /** The loop that the calls of this connection run. Its callbacks run during any of them, and cannot wait. */
  get ioloop(): IOLoop {
    return this.#impl.ioloop;
  }
  /** What it has done and has under way. */
  stats(): ConnectionStats {
    return this.#impl.stats();
  }
  get isOpen(): boolean {
    return this.#impl.isOpen;
  }
  get isClosed(): boolean {
    return this.#impl.isClosed;
  }
  get basicNackSupported(): boolean {
    return this.basicNack;
  }
  get consumerCancelNotifySupported(): boolean {
    return this.consumerCancelNotify;
  }
  get exchangeExchangeBindingsSupported(): boolean {
    return this.exchangeExchangeBindings;
  }
  get publisherConfirmsSupported(): boolean {
    return this.publisherConfirms;
  }

  /**
   * Opens a channel.
   * @param fields - `channelNumber`: null or 0 (the default) is the lowest that is free
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   * @see AMQP 0-9-1 channel.open (20, 10)
   */
  channel(fields?: ChannelFields, waiting?: Waiting): BlockingChannel {
    const { channelNumber } = wireFields('channel', OPEN_FIELDS, fields) as { channelNumber: number | null };
    return new BlockingChannelOf<BlockingConnection>(this, this.#core, channelNumber, checkWaiting(waiting));
  }

  /**
   * Hands in a new password or token before the old one expires.
   * @see RabbitMQ's connection.update-secret (10, 70)
   */
  updateSecret(fields: { newSecret: string; reason: string }, waiting?: Waiting): void {
    const { newSecret, reason } = wireFields('updateSecret', SECRET_FIELDS, fields) as typeof fields;
    const limits = checkWaiting(waiting);
    this.#wait.enter();
    this.#wait.reply(
      (done) => this.machine.updateSecret(newSecret, reason, done, limits),
      this.#limits('connection.update-secret', { signal: limits.signal }),
    );
  }

  /**
   * Closes every channel, then the connection, then the loop. It returns as well when the connection is lost meanwhile, or
   * the broker does not answer in time.
   * @throws {ConnectionWrongStateError} unless the connection is open
   * @see AMQP 0-9-1 connection.close (10, 50)
   */
  close(fields?: CloseFields, waiting?: Waiting): void {
    const { replyCode, replyText } = wireFields('close', END_FIELDS, fields) as {
      replyCode: number;
      replyText: string;
    };
    const limits = checkWaiting(waiting);
    this.#wait.refuseNested();
    // a close that was interrupted goes on
    if (this.#impl.isRecovering) this.#impl.close({ replyCode, replyText });
    else if (this.machine.state !== 'closing') this.machine.close(replyCode, replyText, limits);
    this.#finish(limits);
  }

  /** Closes the connection unless it is closed. */
  [Symbol.dispose](): void {
    if (this.isOpen || this.#impl.isRecovering) this.close();
    else if (!this.isClosed) this.#finish({});
  }

  /**
   * Waits for an event, then dispatches what there is. Inside a handler it only lets the loop run.
   * @param duration - milliseconds; 0: what is there already; null: any time
   * @throws {ReentrancyError} without a limit inside a handler
   * @throws {ChannelClosedByBroker} of any channel, once; what a handler threw; why the connection has ended
   */
  processDataEvents(duration: number | null = 0, waiting?: Waiting): void {
    if (duration !== null) checkDuration(duration, 'duration');
    const limits = this.#limits('processDataEvents', checkWaiting(waiting));
    this.#enter();
    if (duration === null && this.#events.dispatching) {
      throw new ReentrancyError('processDataEvents(null) was called inside a handler: no event would end it');
    }
    this.#wait.within(limits, (limited) => this.#process(duration, never, limited));
  }

  /** Dispatches events for so many milliseconds, at least once. Inside a handler it only lets the loop run. */
  sleep(duration: number, waiting?: Waiting): void {
    checkDuration(duration, 'duration');
    const limits = this.#limits('sleep', checkWaiting(waiting));
    this.#enter();
    this.#wait.within(limits, (limited) => this.#processUntil(never, duration, limited));
  }

  /**
   * Calls `callback` in a dispatch, `delay` milliseconds from now or later.
   * @returns what `removeTimeout()` takes
   */
  callLater(delay: number, callback: () => unknown): BlockingTimer {
    checkCallback(callback, 'callback');
    checkDuration(delay, 'delay');
    this.#wait.requireOpen();
    const event = new QueuedCall(() => this.#handle(callback));
    return new BlockingTimer(
      event,
      this.ioloop.callLater(delay, () => this.#events.put(event)),
    );
  }

  /** Also takes back a callback that is due and waits for a dispatch. Does nothing for one that has run. */
  removeTimeout(timer: BlockingTimer): void {
    if (!(timer instanceof BlockingTimer)) return;
    timer.handle.cancel();
    this.#events.remove(timer.event);
  }

  /**
   * Calls `callback` in the next dispatch. A function belongs to its thread: other threads call by `handle()`.
   * @throws {ConnectionWrongStateError} once the connection has ended
   */
  addCallbackThreadsafe(callback: () => unknown): void {
    checkCallback(callback, 'callback');
    this.#wait.requireOpen();
    this.#put(callback);
  }

  /** Names a function that other threads may call through `handle()`; it runs in the next dispatch. */
  expose(name: string, fn: (...args: unknown[]) => void): void {
    checkCallback(fn, 'fn');
    this.#wait.requireOpen();
    this.ioloop.expose(name, (...args) => this.#put(() => fn(...args)));
  }

  /** For another thread: post it there with its port transferred, and use `LoopHandle.attach()`. */
  handle(): LoopHandleData {
    this.#wait.requireOpen();
    return this.ioloop.handle();
  }

  /** @param callback - called by a dispatch when the broker takes no messages for a while */
  addOnConnectionBlockedCallback(callback: BlockedCallback<this>): void {
    this.#onBlocked.add(callback);
  }
  removeOnConnectionBlockedCallback(callback: BlockedCallback<this>): boolean {
    return this.#onBlocked.remove(callback);
  }

  /** @param callback - called by a dispatch when it takes them again */
  addOnConnectionUnblockedCallback(callback: BlockedCallback<this>): void {
    this.#onUnblocked.add(callback);
  }
  removeOnConnectionUnblockedCallback(callback: BlockedCallback<this>): boolean {
    return this.#onUnblocked.remove(callback);
  }

  /** @internal */
  protected override warn(text: string): void {
    this.#impl.logger.warn(text);
  }

  #adopt(impl: SelectConnection): void {
    impl.onRoom = this.#wait.look;
    impl.addOnCloseCallback((_, error) => this.#wait.ended(error));
    impl.addOnConnectionBlockedCallback((_, event) => this.#put(() => this.#tell(this.#onBlocked, event)));
    impl.addOnConnectionUnblockedCallback((_, event) => this.#put(() => this.#tell(this.#onUnblocked, event)));
    const run: RunListener = (fn, ...args) => this.#handle(fn, ...args);
    impl.on('blocked', (reason) => this.#put(() => this.listeners.emit(run, 'blocked', reason)));
    impl.on('unblocked', () => this.#put(() => this.listeners.emit(run, 'unblocked')));
    const runNow: RunListener = (fn, ...args) => impl.run(fn, ...args);
    for (const name of STEPS) {
      impl.on(name, (...args) => {
        this.listeners.emit(runNow, name, ...args);
        this.#wait.look();
      });
    }
  }

  #makeCore(): BlockingCore {
    const impl = this.#impl;
    return {
      get machine() {
        return impl.machine;
      },
      openChannel: (...args) => impl.openChannel(...args),
      logger: impl.logger,
      wait: this.#wait,
      events: this.#events,
      maxUnconfirmed: impl.params.maxUnconfirmed,
      hasRoom: (size) => !impl.isRecovering && impl.hasRoom(size),
      handle: (fn, ...args) => this.#handle(fn, ...args),
      processUntil: (condition, duration, limited) => this.#processUntil(condition, duration, limited),
    };
  }

  #enter(): void {
    this.#wait.requireOpen();
    this.#wait.enter();
  }

  #processUntil(condition: () => boolean, duration: number | null, limited: Limited | null): void {
    const deadline = duration === null ? Number.POSITIVE_INFINITY : this.#wait.now + duration;
    let left = duration;
    while (!condition()) {
      this.#process(left, condition, limited);
      if (left !== null) left = deadline - this.#wait.now;
      if (this.#wait.end !== null || (left !== null && left <= 0)) return;
    }
  }

  /** Waits until there is something to dispatch or `condition` holds, for so many milliseconds at most; then dispatches. */
  #process(duration: number | null, condition: () => boolean, limited: Limited | null): void {
    const events = this.#events;
    const ready = (): boolean => condition() || (events.ready && !events.dispatching);
    this.#wait.requireOpen();
    this.#wait.pass(ready() ? 0 : duration, ready, limited);
    this.#throwIfEnded();
    events.dispatch();
  }

  /** @throws why the connection has ended, unless this side has closed it */
  #throwIfEnded(): void {
    const { end } = this.#wait;
    if (end === null) return;
    this.#events.clear();
    if (!(end instanceof ConnectionClosedByClient)) throw end;
  }

  /** However the connection ends, it was to end. */
  #finish({ signal }: Waiting): void {
    const giveUp = (error: AMQPError): void => this.machine.abort(error, this.#wait.now);
    const limits = signal === undefined ? null : { name: 'connection.close', signal, giveUp };
    this.#wait.within(limits, (limited) => this.#wait.until(() => this.isClosed, limited));
    this.#events.clear();
  }

  #limits(name: string, { signal, timeout }: Waiting): Limits | null {
    if (signal === undefined && timeout === undefined) return null;
    return { name, signal, timeout, giveUp: () => undefined };
  }

  #put(task: () => unknown): void {
    this.#events.put(new QueuedCall(() => this.#handle(task)));
  }

  #handle<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
    const result = fn(...args);
    // an async handler's error has no call to leave
    if (result instanceof Promise) result.catch((error: unknown) => this.ioloop.handleCallbackException(error, fn));
  }

  #tell(list: CallbackList<[connection: this, event: BlockedEvent]>, event: BlockedEvent): void {
    list.call((callback, ...args) => this.#handle(callback, ...args), this, event);
  }
}

/** Of a connection that comes back: told at once, whatever waits. */
const STEPS = ['lost', 'recovering', 'recovered', 'recoveryFailed', 'queueRenamed'] as const;
const never = (): boolean => false;
const checkDuration = number(0, Number.POSITIVE_INFINITY);
