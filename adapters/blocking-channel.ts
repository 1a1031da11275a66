import {
  type BasicConsume,
  type BasicGetOk,
  type BasicProperties,
  MethodNotImplemented,
  makeTypeError,
} from '../amqp/index.ts';
import type { BufferedConsumer, Delivered } from './blocking-consumers.ts';
import type { BlockingCore } from './blocking-core.ts';
import { BlockingFetch } from './blocking-fetch.ts';
import { BlockingInbox } from './blocking-inbox.ts';
import { type Inactivity, Messages } from './blocking-messages.ts';
import { BlockingPublisher } from './blocking-publisher.ts';
import { type ChannelNews, ChannelSession } from './blocking-session.ts';
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
import type { ChannelWire } from './channel-wire.ts';
import { inspectAs } from './inspection.ts';
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
      return { channelNumber, state: channel.machine.state, consumerTags };
    });
  }

  readonly #session: ChannelSession;
  readonly #inbox: BlockingInbox;
  readonly #publisher: BlockingPublisher;
  readonly #fetch: BlockingFetch;
  readonly #onCancel: CallbackList<[this, CancelNotice]>;
  readonly #onReturn: CallbackList<Parameters<OnReturn<this>>>;
  /**
   * Waits until the channel is open.
   * @param channelNumber - null or 0 = the lowest that is free
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  constructor(connection: H, core: BlockingCore, channelNumber: number | null, waiting: Waiting) {
    super(connection);
    const warn = (text: string): void => core.logger.warn(text);
    this.#onCancel = new CallbackList('basic.cancel', warn);
    this.#onReturn = new CallbackList('basic.return', warn);
    this.#session = new ChannelSession(core, channelNumber, waiting, this.#news());
    this.#inbox = new BlockingInbox(this.#session);
    this.#publisher = new BlockingPublisher(this.#session);
    this.#fetch = new BlockingFetch(this.#session);
    this.#session.open(waiting);
  }

  /** @internal */
  protected override get machine(): ChannelWire {
    return this.#session.machine;
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
    if (waiting.signal?.aborted === true) this.#session.within('basic.publish', waiting, () => undefined);
    const size = body.length + exchange.length + routingKey.length + MESSAGE_OVERHEAD;
    return this.#publisher.publish(exchange, routingKey, body, properties, mandatory, size, waiting);
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
    const { core } = this.#session;
    const handle = ({ method, properties, body }: Delivered): void =>
      core.handle(onMessage, this, method, properties, body);
    // wireFields has looked at each field
    return this.#inbox.consume(wire as unknown as BasicConsume, handle, checkWaiting(waiting));
  }

  /**
   * Ends a consumer. Messages for it that no handler has seen go back to the queue; with `autoAck` they are the caller's.
   * @returns these; an unknown tag is told in a warning and gives none
   * @see AMQP 0-9-1 basic.cancel (60, 30)
   */
  basicCancel(fields: BasicCancelFields, waiting?: Waiting): Delivered[] {
    const { consumerTag } = this.#wire('basicCancel', CANCEL_FIELDS, fields) as { consumerTag: string };
    const limits = checkWaiting(waiting);
    this.#session.requireOpen();
    const unseen = this.#inbox.cancel(consumerTag, limits);
    if (unseen !== null) return unseen;
    const tag = JSON.stringify(consumerTag);
    this.#session.core.logger.warn(`basicCancel: channel ${this.channelNumber} has no active consumer ${tag}`);
    return [];
  }

  /**
   * Fetches one message; null when the queue is empty.
   * @throws {DuplicateGetOkCallback} in a callback of the loop, while another one has no answer
   * @see AMQP 0-9-1 basic.get (60, 70)
   */
  basicGet(fields: BasicGetFields, waiting?: Waiting): Fetched | null {
    const { queue, noAck } = wireFields('basicGet', GET_FIELDS, fields) as { queue: string; noAck: boolean };
    const limits = checkWaiting(waiting);
    return this.#fetch.get(queue, noAck, limits);
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
    const begun = wire as unknown as BasicConsume; // wireFields has looked at each field
    const inactivity = inactivityTimeout as number | null; // the same
    this.#session.requireOpen();
    this.#inbox.requireSame(begun);
    let consumer: BufferedConsumer | null = null;
    return new Messages<Delivered | Inactivity>(() => {
      consumer ??= this.#inbox.consumeBuffered(begun, limits);
      return this.#inbox.next(consumer, inactivity, limits);
    });
  }

  /** How many messages have arrived for `consume()` and were not given yet. */
  getWaitingMessageCount(): number {
    return this.#inbox.buffered;
  }

  /**
   * Ends `consume()`. Messages that it has not given go back to the queue.
   * @returns how many these are; 0 with `autoAck`, where they are dropped, and when the broker has ended it before
   */
  cancel(waiting?: Waiting): number {
    return this.#inbox.cancelBuffered(checkWaiting(waiting));
  }

  /**
   * Dispatches until this channel has no consumer with a handler any more, or is closed by this side.
   * @throws {ReentrancyError} inside a handler
   * @throws {ChannelClosedByBroker} and what handlers throw
   */
  startConsuming(waiting?: Waiting): void {
    const limits = checkWaiting(waiting);
    this.#session.requireOpen();
    this.#inbox.refuseInHandler('startConsuming');
    this.#session.within('startConsuming', limits, (limited) =>
      this.#session.core.processUntil(() => !this.#inbox.hasConsumers, null, limited),
    );
    this.#session.requireOwnClose();
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
    const { publisher_confirms: confirms, 'basic.nack': nack } = this.#session.core.machine.serverCapabilities;
    if (this.isOpen && !(confirms === true && nack === true)) {
      throw new MethodNotImplemented('the broker has no publisher confirms: its capabilities do not name them');
    }
    if (this.#publisher.confirms) {
      this.#session.core.logger.error(`confirmDelivery: channel ${this.channelNumber} has confirms already`);
      return;
    }
    this.#publisher.begin(window, limits);
  }

  /**
   * Waits until every message has its confirm.
   * @throws {UnroutableError | NackError} with all messages that failed since the last call
   * @throws {PublishUnknownError} when the channel has closed before; `cause` is why
   */
  waitForConfirms(waiting?: Waiting): void {
    this.#publisher.flush(checkWaiting(waiting));
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
    this.#session.close(replyCode, replyText, limits);
    this.#inbox.clear();
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
    return this.#session.call(id, wire, checkWaiting(args[takesFields ? 1 : 0]));
  }

  /** @throws {TypeError} for `nowait` too: a call that blocks is one that waits */
  #wire(name: string, fields: CallFields, given: unknown): Record<string, unknown> {
    const wire = wireFields(name, fields, given);
    if (wire.nowait !== true) return wire;
    throw makeTypeError('ARG_UNKNOWN_FIELD', 'nowait', `nowait: a blocking ${name} waits for its reply`);
  }

  #news(): ChannelNews {
    return {
      closed: () => this.#inbox.clear(),
      away: () => this.#inbox.away(),
      returned: (method, properties, body) =>
        this.#inbox.put(() => {
          if (this.#onReturn.size > 0) this.#tell(this.#onReturn, this, method, properties, body);
          else
            this.#session.core.logger.debug?.(`channel ${this.channelNumber}: nobody listens to returns, and one came`);
        }),
      cancelled: (tag) =>
        this.#inbox.cancelled(tag, (consumerTag) =>
          this.#tell<[this, CancelNotice]>(this.#onCancel, this, { name: 'basic.cancel', consumerTag }),
        ),
      settled: (_token, tag, error) => this.#publisher.settled(tag, error),
    };
  }

  /** Calls every callback of a list. @throws the first error of one */
  #tell<A extends unknown[]>(list: CallbackList<A>, ...args: A): void {
    const errors: unknown[] = [];
    list.call(
      (callback, ...given) => {
        try {
          this.#session.core.handle(callback, ...given);
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
