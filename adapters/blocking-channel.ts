import {
  type AMQPError,
  BASIC_CANCEL,
  type BasicConsume,
  type BasicGetOk,
  type BasicProperties,
  ChannelClosedByBroker,
  ChannelClosedByClient,
  type ChannelEvents,
  type ChannelMachine,
  ChannelWrongStateError,
  CONFIRM_SELECT,
  ConnectionClosedByClient,
  type FetchedMessage,
  METHODS,
  type MethodId,
  MethodNotImplemented,
  makeRangeError,
  makeTypeError,
  PublishUnknownError,
  ReentrancyError,
} from '../amqp/index.ts';
import { BlockingConfirms } from './blocking-confirms.ts';
import { BufferedConsumer, type Delivered, HandlerConsumer } from './blocking-consumers.ts';
import type { BlockingCore } from './blocking-core.ts';
import { BlockingInbox } from './blocking-inbox.ts';
import { INACTIVITY, type Inactivity, Messages } from './blocking-messages.ts';
import type { Done, Limited, Limits } from './blocking-wait.ts';
import { type CallFields, wireFields } from './call-fields.ts';
import { CallbackList, checkCallback } from './callbacks.ts';
import { checkPublish, MESSAGE_OVERHEAD, optionFlag } from './cast-checks.ts';
import { ChannelBase } from './channel-base.ts';
import type { CancelNotice, OnMessage, OnReturn } from './channel-callbacks.ts';
import {
  CALLS,
  CANCEL_FIELDS,
  type CallName,
  CLOSE_FIELDS,
  CONFIRM_FIELDS,
  CONSUME_FIELDS,
  GENERATOR_FIELDS,
  GET_FIELDS,
} from './channel-calls.ts';
import type {
  BasicCancelFields,
  BasicConsumeFields,
  BasicGetFields,
  ChannelMethods,
  CloseFields,
  ConfirmFields,
  ConsumeFields,
  PublishArguments,
  PublishOptions,
} from './channel-methods.ts';
import { inspectAs } from './inspection.ts';
import { sameData } from './plain-data.ts';
import { type Blocking, defineMethods } from './surfaces.ts';
import { checkLimits, checkWaiting, UNLIMITED, type Waiting } from './waiting.ts';

/** What `basicGet` gives. */
export interface Fetched {
  readonly method: BasicGetOk;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
}

/** What a blocking `basicPublish` takes: with the limits of its wait, where it has to. */
export interface BlockingPublishOptions extends PublishOptions, Waiting {}

/**
 * A channel whose calls return the broker's reply, or throw. Made by `connection.channel()`. Handlers of messages,
 * returns and cancels run only inside `startConsuming()`, `consume()`, `processDataEvents()` and `sleep()`.
 *
 * Every call that waits takes `{ timeout, signal }` last. When the time is over (RpcTimeout) or the signal aborts
 * (WaitCancelled) the channel is closed, since nobody knows what has become of the call.
 */
// biome-ignore lint/correctness/noUnusedVariables: a merged interface has the parameters of its class
export interface BlockingChannel<H> extends Blocking<ChannelMethods> {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines each method of ChannelMethods
export class BlockingChannel<H> extends ChannelBase<H> {
  static {
    defineMethods(BlockingChannel.prototype, (channel, name, args) => channel.#ask(name, args));
    inspectAs(BlockingChannel, (channel) => {
      const { channelNumber, consumerTags } = channel;
      return { channelNumber, state: channel.#machine.state, consumerTags };
    });
  }

  readonly #core: BlockingCore;
  readonly #machine: ChannelMachine;
  readonly #inbox: BlockingInbox;
  readonly #onCancel: CallbackList<[this, CancelNotice]>;
  readonly #onReturn: CallbackList<Parameters<OnReturn<this>>>;
  readonly #giveUp = (error: AMQPError): void => this.#machine.abandon(error);
  #confirms: BlockingConfirms | null = null;
  #closedBy: AMQPError | null = null;
  /** A basic.get that was interrupted has no answer yet. */
  #strayGet = false;

  /**
   * Waits until the channel is open.
   * @param channelNumber - null or 0 = the lowest that is free
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  constructor(connection: H, core: BlockingCore, channelNumber: number | null, waiting: Waiting) {
    super(connection);
    const warn = (text: string): void => core.logger.warn(text);
    this.#core = core;
    this.#inbox = new BlockingInbox(core.events, core.wait.look);
    this.#onCancel = new CallbackList('basic.cancel', warn);
    this.#onReturn = new CallbackList('basic.return', warn);
    core.wait.enter();
    this.#machine = core.machine.openChannel(channelNumber === 0 ? null : channelNumber, this.#events(), waiting);
    try {
      this.#within('channel.open', { signal: waiting.signal }, (limited) =>
        core.wait.until(() => this.#machine.state !== 'opening', limited),
      );
    } finally {
      if (this.#machine.state === 'opening') this.#machine.close(200, 'nobody waits for it');
    }
    this.#throwIfClosed();
  }

  /** @internal */
  protected override get machine(): ChannelMachine {
    return this.#machine;
  }
  /** Of the consumers that have a handler; not of `consume()`. */
  get consumerTags(): string[] {
    return this.#inbox.tags;
  }

  /**
   * Sends a message. Without confirms it returns once the message is taken, and waits only while more than
   * `outboundLimit` is unsent. With confirms it waits for the broker's, or for room in the window.
   * @returns with a window of more than 1 its sequence number, else undefined
   * @throws {UnroutableError | NackError} the broker's verdict, with the message
   */
  basicPublish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties?: PublishArguments[3],
    options?: BlockingPublishOptions,
  ): number | bigint | undefined {
    checkPublish(exchange, routingKey, body, properties);
    const mandatory = options !== undefined && optionFlag(options, PUBLISH, 'mandatory', false);
    const waiting = options === undefined ? UNLIMITED : checkLimits(options);
    if (waiting.signal?.aborted === true) this.#within('basic.publish', waiting, () => undefined);
    const size = body.length + exchange.length + routingKey.length + MESSAGE_OVERHEAD;
    if (!this.#core.hasRoom(size)) this.#waitForRoom(size, waiting);
    const confirms = this.#confirms;
    if (confirms === null) {
      this.#machine.publish(exchange, routingKey, body, properties, mandatory);
      return undefined;
    }
    if (confirms.window === 1) this.#core.wait.enter();
    else if (!confirms.hasRoom) this.#waitForWindow(confirms, waiting);
    const tag = this.#machine.publish(exchange, routingKey, body, properties, mandatory, true);
    confirms.sent();
    if (confirms.window > 1) return tag;
    this.#waitForVerdict(confirms, tag, waiting);
    return undefined;
  }

  /**
   * Begins to consume a queue.
   * @param onMessage - called with each message, by a dispatch
   * @returns the consumer's tag
   * @throws {DuplicateConsumerTag} when the channel has a consumer of this tag
   * @see AMQP 0-9-1 basic.consume (60, 20)
   */
  basicConsume(fields: BasicConsumeFields, onMessage: OnMessage<this>, waiting?: Waiting): string {
    const wire = wireFields('basicConsume', CONSUME_FIELDS, fields);
    checkCallback(onMessage, 'onMessage');
    const consumer = new HandlerConsumer(wire.noAck === true, ({ method, properties, body }) =>
      this.#core.handle(onMessage, this, method, properties, body),
    );
    this.#beginConsumer(wire, consumer, checkWaiting(waiting));
    this.#inbox.add(consumer.tag, consumer);
    return consumer.tag;
  }

  /**
   * Ends a consumer. Messages for it that no handler has seen go back to the queue; with `autoAck` they are the caller's.
   * @returns these; an unknown tag is told in a warning and gives none
   * @see AMQP 0-9-1 basic.cancel (60, 30)
   */
  basicCancel(fields: BasicCancelFields, waiting?: Waiting): Delivered[] {
    const { consumerTag } = this.#wire('basicCancel', CANCEL_FIELDS, fields) as { consumerTag: string };
    const limits = checkWaiting(waiting);
    const consumer = this.#inbox.find(consumerTag);
    if (consumer === undefined) {
      this.#requireOpen();
      const tag = JSON.stringify(consumerTag);
      this.#core.logger.warn(`basicCancel: channel ${this.channelNumber} has no active consumer ${tag}`);
      return [];
    }
    if (!consumer.cancelled) this.#endConsumer(consumerTag, limits);
    return this.#giveBack(consumer, this.#inbox.remove(consumer));
  }

  /**
   * Fetches one message; null when the queue is empty.
   * @see AMQP 0-9-1 basic.get (60, 70)
   */
  basicGet(fields: BasicGetFields, waiting?: Waiting): Fetched | null {
    const { queue, noAck } = wireFields('basicGet', GET_FIELDS, fields) as { queue: string; noAck: boolean };
    const limits = checkWaiting(waiting);
    // one at a time: the answer to an earlier one, which nobody waits for any more, comes first
    if (this.#strayGet) this.#await('basic.get', limits, () => !this.#strayGet);
    let wanted = true;
    const take = (done: Done<FetchedMessage | null>): void =>
      this.#machine.get(
        queue,
        noAck,
        (error, message) => {
          if (wanted) done(error, message);
          else this.#dropStray(message, noAck);
        },
        limits,
      );
    return this.#reply('basic.get', limits, take, () => {
      wanted = false;
      this.#strayGet = true;
    });
  }

  /**
   * Consumes a queue as an iterable. Leaving the loop keeps the consumer and what has arrived; the next call with equal
   * arguments goes on with them. It ends with `cancel()`, or when the broker ends the consumer.
   * @param fields - with `inactivityTimeout` it gives nulls when no message came for so long
   * @throws {RangeError} when another one with other arguments has not been cancelled
   * @see AMQP 0-9-1 basic.consume (60, 20)
   */
  consume(
    fields: ConsumeFields & { readonly inactivityTimeout?: null | undefined },
    waiting?: Waiting,
  ): Messages<Delivered>;
  consume(fields: ConsumeFields, waiting?: Waiting): Messages<Delivered | Inactivity>;
  consume(fields: ConsumeFields, waiting?: Waiting): Messages<Delivered | Inactivity> {
    const { inactivityTimeout, ...wire } = wireFields('consume', GENERATOR_FIELDS, fields);
    const limits = checkWaiting(waiting);
    this.#requireOpen();
    this.#requireSame(wire);
    let consumer: BufferedConsumer | null = null;
    return new Messages<Delivered | Inactivity>(() => {
      consumer ??= this.#beginBuffered(wire, limits);
      return this.#next(consumer, inactivityTimeout as number | null, limits);
    });
  }

  /** How many messages have arrived for `consume()` and were not given yet. */
  getWaitingMessageCount(): number {
    return this.#inbox.buffered?.buffer.size ?? 0;
  }

  /**
   * Ends `consume()`. Messages that it has not given go back to the queue.
   * @returns how many these are; 0 with `autoAck`, where they are dropped, and when the broker has ended it before
   */
  cancel(waiting?: Waiting): number {
    const limits = checkWaiting(waiting);
    const consumer = this.#inbox.buffered;
    if (consumer === null) return 0;
    const endedBefore = consumer.ended;
    if (!endedBefore) this.#endConsumer(consumer.tag, limits);
    consumer.ended = true;
    this.#inbox.buffered = null;
    const left = consumer.buffer.extract((message): message is Delivered => message !== undefined);
    this.#giveBack(consumer, left);
    return endedBefore || consumer.autoAck ? 0 : left.length;
  }

  /**
   * Dispatches until this channel has no consumer with a handler any more, or is closed by this side.
   * @throws {ReentrancyError} inside a handler
   * @throws {ChannelClosedByBroker} and what handlers throw
   */
  startConsuming(waiting?: Waiting): void {
    const limits = checkWaiting(waiting);
    this.#requireOpen();
    this.#refuseInHandler('startConsuming');
    this.#within('startConsuming', limits, (limited) => {
      while (this.#inbox.hasConsumers) this.#core.process(null, () => !this.#inbox.hasConsumers, limited);
    });
  }

  /** Ends the consumer of this tag; without one, all of this channel, `consume()` included. */
  stopConsuming(consumerTag?: string, waiting?: Waiting): void {
    if (consumerTag !== undefined) {
      this.basicCancel({ consumerTag }, waiting);
      return;
    }
    for (const tag of this.consumerTags) this.basicCancel({ consumerTag: tag }, waiting);
    this.cancel(waiting);
  }

  /**
   * Has the broker confirm every message from here on.
   * @param fields - `window` 1: `basicPublish` waits for its confirm; more: it returns sequence numbers and waits only
   *   while so many are unconfirmed, and `waitForConfirms()` tells of what failed
   * @throws {MethodNotImplemented} when the broker does not have it
   * @see RabbitMQ's confirm.select (85, 10)
   */
  confirmDelivery(fields?: ConfirmFields, waiting?: Waiting): void {
    const { window } = wireFields('confirmDelivery', CONFIRM_FIELDS, fields) as { window: number };
    const limits = checkWaiting(waiting);
    const { publisher_confirms: confirms, 'basic.nack': nack } = this.#core.machine.serverCapabilities;
    if (this.isOpen && !(confirms === true && nack === true)) {
      throw new MethodNotImplemented('the broker has no publisher confirms: its capabilities do not name them');
    }
    if (this.#confirms !== null) {
      this.#core.logger.error(`confirmDelivery: channel ${this.channelNumber} has confirms already`);
      return;
    }
    this.#call(CONFIRM_SELECT, { nowait: false }, limits);
    this.#confirms = new BlockingConfirms(window, this.#core.maxUnconfirmed, this.#core.wait.look);
  }

  /**
   * Waits until every message has its confirm.
   * @throws {UnroutableError | NackError} with all messages that failed since the last call
   * @throws {PublishUnknownError} when the channel has closed before; `cause` is why
   */
  waitForConfirms(waiting?: Waiting): void {
    const limits = checkWaiting(waiting);
    const confirms = this.#confirms;
    if (confirms === null || !confirms.hasFailures) this.#requireOpen();
    if (confirms === null) return;
    this.#await('waitForConfirms', limits, () => confirms.unconfirmed === 0);
    const failure = confirms.takeFailures();
    if (failure !== null) this.#throw(failure);
  }

  /**
   * Closes the channel; what was delivered and not acknowledged goes back to the queues.
   * @throws {ChannelWrongStateError} unless the channel is open
   * @see AMQP 0-9-1 channel.close (20, 40)
   */
  close(fields?: CloseFields, waiting?: Waiting): void {
    const { replyCode, replyText } = wireFields('close', CLOSE_FIELDS, fields) as {
      replyCode: number;
      replyText: string;
    };
    const limits = checkWaiting(waiting);
    this.#core.wait.enter();
    this.#machine.close(replyCode, replyText, limits);
    this.#inbox.clear();
    this.#within('channel.close', { signal: limits.signal }, (limited) =>
      this.#core.wait.until(() => this.isClosed, limited),
    );
  }

  /** Closes the channel if it is open. */
  [Symbol.dispose](): void {
    if (this.isOpen) this.close();
  }

  /** @param callback - called by a dispatch when the broker has ended a consumer, which is gone by then */
  addOnCancelCallback(callback: (channel: this, method: CancelNotice) => unknown): void {
    this.#onCancel.add(callback);
  }
  removeOnCancelCallback(callback: (channel: this, method: CancelNotice) => unknown): boolean {
    return this.#onCancel.remove(callback);
  }

  /** @param callback - called by a dispatch with each mandatory message that no queue took */
  addOnReturnCallback(callback: OnReturn<this>): void {
    this.#onReturn.add(callback);
  }
  removeOnReturnCallback(callback: OnReturn<this>): boolean {
    return this.#onReturn.remove(callback);
  }

  #ask(name: CallName, args: readonly unknown[]): unknown {
    const { id, fields } = CALLS[name];
    const takesFields = args.length > 1 || Object.keys(fields).length > 0;
    const wire = this.#wire(name, fields, takesFields ? args[0] : undefined);
    return this.#call(id, wire, checkWaiting(args[takesFields ? 1 : 0]));
  }

  /** @throws {TypeError} for `nowait` too: a call that blocks is one that waits */
  #wire(name: string, fields: CallFields, given: unknown): Record<string, unknown> {
    const wire = wireFields(name, fields, given);
    if (wire.nowait !== true) return wire;
    throw makeTypeError('ARG_TYPE', 'nowait', `nowait: a blocking ${name} waits for its reply`);
  }

  #call(id: MethodId, wire: object, waiting: Waiting): unknown {
    const name = METHODS[id]?.name ?? '';
    return this.#reply<unknown>(name, waiting, (done) => this.#machine.call(id, wire, done, waiting));
  }

  /** Asks and waits. The machine minds the time of it; the signal is for the wait. */
  #reply<T>(name: string, waiting: Waiting, ask: (done: Done<T>) => void, undo?: () => void): T {
    const { wait } = this.#core;
    wait.enter();
    try {
      return wait.reply(ask, this.#limits(name, { signal: waiting.signal }), undo);
    } catch (error) {
      return this.#throw(error);
    }
  }

  /** Waits for something that this channel is told of. @throws what has ended the channel before */
  #await(name: string, waiting: Waiting, condition: () => boolean): void {
    this.#core.wait.enter();
    this.#within(name, waiting, (limited) =>
      this.#core.wait.until(() => condition() || this.#closedBy !== null, limited),
    );
  }

  #within(name: string, waiting: Waiting, work: (limited: Limited | null) => void): void {
    try {
      this.#core.wait.within(this.#limits(name, waiting), work);
    } catch (error) {
      this.#throw(error);
    }
  }

  #limits(name: string, { signal, timeout }: Waiting): Limits | null {
    return signal === undefined && timeout === undefined ? null : { name, signal, timeout, giveUp: this.#giveUp };
  }

  /** What is thrown here is not thrown by a dispatch as well. */
  #throw(error: unknown): never {
    this.#core.events.told(error instanceof PublishUnknownError ? error.cause : error);
    throw error;
  }

  /** The reason goes out first; then the state of a channel that has closed before. */
  #throwIfClosed(): void {
    if (this.#closedBy !== null) this.#throw(this.#closedBy);
  }

  /** @throws {ChannelWrongStateError | ConnectionWrongStateError} */
  #requireOpen(): void {
    if (this.isOpen) return;
    this.#core.wait.requireOpen();
    const { state } = this.#machine;
    throw new ChannelWrongStateError(`channel ${this.channelNumber} is ${state}`, { cause: this.#closedBy });
  }

  #refuseInHandler(name: string): void {
    this.#core.wait.enter();
    if (!this.#core.events.dispatching) return;
    throw new ReentrancyError(`${name} was called inside a handler: the call that runs the handler dispatches already`);
  }

  #beginConsumer(wire: object, consumer: HandlerConsumer | BufferedConsumer, waiting: Waiting): void {
    this.#reply<unknown>(
      'basic.consume',
      waiting,
      (done) => {
        consumer.tag = this.#machine.consume(wire as BasicConsume, this.#inbox.taker(consumer), done, waiting);
      },
      () => {
        if (this.isOpen) this.#machine.cancel(consumer.tag, true, null);
      },
    );
  }

  /** Until the broker has stopped, what comes is taken: nothing is lost of a consumer without acknowledgements. */
  #endConsumer(consumerTag: string, waiting: Waiting): void {
    this.#call(BASIC_CANCEL, { consumerTag, nowait: false }, waiting);
  }

  /** @returns what cannot go back to the queue */
  #giveBack({ autoAck }: HandlerConsumer | BufferedConsumer, messages: readonly Delivered[]): Delivered[] {
    if (autoAck) return [...messages];
    if (this.isOpen) for (const { method } of messages) this.#machine.reject(method.deliveryTag, true);
    return [];
  }

  #dropStray(message: FetchedMessage | null, noAck: boolean): void {
    this.#strayGet = false;
    if (message !== null && !noAck && this.isOpen) this.#machine.reject(message.method.deliveryTag, true);
    this.#core.wait.look();
  }

  #requireSame(wire: Readonly<Record<string, unknown>>): void {
    const { buffered } = this.#inbox;
    if (buffered === null || sameData(buffered.fields, wire)) return;
    throw makeRangeError(
      'ARG_RANGE',
      'fields',
      'fields: consume() goes on with what it has begun only for equal arguments; cancel() it before another one',
    );
  }

  #beginBuffered(wire: Readonly<Record<string, unknown>>, waiting: Waiting): BufferedConsumer {
    this.#refuseInHandler('consume');
    this.#requireSame(wire);
    const { buffered } = this.#inbox;
    if (buffered !== null) return buffered;
    const consumer = new BufferedConsumer(wire);
    this.#beginConsumer(wire, consumer, waiting);
    this.#inbox.buffered = consumer;
    return consumer;
  }

  /** The next message of `consume()`. @returns undefined when there will be none */
  #next(consumer: BufferedConsumer, inactivity: number | null, waiting: Waiting): Delivered | Inactivity | undefined {
    const { events, wait } = this.#core;
    const { buffer } = consumer;
    if (events.ready) events.dispatch();
    if (buffer.size > 0) return buffer.take();
    const deadline = inactivity === null ? null : wait.now + inactivity;
    const arrived = (): boolean => buffer.size > 0 || consumer.ended;
    this.#within('consume', { signal: waiting.signal }, (limited) => {
      for (let left = inactivity; !arrived(); left = deadline === null ? null : Math.max(0, deadline - wait.now)) {
        this.#core.process(left, arrived, limited);
        if (deadline !== null && wait.now >= deadline) break;
      }
    });
    if (buffer.size > 0) return buffer.take();
    return consumer.ended ? this.#endOfMessages(consumer) : INACTIVITY;
  }

  /** @throws what has closed the channel, unless this side has */
  #endOfMessages(consumer: BufferedConsumer): undefined {
    if (this.#inbox.buffered === consumer) this.#inbox.buffered = null;
    const reason = this.#closedBy;
    if (reason === null || reason instanceof ChannelClosedByClient || reason instanceof ConnectionClosedByClient)
      return;
    if (this.#core.events.told(reason)) throw reason;
    this.#requireOpen();
  }

  #waitForRoom(size: number, waiting: Waiting): void {
    // the protocol machine says what is wrong with a channel that is not open
    if (!this.isOpen) return;
    this.#await('basic.publish', waiting, () => this.#core.hasRoom(size));
    this.#throwIfClosed();
  }

  #waitForWindow(confirms: BlockingConfirms, waiting: Waiting): void {
    this.#await('basic.publish', waiting, () => confirms.hasRoom);
    if (this.#closedBy !== null) this.#throw(confirms.takeFailures() ?? this.#closedBy);
  }

  #waitForVerdict(confirms: BlockingConfirms, tag: number, waiting: Waiting): void {
    const settled = confirms.await(tag);
    this.#within('basic.publish', waiting, (limited) => this.#core.wait.until(settled, limited));
    const verdict = confirms.takeVerdict();
    if (verdict !== null) this.#throw(verdict);
  }

  #events(): ChannelEvents {
    const { wait, logger } = this.#core;
    return {
      open: wait.look,
      closed: (error) => {
        this.#closedBy = error;
        this.#inbox.clear();
        if (error instanceof ChannelClosedByBroker) this.#core.events.closed(error);
        wait.look();
      },
      returned: (method, properties, body) =>
        this.#inbox.put(() => {
          if (this.#onReturn.size > 0) this.#tell(this.#onReturn, this, method, properties, body);
          else logger.debug?.(`channel ${this.channelNumber}: a message came back and nobody listens to returns`);
        }),
      cancelled: (tag) =>
        this.#inbox.cancelled(tag, (consumerTag) =>
          this.#tell<[this, CancelNotice]>(this.#onCancel, this, { name: 'basic.cancel', consumerTag }),
        ),
      flow: (active) => logger.warn(`channel ${this.channelNumber}: the broker sent channel.flow ${active}`),
      confirmed: () => undefined,
      settled: (_token, tag, error) => this.#confirms?.settled(tag, error),
    };
  }

  /** Calls every callback of a list. @throws the first error of one */
  #tell<A extends unknown[]>(list: CallbackList<A>, ...args: A): void {
    const errors: unknown[] = [];
    list.call(
      (callback, ...given) => {
        try {
          this.#core.handle(callback, ...given);
        } catch (error) {
          errors.push(error);
        }
      },
      ...args,
    );
    if (errors.length > 0) throw errors[0];
  }
}

const PUBLISH = ['mandatory', 'signal', 'timeout'];
