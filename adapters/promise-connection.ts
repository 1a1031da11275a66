import {
  type AMQPError,
  ConnectionClosedByClient,
  type ConnectionMachine,
  ConnectionWrongStateError,
} from '../amqp/index.ts';
import type { IOLoop, Logger } from '../ioloop/index.ts';
import { wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import type { CloseFields } from './channel-methods.ts';
import { type ConnectOptions, checkConnectOptions } from './connect-options.ts';
import { ConnectionCallbacks } from './connection-callbacks.ts';
import { CHANNEL_FIELDS, END_FIELDS, SECRET_FIELDS } from './connection-calls.ts';
import type { ConnectionStats } from './connection-stats.ts';
import { shortText } from './field-checks.ts';
import { inspectAs } from './inspection.ts';
import type { Parameters } from './parameters.ts';
import { Answer, type Refusable } from './promise-answer.ts';
import { PromiseChannel as PromiseChannelOf, type ReturnHandler } from './promise-channel.ts';
import { all, closeInOrder } from './promise-closing.ts';
import type { ConnectionCore } from './promise-core.ts';
import { limitAnswer } from './promise-limits.ts';
import { Home, type Hosted, openHosted, placesOf } from './promise-opening.ts';
import type { Delivered } from './promise-replies.ts';
import type { Reports } from './promise-reports.ts';
import { type RequestOptions, Requests } from './promise-requests.ts';
import { checkServeOptions, PromiseServer, type ServeHandler, type ServeOptions } from './promise-serving.ts';
import { type Reading, ReadingBrake, UNREAD_LIMIT } from './reading-brake.ts';
import { TurnCount } from './turn-count.ts';
import type { Where } from './url.ts';
import { checkWaiting, UNLIMITED, type Waiting } from './waiting.ts';

/** A channel in promise style; where nothing else is said, of a {@link PromiseConnection}. */
export type PromiseChannel<C = PromiseConnection> = PromiseChannelOf<C>;
export const PromiseChannel: typeof PromiseChannelOf = PromiseChannelOf;

/** What `channel()` in promises takes. */
export interface PromiseChannelFields {
  /** null or 0 (the default) is the lowest that is free. */
  readonly channelNumber?: number | null | undefined;
  /** Whether the broker confirms each message: `confirmDelivery()`. */
  readonly confirm?: boolean | undefined;
  /** Messages that each consumer may have unacknowledged: `basicQos()`. */
  readonly prefetch?: number | null | undefined;
  readonly onReturn?: ReturnHandler | null | undefined;
}

/**
 * Connects, on the loop that runs already: the runtime's own, unless `host` names another. All hosts and addresses are
 * tried as often as the parameters say.
 * @param where - parameters, their fields or a URL; or several of these, which are tried in turn
 * @returns rejects with a mistake in the arguments (TypeError, RangeError), with the error of the only attempt (an
 *   AMQPConnectionError), or with AMQPConnectionWorkflowFailed, which has them all
 */
export function connect(where?: Where | readonly Where[], options?: ConnectOptions): Promise<PromiseConnection> {
  try {
    const checked = checkConnectOptions(options);
    const configs = placesOf(where ?? {}, checked);
    const home = new Home(checked);
    return openHosted(
      configs,
      home,
      checked,
      (hosted) => new PromiseConnection(hosted, home.reports, checked.onReturn),
    );
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A connection whose calls are promises. Made by {@link connect}, open from the start. */
export class PromiseConnection extends ConnectionCallbacks implements AsyncDisposable {
  static {
    inspectAs(PromiseConnection, ({ params: { host, port, virtualHost }, isOpen }) => {
      return { state: isOpen ? 'open' : 'closed', host, port, virtualHost };
    });
  }

  readonly #hosted: Hosted;
  readonly #reports: Reports;
  readonly #core: ConnectionCore;
  readonly #channels = new Set<PromiseChannel>();
  readonly #closed: Promise<AMQPError>;
  readonly #requests: Requests<PromiseConnection>;
  #onReturn: ReturnHandler | null = null;
  #closing: Answer<void> | null = null;
  #isBlocked = false;
  #resolveClosed: (error: AMQPError) => void = () => undefined;
  /** Somebody has the promise of the end. */
  #isWatched = false;

  /** @internal */
  constructor(hosted: Hosted, reports: Reports, onReturn: ReturnHandler | null | undefined) {
    super();
    this.#hosted = hosted;
    this.#reports = reports;
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#core = this.#makeCore();
    this.#requests = new Requests(this.#core, hosted.params.rpcTimeout, () => this.#openBrief());
    this.onReturn = onReturn;
    this.#listen();
  }

  /** @internal */
  override get machine(): ConnectionMachine {
    return this.#hosted.machine;
  }
  /** @internal */
  override get logger(): Logger {
    return this.#hosted.logger;
  }
  /** A copy of what was given, with the host that answered and the limits that were agreed on. */
  get params(): Parameters {
    return this.#hosted.params;
  }
  get ioloop(): IOLoop {
    return this.#hosted.ioloop;
  }
  /** What it has done and has under way. */
  stats(): ConnectionStats {
    return this.#hosted.stats();
  }
  get isOpen(): boolean {
    return this.#hosted.isOpen;
  }
  get isClosed(): boolean {
    return this.#hosted.isClosed;
  }
  /** Resolves with the reason when the connection has closed, from whichever side. */
  get closed(): Promise<AMQPError> {
    this.#isWatched = true;
    return this.#closed;
  }

  /** Hears of each error that reaches nobody by itself; null: a warning of the process tells of each kind once. */
  get onError(): ((error: Error) => unknown) | null {
    return this.#reports.onError;
  }
  set onError(callback: ((error: Error) => unknown) | null | undefined) {
    this.#reports.onError = callback;
  }

  /** Gets each mandatory message that no queue took, where its channel has no confirms and no `onReturn` of its own. */
  get onReturn(): ReturnHandler | null {
    return this.#onReturn;
  }
  set onReturn(callback: ReturnHandler | null | undefined) {
    if (callback != null) checkCallback(callback, 'onReturn');
    this.#onReturn = callback ?? null;
  }

  /**
   * Opens a channel.
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   * @see AMQP 0-9-1 channel.open (20, 10)
   */
  channel(fields?: PromiseChannelFields, waiting?: Waiting): Promise<PromiseChannel> {
    const answer = new Answer<PromiseChannel>();
    try {
      const wire = wireFields('channel', CHANNEL_FIELDS, fields) as Required<PromiseChannelFields>;
      const limits = checkWaiting(waiting);
      this.#requireOpen();
      if (this.#heed(answer, limits)) this.#openChannel(wire, limits, answer, true);
    } catch (error) {
      this.#reports.refuse(answer, error);
    }
    return answer;
  }

  /**
   * Hands in a new password or token before the old one expires.
   * @see RabbitMQ's connection.update-secret (10, 70)
   */
  updateSecret(fields: { newSecret: string; reason: string }, waiting?: Waiting): Promise<void> {
    const answer = new Answer<void>();
    try {
      const { newSecret, reason } = wireFields('updateSecret', SECRET_FIELDS, fields) as typeof fields;
      const limits = checkWaiting(waiting);
      const done = (error: AMQPError | null): void => {
        if (error === null) answer.settle(undefined);
        else this.#reports.refuse(answer, error);
      };
      if (this.#heed(answer, limits)) this.machine.updateSecret(newSecret, reason, done, limits);
    } catch (error) {
      this.#reports.refuse(answer, error);
    }
    return answer;
  }

  /**
   * Asks whoever serves a queue, and resolves with the answer, which comes without a queue of its own (direct reply-to).
   * @param options - `timeout`: by default the parameters' `rpcTimeout`; it and `signal` end this request alone
   * @throws {UnroutableError} at once, where there is no such queue
   * @throws {RequestFailed} what serves it has thrown
   * @throws {RpcTimeout} and whatever closes the connection meanwhile
   */
  request(queue: string, body: string | Uint8Array, options?: RequestOptions): Promise<Delivered> {
    return this.#requests.request(queue, body, options);
  }

  /**
   * Answers the requests of a queue, on a channel of its own.
   * @param handler - gives the body of the answer, or `{ body, properties }`. When it throws, the request is dropped, `onError`
   *   hears of it, and who asked gets an answer of type `pikaloop.RequestFailed` with the error's text as its body
   * @throws {ChannelClosedByBroker} 404 where there is no such queue
   */
  async serve(queue: string, handler: ServeHandler, options?: ServeOptions): Promise<PromiseServer<PromiseConnection>> {
    const prefetch = checkServeOptions(options);
    shortText(queue, 'queue');
    checkCallback(handler, 'handler');
    const server = new PromiseServer(await this.channel({ prefetch }));
    await server.begin(queue, handler);
    return server;
  }

  /**
   * Closes every channel as its own `close()` does, then the connection, within `closeTimeout` or the `timeout` given.
   * Resolves when it is closed, also by the other side; once for all callers.
   * @see AMQP 0-9-1 connection.close (10, 50)
   */
  close(fields?: CloseFields, waiting?: Waiting): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    const answer = new Answer<void>();
    try {
      const wire = wireFields('close', END_FIELDS, fields) as { replyCode: number; replyText: string };
      const limits = checkWaiting(waiting);
      if (!this.#heed(answer, limits)) return answer;
      this.#closing = answer;
      void this.#closed.then(() => answer.settle(undefined));
      const running = all([...this.#channels].map((channel) => channel.stop()));
      const late = (waited: number): void => {
        for (const channel of this.#channels) channel.warnOfHandlers(waited);
      };
      closeInOrder(this.ioloop, limits.timeout ?? this.params.closeTimeout, running, late, (timeout) => {
        if (this.#hosted.isRecovering) this.#hosted.close(wire);
        else if (this.isOpen) this.machine.close(wire.replyCode, wire.replyText, { timeout });
      });
    } catch (error) {
      this.#reports.refuse(answer, error);
    }
    return answer;
  }

  /** Closes the connection unless it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A channel that ends with the connection, though that comes back: what was asked over it has no answer. */
  #openBrief(): Promise<PromiseChannel> {
    const answer = new Answer<PromiseChannel>();
    try {
      this.#requireOpen();
      this.#openChannel(
        { channelNumber: null, confirm: false, prefetch: null, onReturn: null },
        UNLIMITED,
        answer,
        false,
      );
    } catch (error) {
      this.#reports.refuse(answer, error);
    }
    return answer;
  }

  #openChannel(
    fields: Required<PromiseChannelFields>,
    limits: Waiting,
    answer: Answer<PromiseChannel>,
    isLasting: boolean,
  ): void {
    const { channelNumber, confirm, prefetch, onReturn } = fields;
    const channel = new PromiseChannelOf<PromiseConnection>(
      this,
      this.#core,
      channelNumber ?? null,
      limits,
      () => this.#onReturn,
      isLasting,
    );
    channel.onReturn = onReturn;
    this.#channels.add(channel);
    channel.core.onClosed(() => this.#channels.delete(channel));
    const prepare = async (): Promise<void> => {
      const { timeout } = limits;
      const limited = timeout === undefined ? UNLIMITED : { timeout };
      await channel.opened;
      await Promise.all([
        prefetch === null ? undefined : channel.basicQos({ prefetchCount: prefetch }, limited),
        confirm ? channel.confirmDelivery(limited) : undefined,
      ]);
    };
    prepare().then(
      () => {
        // nobody waits for it any more
        if (answer.settled) void channel.close();
        else answer.settle(channel);
      },
      (error: unknown) => this.#reports.refuse(answer, error),
    );
  }

  #heed(answer: Refusable, waiting: Waiting): boolean {
    if (waiting.signal === undefined) return true;
    return limitAnswer(answer, { loop: this.ioloop, reports: this.#reports, name: '', waiting });
  }

  /** @throws {ConnectionWrongStateError} while it is closing in order, too */
  #requireOpen(): void {
    if (this.#closing === null || this.isClosed) return;
    throw new ConnectionWrongStateError('the connection is closing');
  }

  #listen(): void {
    const hosted = this.#hosted;
    const run = this.#core.run;
    hosted.onRoom = () => this.#look();
    hosted.on('lost', (error) => this.#lost(error));
    hosted.on('recovered', () => this.#look());
    for (const name of FORWARDED) hosted.on(name, (...args) => this.listeners.emit(run, name, ...args));
    hosted.addOnCloseCallback((_, error) => this.#ended(error));
    hosted.addOnConnectionBlockedCallback((_, event) => {
      this.#isBlocked = true;
      this.#look();
      this.onBlocked.call(run, this, event);
      if (event.name === 'connection.blocked') this.listeners.emit(run, 'blocked', event.reason);
    });
    hosted.addOnConnectionUnblockedCallback((_, event) => {
      this.#isBlocked = false;
      this.#look();
      this.onUnblocked.call(run, this, event);
      this.listeners.emit(run, 'unblocked');
    });
    hosted.addBackpressureCallback(() => this.onPressure.call(run, this));
  }

  #look(): void {
    for (const channel of this.#channels) channel.look();
  }

  /** What waits for the broker's word will not get it, though the connection may come back. */
  #lost(error: AMQPError): void {
    this.#isBlocked = false;
    this.#look();
    this.listeners.emit(this.#core.run, 'lost', error);
  }

  #ended(error: AMQPError): void {
    const isOwn = error instanceof ConnectionClosedByClient;
    if (isOwn || this.onClose.size > 0 || this.#isWatched || this.listeners.has('lost')) this.#reports.tell(error);
    else this.#reports.late(error);
    this.#resolveClosed(error);
    this.onClose.call(this.#core.run, this, error);
  }

  #reading(): Reading {
    const hosted = this.#hosted;
    const awaits = (): boolean =>
      this.#closing !== null || [...this.#channels].some(({ core }) => core.machine.awaitsAnswer);
    return {
      stopReading: () => hosted.stopReading(),
      goOnReading: () => hosted.goOnReading(),
      get awaitsAnswer() {
        return awaits();
      },
    };
  }

  #makeCore(): ConnectionCore {
    const hosted = this.#hosted;
    const connection = this;
    return {
      get machine() {
        return hosted.machine;
      },
      openChannel: (...args) => hosted.openChannel(...args),
      loop: hosted.ioloop,
      logger: hosted.logger,
      reports: this.#reports,
      outboundLimit: hosted.params.outboundLimit,
      maxUnconfirmed: hosted.params.maxUnconfirmed,
      closeTimeout: hosted.params.closeTimeout,
      queued: 0,
      get isBlocked() {
        return connection.#isBlocked;
      },
      get isClosing() {
        return connection.#closing !== null;
      },
      get isFull() {
        return hosted.isFull;
      },
      hasRoom: (size) => hosted.hasRoom(size),
      brake: new ReadingBrake(UNREAD_LIMIT, this.#reading(), hosted.ioloop),
      turns: new TurnCount(hosted.ioloop),
      run: (fn, ...args) => this.#run(fn, args),
    };
  }

  /** @returns a promise that does not reject, where the handler has given one */
  #run<A extends unknown[]>(fn: (...args: A) => unknown, args: A): Promise<unknown> | undefined {
    try {
      const result = fn(...args);
      if (!(result instanceof Promise)) return undefined;
      return result.catch((error: unknown) => this.#reports.report(error));
    } catch (error) {
      this.#reports.report(error);
      return undefined;
    }
  }
}

const FORWARDED = ['recovering', 'recovered', 'recoveryFailed', 'queueRenamed'] as const;
