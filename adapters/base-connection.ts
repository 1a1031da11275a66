import {
  AMQPConnectionError,
  type AMQPError,
  type CallOptions,
  ConnectionClosedByClient,
  type ConnectionEvents,
  ConnectionMachine,
  ConnectionOpenAborted,
  ConnectionWrongStateError,
} from '../amqp/index.ts';
import { type IOLoop, type Logger, stderrLogger, type Transport, type TransportHandlers } from '../ioloop/index.ts';
import { wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import type { ChannelHost } from './channel-host.ts';
import type { CloseFields } from './channel-methods.ts';
import type { ChannelWire, WireEvents } from './channel-wire.ts';
import type { ConnectionCallback, ConnectionErrorCallback } from './connection-callbacks.ts';
import { END_FIELDS, OPEN_FIELDS, SECRET_FIELDS } from './connection-calls.ts';
import type { ConnectionSetup } from './connection-setup.ts';
import { STAGES, STATES } from './connection-states.ts';
import { type ConnectionStats, Counters } from './connection-stats.ts';
import { ConnectionTimers } from './connection-timers.ts';
import { type Connectable, Connector, type ConnectTarget } from './connector.ts';
import type { ConnectStage } from './errors.ts';
import { inspectAs } from './inspection.ts';
import { Link } from './link.ts';
import { Login } from './login.ts';
import { machineOptions } from './machine-options.ts';
import { openingError } from './opening-error.ts';
import { warningsOf } from './parameter-warnings.ts';
import type { Parameters } from './parameters.ts';
import { placeOf, placeText } from './place.ts';
import { Pressure } from './pressure.ts';
import { Recovery, type RecoveryEnds } from './recovery.ts';
import { frameTrace } from './trace.ts';
import { toParameters, type Where } from './url.ts';
import { AMQPConnectionWorkflow, type ConnectionWorkflow } from './workflow.ts';

/** One protocol machine joined to one loop and one stream; the subclasses say who waits and what a channel is. */
export abstract class BaseConnection<Channel> extends ConnectionTimers implements ChannelHost, Connectable {
  static {
    inspectAs(BaseConnection, (connection) => {
      const { machine, params } = connection;
      return { state: machine.state, ...placeOf(params), virtualHost: params.virtualHost };
    });
  }
  static readonly CLOSED = 0;
  static readonly INIT = 1;
  static readonly PROTOCOL = 2;
  static readonly START = 3;
  static readonly TUNE = 4;
  static readonly OPEN = 5;
  static readonly CLOSING = 6;

  readonly logger: Logger;

  #params: Parameters;
  readonly #ioloop: IOLoop;
  /** As they were asked for, before any broker had its say. */
  #asked: Parameters;
  readonly #recovery: Recovery | null;
  #machine: ConnectionMachine;
  #login: Login;
  readonly #stopsLoop: boolean;
  readonly #run = <A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void =>
    this.ioloop.runHandler(fn, ...args);
  readonly #pressure = new Pressure();
  readonly #counters = new Counters();
  #workflow: ConnectionWorkflow | null = null;
  #link: Link | null = null;
  #opened = false;
  /** stopReading() was called, which holds for the next stream as well. */
  #holdsReading = false;
  /** close() was called before the connection was open. */
  #aborted: ConnectionOpenAborted | null = null;
  /** Of begin(): the connector hears how the handshake went. */
  #onHandshake: ((error: Error | null) => void) | null = null;

  /** Nothing happens, and nothing is called, until the loop runs. */
  protected constructor(where: Where | null | undefined, ioloop: IOLoop, setup: ConnectionSetup<never>) {
    super();
    this.#params = toParameters(where).copy();
    this.#asked = this.#params.copy();
    this.places = [this.#asked];
    this.#ioloop = ioloop;
    this.logger = this.params.logger ?? stderrLogger;
    for (const warning of warningsOf(this.params)) this.logger.warn(warning);
    this.#login = new Login(ioloop, this.params.credentials);
    this.#machine = this.#makeMachine(this.#asked);
    const { recovery } = this.#asked;
    this.#recovery = recovery ? new Recovery(this, this.#recoveryEnds(), recovery === true ? {} : recovery) : null;
    const { onOpen, onOpenError, onClose, stopIoloopOnClose = false, workflow = true } = setup;
    this.#stopsLoop = stopIoloopOnClose;
    // the subclass says in its constructor that these take itself
    if (onOpen != null) this.addOnOpenCallback(onOpen as ConnectionCallback<this>);
    if (onOpenError != null) this.addOnOpenErrorCallback(onOpenError as ConnectionErrorCallback<this>);
    if (onClose != null) this.addOnCloseCallback(onClose as ConnectionErrorCallback<this>);
    // a workflow outside hears of a failed opening by itself
    if (workflow === false) this.throwsOpenError = false;
    else this.#connect(workflow === true ? new AMQPConnectionWorkflow({ untilHandshake: true }) : workflow);
  }

  /** A copy of what was given; once open, with the host that answered and the limits that were agreed on. */
  get params(): Parameters {
    return this.#params;
  }
  get ioloop(): IOLoop {
    return this.#ioloop;
  }
  /** One of this class's constants. */
  get state(): number {
    if (this.isRecovering) return BaseConnection.INIT;
    return this.#aborted && !this.isClosed ? BaseConnection.CLOSING : STATES[this.#machine.state];
  }
  get isOpen(): boolean {
    return this.state === BaseConnection.OPEN;
  }
  /** Only after a close() of this side. */
  get isClosing(): boolean {
    return this.state === BaseConnection.CLOSING;
  }
  get isClosed(): boolean {
    return this.#machine.state === 'closed' && !this.isRecovering;
  }
  /** Whether it was lost and is to come back. */
  get isRecovering(): boolean {
    return this.#recovery?.isAway === true;
  }

  /** @internal what a channel speaks through */
  override get machine(): ConnectionMachine {
    return this.#machine;
  }

  /**
   * Opens a channel; the callback gets it when it is open.
   * @param fields - `channelNumber`: null or 0 (the default) is the lowest that is free
   * @throws {ConnectionWrongStateError} unless the connection is open
   * @throws {NoFreeChannels | InvalidChannelNumber}
   * @see AMQP 0-9-1 channel.open (20, 10)
   */
  channel(onOpen?: ((channel: Channel) => unknown) | null): Channel;
  channel(fields?: ChannelFields, onOpen?: ((channel: Channel) => unknown) | null): Channel;
  channel(
    first: ChannelFields | ((channel: Channel) => unknown) | null = {},
    second: ((channel: Channel) => unknown) | null = null,
  ): Channel {
    const [fields, onOpen] = typeof first === 'function' ? [{}, first] : [first ?? {}, second];
    const { channelNumber } = wireFields('channel', OPEN_FIELDS, fields) as { channelNumber: number | null };
    if (onOpen !== null) checkCallback(onOpen, 'onOpen');
    return this.makeChannel(channelNumber, onOpen);
  }

  /**
   * Hands in a new password or token before the old one expires.
   * @param onOk - called without arguments when the broker has taken it
   * @throws {ConnectionWrongStateError} unless the connection is open
   * @see RabbitMQ's connection.update-secret (10, 70)
   */
  updateSecret(fields: { newSecret: string; reason: string }, onOk: (() => unknown) | null = null): void {
    const { newSecret, reason } = wireFields('updateSecret', SECRET_FIELDS, fields) as typeof fields;
    if (onOk !== null) checkCallback(onOk, 'onOk');
    this.#machine.updateSecret(newSecret, reason, (error) => {
      if (!error && onOk) this.run(onOk);
    });
  }

  /**
   * Closes every channel, then the connection; the close callbacks are the answer, or, while it is still opening, the
   * open-error callbacks with ConnectionOpenAborted. They come from the loop.
   * @throws {ConnectionWrongStateError} when it was closed before, from whichever side
   * @see AMQP 0-9-1 connection.close (10, 50)
   */
  close(fields?: CloseFields): void {
    const { replyCode, replyText } = wireFields('close', END_FIELDS, fields) as {
      replyCode: number;
      replyText: string;
    };
    if (this.#aborted && !this.isClosed) {
      throw new ConnectionWrongStateError('close() was called already, while the connection was opening', {
        cause: this.#aborted,
      });
    }
    if (this.isRecovering) this.#closeLost(new ConnectionClosedByClient(replyCode, replyText));
    else if (this.isOpen || this.isClosed || this.isClosing) this.#machine.close(replyCode, replyText);
    else
      this.#abortOpening(
        new ConnectionOpenAborted(`close(${replyCode}, ${replyText}) while the connection was opening`),
      );
  }

  /** @param value - how many average frames may wait after a hand-over before backpressure is detected; default 10 */
  setBackpressureMultiplier(value = 10): void {
    this.#pressure.multiplier = value;
  }

  /** What it has done and has under way. */
  stats(): ConnectionStats {
    return this.#counters.stats(this.#machine, this.#link?.outbox.unsent ?? 0, this.#ioloop);
  }

  /** @internal as {@link ConnectionMachine.openChannel}, of a channel that comes back where the connection does */
  openChannel(
    channelNumber: number | null,
    events: WireEvents,
    options?: CallOptions,
    isLasting?: boolean,
  ): ChannelWire {
    if (this.#recovery === null) return this.#machine.openChannel(channelNumber, events, options);
    return this.#recovery.openChannel(channelNumber, events, options, isLasting);
  }
  /** @internal where to look for a broker when the connection was lost */
  places: readonly Parameters[];

  /** @internal */
  run<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
    this.#run(fn, ...args);
  }
  /** @internal */
  reserve(size: number): void {
    this.#link?.outbox.reserve(size);
  }

  /** @internal whether a message of about `size` bytes stays within `outboundLimit` */
  hasRoom(size: number): boolean {
    return this.#link?.outbox.hasRoom(size) ?? true;
  }
  /** @internal whether the stream holds more than it wants to; `onRoom` tells when it takes more */
  get isFull(): boolean {
    return this.#link?.outbox.isFull ?? false;
  }
  /** @internal called when the stream takes more */
  onRoom: (() => void) | null = null;

  /** @internal what is read waits for somebody who is slower than the broker */
  stopReading(): void {
    this.#holdsReading = true;
    this.#link?.stopReading();
  }
  /** @internal */
  goOnReading(): void {
    this.#holdsReading = false;
    this.#link?.goOnReading();
  }

  /** @internal */
  get stage(): ConnectStage {
    return STAGES[this.#machine.state] ?? 'header';
  }

  /** @internal the next stream leads there */
  moveTo(place: Parameters): void {
    this.#asked = place.copy();
    this.#params = place.copy();
    this.#login = new Login(this.#ioloop, place.credentials);
  }

  /** @internal */
  begin(transport: Transport, target: ConnectTarget, done: (error: Error | null) => void): TransportHandlers {
    if (target.address) this.params.chooseHost(target.index);
    if (this.#opened) {
      this.#counters.keep(this.#machine);
      this.#machine = this.#makeMachine(this.#asked);
    }
    this.#onHandshake = done;
    const link = new Link(this.#machine, this.ioloop, transport, {
      limit: this.params.outboundLimit,
      threshold: () => this.#pressure.threshold(this.params.backpressureDetection, this),
      pressed: (unsent, isFirst) => this.#pressed(unsent, isFirst),
      trace: frameTrace(),
      drained: () => this.onRoom?.(),
      gone: () => this.#gone(),
    });
    this.#link = link;
    if (this.#aborted) link.abandon(this.#aborted);
    else this.#login.obtain((error) => (error ? link.abandon(error) : link.start()));
    return link;
  }

  /** @internal */
  abandon(error: AMQPError): void {
    this.#link?.abandon(this.#aborted ?? error);
  }

  /** A new channel's object, which opens itself. */
  protected abstract makeChannel(channelNumber: number | null, onOpen: ((channel: Channel) => unknown) | null): Channel;

  #connect(workflow: ConnectionWorkflow): void {
    this.#workflow = workflow;
    const makeConnector = (): Connector => new Connector(this.ioloop, () => this);
    workflow.start([this.params], makeConnector, this.ioloop, (result) => {
      this.#workflow = null;
      // the machine has told of what went wrong in the handshake, and is closed
      if (result !== this) this.#machine.abort(this.#aborted ?? openingError(result as AMQPError), this.ioloop.time());
    });
  }

  #abortOpening(reason: ConnectionOpenAborted): void {
    this.#aborted = reason;
    if (this.#link) this.#link.abandon(reason);
    else if (this.#workflow) this.#workflow.abort();
    else this.ioloop.addCallback(() => this.#machine.abort(reason, this.ioloop.time()));
  }

  #events(): ConnectionEvents {
    return {
      output: () => this.#link?.send(),
      open: () => this.#open(),
      closed: (error) => this.#closed(error),
      blocked: (reason) => {
        this.onBlocked.call(this.#run, this, { name: 'connection.blocked', reason });
        this.listeners.emit(this.#run, 'blocked', reason);
      },
      unblocked: () => {
        this.onUnblocked.call(this.#run, this, { name: 'connection.unblocked' });
        this.listeners.emit(this.#run, 'unblocked');
      },
      warn: (text) => this.logger.warn(text),
    };
  }

  #open(): void {
    // the stream is being given up, and the open-error callbacks hear of it
    if (this.#aborted) return;
    this.#opened = true;
    const { channelMax, frameMax, heartbeat } = this.#machine;
    Object.assign(this.params, { channelMax, frameMax, heartbeat });
    this.#link?.keepAlive(heartbeat);
    this.#login.renew(
      (newSecret) => this.isOpen && this.updateSecret({ newSecret, reason: 'the old one expires' }),
      (text) => this.logger.warn(text),
    );
    this.logger.info?.(`connected to ${placeText(this.params)}`);
    const isFirst = !this.isRecovering;
    this.#handshakeEnded(null);
    if (isFirst) this.onOpen.call(this.#run, this);
  }

  #closed(error: AMQPError): void {
    const { host, port, socketPath, webSocket } = this.params;
    const named = socketPath === null && webSocket === null;
    if (error instanceof AMQPConnectionError && this.#link && named) error.locate(host, port);
    this.logger.info?.(`no connection to ${placeText(this.params)} any more: ${error.message}`);
    this.#login.stop();
    this.#link?.finish();
    if (this.#opened) this.#lost(error);
    else {
      this.#handshakeEnded(error);
      if (this.onOpenError.size > 0) this.onOpenError.call(this.#run, this, error);
      if (this.throwsOpenError) this.ioloop.fail(error);
    }
    if (!this.#link) this.#gone();
  }

  /** It was open: what it comes back from is not its end, and a failed attempt to come back is neither. */
  #lost(error: AMQPError): void {
    if (this.#onHandshake !== null) {
      this.#handshakeEnded(error);
      return;
    }
    // while it was away, or could not be had back, that was told before
    const isKnown = this.isRecovering || this.#recovery?.isOver === true;
    const isNews = !isKnown && !(error instanceof ConnectionClosedByClient);
    if (isNews) this.listeners.emit(this.#run, 'lost', error);
    if (this.#recovery?.survives(error)) this.#recovery.lost(error);
    else this.#end(error);
  }

  #end(error: AMQPError): void {
    this.#recovery?.ended(error);
    this.onClose.call(this.#run, this, error);
  }

  /** This side has closed it while there was no connection. */
  #closeLost(error: ConnectionClosedByClient): void {
    this.#recovery?.stop();
    this.ioloop.addCallback(() => {
      this.#link?.abandon(error);
      this.#end(error);
      this.#gone();
    });
  }

  #makeMachine(params: Parameters): ConnectionMachine {
    const owner = { events: this.#events(), connection: this, credentials: () => this.#login.credentials };
    return new ConnectionMachine(machineOptions(params, owner));
  }

  #recoveryEnds(): RecoveryEnds {
    return {
      drop: (reason) => this.#link?.abandon(reason),
      end: (reason) => {
        if (this.#machine.state === 'closed') this.#end(reason);
        else this.#link?.abandon(reason);
      },
      emit: (name, ...args) => {
        if (name === 'recovered' && this.#holdsReading) this.#link?.stopReading();
        this.listeners.emit(this.#run, name, ...args);
      },
    };
  }

  #handshakeEnded(error: AMQPError | null): void {
    const onHandshake = this.#onHandshake;
    this.#onHandshake = null;
    if (onHandshake) this.run(onHandshake, error);
  }

  /** The callbacks were called, and nothing is left of the stream. */
  #gone(): void {
    if (this.isClosed && this.#stopsLoop) this.ioloop.stop();
  }

  /** Each hand-over is told to the callbacks; a log that repeats it says nothing more. */
  #pressed(unsent: number, isFirst: boolean): void {
    const { host } = this.params;
    if (isFirst) {
      this.logger.warn(
        `${unsent} bytes wait to be sent to ${host}: the broker or the network is slower than this program`,
      );
    }
    this.onPressure.call(this.#run, this);
  }
}

/** What `connection.channel()` takes; without a number, the lowest that is free. */
export interface ChannelFields {
  readonly channelNumber?: number | null | undefined;
}
