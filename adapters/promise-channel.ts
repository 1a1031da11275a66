import {
  type AMQPError,
  type BasicCancelOk,
  type BasicConsume,
  type BasicConsumeOk,
  type BasicGetOk,
  type BasicProperties,
  type BasicReturn,
  ChannelClosedByBroker,
  ConsumerCancelled,
} from '../amqp/index.ts';
import { wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import { checkPublish, MESSAGE_OVERHEAD, optionFlag } from './cast-checks.ts';
import type { OnMessage } from './channel-callbacks.ts';
import { CALLS, CANCEL_FIELDS, type CallName, CLOSE_FIELDS, CONSUME_FIELDS, GET_FIELDS } from './channel-calls.ts';
import { ChannelListeners } from './channel-listeners.ts';
import type {
  BasicCancelFields,
  BasicConsumeFields,
  BasicGetFields,
  ChannelMethods,
  CloseFields,
  PublishArguments,
  PublishOptions,
} from './channel-methods.ts';
import type { ChannelWire } from './channel-wire.ts';
import { inspectAs } from './inspection.ts';
import { Answer } from './promise-answer.ts';
import { all, closeInOrder } from './promise-closing.ts';
import type { PromiseConsumer } from './promise-consumer.ts';
import { type ConsumeOptions, Consuming } from './promise-consuming.ts';
import type { ConnectionCore, PlainMessage } from './promise-core.ts';
import { PromiseFetch } from './promise-fetch.ts';
import type { Message } from './promise-message.ts';
import { PromisePublisher } from './promise-publisher.ts';
import { type ChannelNews, type Done, type PromiseCore, PromiseSession } from './promise-session.ts';
import { defineMethods, type Promised } from './surfaces.ts';
import { checkLimits, checkWaiting, UNLIMITED, type Waiting } from './waiting.ts';

/** A mandatory message that no queue took. */
export type ReturnedMessage = PlainMessage<BasicReturn, BasicProperties>;

/** What a `basicPublish` in promises takes: with the limits of its promise. */
export interface PromisePublishOptions extends PublishOptions, Waiting {}

/**
 * A channel whose calls are promises. Made by `connection.channel()`. Each settles once: with the broker's reply, or with
 * what has closed the channel; a mistake in its arguments rejects it, too. Acknowledgements alone go out at once, and throw.
 *
 * Every call takes `{ signal, timeout }` last. An aborted signal rejects with its reason and leaves the channel open, a
 * reply that comes later is dropped. When the time is over the call rejects with RpcTimeout and the channel is closed.
 */
// biome-ignore lint/correctness/noUnusedVariables: a merged interface has the parameters of its class
export interface PromiseChannel<H> extends Promised<ChannelMethods> {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines each method of ChannelMethods
export class PromiseChannel<H> extends ChannelListeners<H> {
  static {
    defineMethods(PromiseChannel.prototype, (channel, name, args) => channel.#ask(name, args));
    inspectAs(PromiseChannel, (channel) => {
      const { channelNumber, consumerTags } = channel;
      return { channelNumber, state: channel.machine.state, consumerTags };
    });
  }

  readonly #session: PromiseSession;
  readonly #publisher: PromisePublisher;
  readonly #fetch: PromiseFetch;
  readonly #consuming: Consuming;
  readonly #returnsOf: () => ReturnHandler | null;
  readonly #closed: Promise<AMQPError>;
  #onReturn: ReturnHandler | null = null;
  #closing: Promise<void> | null = null;
  #stopping: Promise<unknown> | null = null;
  /** Nobody listened to a return, and the warning was given. */
  #warned = false;
  /** Somebody has the promise of the end. */
  #isWatched = false;

  /**
   * Asks for the channel.
   * @param returnsOf - what the connection does with returned messages
   * @param isLasting - whether it comes back with a connection that does
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   * @internal
   */
  constructor(
    host: H,
    core: ConnectionCore,
    channelNumber: number | null,
    waiting: Waiting,
    returnsOf: () => ReturnHandler | null,
    isLasting: boolean,
  ) {
    super(host, (text) => core.logger.warn(text));
    this.#returnsOf = returnsOf;
    this.#session = new PromiseSession(core, channelNumber, waiting, this.#news(), isLasting);
    this.#publisher = new PromisePublisher(this.#session);
    this.#fetch = new PromiseFetch(this.#session);
    this.#consuming = new Consuming(this.#session, core.brake, core.turns);
    this.#closed = new Promise((resolve) => this.#session.onClosed(resolve));
    this.#session.onClosed((error) => this.#ended(error));
  }

  /** @internal */
  protected override get machine(): ChannelWire {
    return this.#session.machine;
  }
  /** @internal what consumers stand on */
  get core(): PromiseCore {
    return this.#session;
  }
  /** @internal resolves when the channel is open */
  get opened(): Answer<void> {
    return this.#session.opened;
  }
  /** Of the consumers that are active or being cancelled. */
  get consumerTags(): string[] {
    return this.machine.consumerTags;
  }
  /** Resolves with the reason when the channel has closed, from whichever side. */
  get closed(): Promise<AMQPError> {
    this.#isWatched = true;
    return this.#closed;
  }
  /** Gets each mandatory message that no queue took, on a channel without confirms; null: the connection's does. */
  get onReturn(): ReturnHandler | null {
    return this.#onReturn;
  }
  set onReturn(callback: ReturnHandler | null | undefined) {
    if (callback != null) checkCallback(callback, 'onReturn');
    this.#onReturn = callback ?? null;
  }

  /**
   * Sends a message. Without confirms the promise resolves once there is room for it: to await it is all the flow control
   * that a program needs. With confirms it settles at the broker's verdict; many may be under way.
   * @returns with confirms the sequence number, else undefined
   * @throws {UnroutableError | NackError} the broker's verdict, with the message
   * @throws {PublishUnknownError} the channel has closed before the verdict; `cause` is why
   * @throws {RangeError} OUTBOUND_FULL: too much waits for room already, since nobody awaited these promises
   */
  basicPublish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties?: PublishArguments[3],
    options?: PromisePublishOptions,
  ): Promise<number | bigint | undefined> {
    try {
      checkPublish(exchange, routingKey, body, properties);
      const mandatory = options !== undefined && optionFlag(options, PUBLISH, 'mandatory', false);
      const waiting = options === undefined ? UNLIMITED : checkLimits(options);
      const size = body.length + exchange.length + routingKey.length + MESSAGE_OVERHEAD;
      return this.#publisher.publish(exchange, routingKey, body, properties, mandatory, size, waiting);
    } catch (error) {
      return this.#session.rejected(error);
    }
  }

  /**
   * Begins to consume a queue with a handler; `consume()` gives the messages to a loop, one at a time.
   * @param onMessage - called with each message; when it throws, or its promise rejects, `onError` hears of it
   * @throws {DuplicateConsumerTag} when the channel has a consumer of this tag
   * @see AMQP 0-9-1 basic.consume (60, 20)
   */
  basicConsume(fields: BasicConsumeFields, onMessage: OnMessage<this>, waiting?: Waiting): Promise<BasicConsumeOk> {
    const session = this.#session;
    return this.#reply<BasicConsumeOk>(waiting, (limits, done) => {
      const wire = wireFields('basicConsume', CONSUME_FIELDS, fields);
      checkCallback(onMessage, 'onMessage');
      // wireFields has looked at each field
      session.machine.consume(
        wire as unknown as BasicConsume,
        (method, properties, body) => session.run(onMessage, this, method, properties, body),
        (error, reply) => done(error, reply as BasicConsumeOk), // a call with this reply
        limits,
      );
    });
  }

  /**
   * Consumes a queue as an async iterable; nothing is asked before the first `next()`. A slow loop body holds the broker up:
   * by the prefetch, which is 100 where none was set; with `autoAck` or a prefetch of 0, by not reading on while 16 MiB wait.
   * Leaving the loop ends the consumer and gives back what was not looked at.
   * @param options - `signal` ends it with the signal's reason
   * @throws {ConsumerCancelled} from the loop, when the broker has ended the consumer; what closes the channel likewise
   * @see AMQP 0-9-1 basic.consume (60, 20)
   */
  consume(fields: BasicConsumeFields, options?: ConsumeOptions): PromiseConsumer {
    // wireFields looks at each field
    const wire = wireFields('consume', CONSUME_FIELDS, fields) as unknown as BasicConsume;
    return this.#consuming.consume(wire, options);
  }

  /**
   * Ends a consumer. What still comes for it goes back to the queue. An unknown tag is told in a warning.
   * @see AMQP 0-9-1 basic.cancel (60, 30)
   */
  basicCancel(fields: BasicCancelFields, waiting?: Waiting): Promise<BasicCancelOk | undefined> {
    return this.#reply<BasicCancelOk | undefined>(waiting, (limits, done) => {
      const wire = wireFields('basicCancel', CANCEL_FIELDS, fields) as { consumerTag: string; nowait: boolean };
      const { consumerTag, nowait } = wire;
      // the reply of this call, or none with nowait
      const settle = (error: AMQPError | null, reply: object | undefined): void => done(error, reply as BasicCancelOk);
      if (this.machine.cancel(consumerTag, nowait, settle, limits)) {
        this.#consuming.ended(consumerTag);
        return;
      }
      const tag = JSON.stringify(consumerTag);
      this.#session.logger.warn(`basicCancel: channel ${this.channelNumber} has no active consumer ${tag}`);
      done(null, nowait ? undefined : { consumerTag });
    });
  }

  /**
   * Fetches one message; null when the queue is empty.
   * @throws {DuplicateGetOkCallback} while another one has no answer
   * @see AMQP 0-9-1 basic.get (60, 70)
   */
  basicGet(fields: BasicGetFields, waiting?: Waiting): Promise<Message<BasicGetOk> | null> {
    try {
      const { queue, noAck } = wireFields('basicGet', GET_FIELDS, fields) as { queue: string; noAck: boolean };
      return this.#fetch.get(queue, noAck, checkWaiting(waiting));
    } catch (error) {
      return this.#session.rejected(error);
    }
  }

  /**
   * Has the broker confirm every message from here on: the promises of `basicPublish` settle with its verdicts.
   * @throws {MethodNotImplemented} when the broker does not have it
   * @see RabbitMQ's confirm.select (85, 10)
   */
  confirmDelivery(waiting?: Waiting): Promise<void> {
    try {
      return this.#publisher.select(checkWaiting(waiting));
    } catch (error) {
      return this.#session.rejected(error);
    }
  }

  /**
   * Resolves when every message has its verdict, which is in the promise of its `basicPublish`; rejects with what closes the
   * channel before.
   */
  waitForConfirms(waiting?: Waiting): Promise<void> {
    try {
      return this.#publisher.whenSettled(checkWaiting(waiting));
    } catch (error) {
      return this.#session.rejected(error);
    }
  }

  /**
   * Closes the channel: consumers get nothing more, handlers that run and messages without a verdict are waited for within
   * `closeTimeout`, or the `timeout` given. Resolves when it is closed, also by the other side; once for all callers.
   * @see AMQP 0-9-1 channel.close (20, 40)
   */
  close(fields?: CloseFields, waiting?: Waiting): Promise<void> {
    const session = this.#session;
    if (this.#closing !== null) return this.#closing;
    try {
      const wire = wireFields('close', CLOSE_FIELDS, fields) as { replyCode: number; replyText: string };
      const limits = checkWaiting(waiting);
      const answer = new Answer<void>();
      if (!session.heed(answer, limits)) return answer;
      this.#closing = answer;
      session.onClosed(() => answer.settle(undefined));
      if (!session.lasts) return answer;
      const late = (waited: number): void => this.warnOfHandlers(waited);
      closeInOrder(session.loop, limits.timeout ?? session.core.closeTimeout, this.stop(), late, (timeout) => {
        if (session.lasts) this.machine.close(wire.replyCode, wire.replyText, { timeout });
      });
      return answer;
    } catch (error) {
      return session.rejected(error);
    }
  }

  /**
   * @internal ends in order what stands on the channel; its close and the connection's may wait for the same.
   * @returns null when nothing runs, else what resolves then
   */
  stop(): Promise<unknown> | null {
    if (this.#stopping !== null) return this.#stopping;
    this.#stopping = all([this.#session.stop(), this.#publisher.whenIdle()]);
    return this.#stopping;
  }

  /** @internal a close goes on, and handlers or loops run still */
  warnOfHandlers(waited: number): void {
    const { running, logger } = this.#session;
    if (running === 0) return;
    logger.warn(
      `channel ${this.channelNumber}: close() has waited ${Math.round(waited)} ms for ${running} of its handlers and loops, and ` +
        'goes on without; one that awaits the close() of its own channel waits for itself',
    );
  }

  /** @internal sends what waits for room */
  look(): void {
    this.#publisher.look();
  }

  /** Closes the channel unless it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #ask(name: CallName, args: readonly unknown[]): Promise<unknown> {
    try {
      const { id, fields } = CALLS[name];
      const takesFields = args.length > 1 || Object.keys(fields).length > 0;
      const wire = wireFields(name, fields, takesFields ? args[0] : undefined);
      if (name === 'basicQos') this.#consuming.prefetchAsked(Number(wire.prefetchCount), wire.global === true);
      return this.#session.ask(id, wire, checkWaiting(args[takesFields ? 1 : 0]));
    } catch (error) {
      return this.#session.rejected(error);
    }
  }

  /** Asks what has a reply; mistakes that are found before reject as well. */
  #reply<T>(waiting: Waiting | undefined, ask: (limits: Waiting, done: Done<T>) => void): Promise<T> {
    try {
      const limits = checkWaiting(waiting);
      return this.#session.reply<T>(limits, (done) => ask(limits, done));
    } catch (error) {
      return this.#session.rejected(error);
    }
  }

  #news(): ChannelNews {
    const session = (): PromiseSession => this.#session;
    const run: ConnectionCore['run'] = (fn, ...args) => session().core.run(fn, ...args);
    return {
      returned: (method, properties, body) => {
        this.returnCallbacks.call(run, this, method, properties, body);
        if (!this.#publisher.confirms) this.#returned({ method, properties, body });
      },
      cancelled: (consumerTag) => {
        if (this.cancelCallbacks.size > 0) {
          this.cancelCallbacks.call(run, this, { name: 'basic.cancel', consumerTag });
        } else if (!session().cancelled(consumerTag)) {
          session().report(new ConsumerCancelled(consumerTag));
        }
      },
      flow: (active) => {
        this.#publisher.look();
        this.flowCallbacks.call(run, this, { name: 'channel.flow', active });
      },
      settled: (token, tag, error) => this.#publisher.settled(token, tag, error),
      back: () => this.#publisher.look(),
      method: (id, fields) => this.hooks.call(run, this, id, fields),
    };
  }

  #returned(message: ReturnedMessage): void {
    const handler = this.#onReturn ?? this.#returnsOf();
    const { core } = this.#session;
    if (handler !== null) core.run(handler, message);
    else if (this.returnCallbacks.size === 0 && !this.#warned) {
      this.#warned = true;
      const { exchange, routingKey, replyText } = message.method;
      core.logger.warn(
        `channel ${this.channelNumber}: a message to exchange ${JSON.stringify(exchange)} with key ` +
          `${JSON.stringify(routingKey)} came back (${replyText}), and nobody listens: set channel.onReturn`,
      );
    }
  }

  /** What the broker has closed, and nobody has heard of, is told. */
  #ended(error: AMQPError): void {
    const { core } = this.#session;
    if (this.closeCallbacks.size > 0 || this.#isWatched) core.reports.tell(error);
    else if (error instanceof ChannelClosedByBroker) core.reports.late(error);
    this.closeCallbacks.call((fn, ...args) => core.run(fn, ...args), this, error);
    this.clearListeners();
  }
}

/** Gets each mandatory message that no queue took. */
export type ReturnHandler = (message: ReturnedMessage) => unknown;

const PUBLISH = ['mandatory', 'signal', 'timeout'];
