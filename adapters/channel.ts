import {
  type AMQPError,
  type BasicCancelOk,
  type BasicConsumeOk,
  ChannelClosedByBroker,
  CONFIRM_SELECT,
  MethodNotImplemented,
  makeTypeError,
  PublishUnknownError,
  type ReplyHandler,
} from '../amqp/index.ts';
import { wireFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import { checkPublish, isMandatory, MESSAGE_OVERHEAD } from './cast-checks.ts';
import type { Confirmation, OnGet, OnMessage, UnknownOutcome } from './channel-callbacks.ts';
import { CALLS, CANCEL_FIELDS, type CallName, CLOSE_FIELDS, CONSUME_FIELDS, GET_FIELDS } from './channel-calls.ts';
import type { ChannelHost } from './channel-host.ts';
import { ChannelListeners } from './channel-listeners.ts';
import type {
  BasicCancelFields,
  BasicConsumeFields,
  BasicGetFields,
  ChannelMethods,
  CloseFields,
  PublishArguments,
} from './channel-methods.ts';
import type { ChannelWire, WireEvents } from './channel-wire.ts';
import { inspectAs } from './inspection.ts';
import { type Callback, defineMethods } from './surfaces.ts';

/**
 * A channel in callback style: made by `connection.channel()`, open when its callback is called. A reply comes to the
 * callback after the fields; a call that is lost to a close gets none, and the close callbacks tell why.
 */
// biome-ignore lint/correctness/noUnusedVariables: a merged interface has the parameters of its class
export interface Channel<H extends ChannelHost = ChannelHost> extends Callback<ChannelMethods> {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines each method of ChannelMethods
export class Channel<H extends ChannelHost = ChannelHost> extends ChannelListeners<H> {
  static {
    defineMethods(Channel.prototype, (channel, name, args) => channel.#ask(name, args));
    inspectAs(Channel, (channel) => {
      const { channelNumber, consumerTags } = channel;
      return { channelNumber, state: channel.#machine.state, consumerTags };
    });
  }

  readonly #host: H;
  readonly #machine: ChannelWire;
  readonly #onOpen: ((channel: this) => unknown) | null;
  #onAckOrNack: ((confirmation: Confirmation | UnknownOutcome) => unknown) | null = null;

  /**
   * @param channelNumber - null or 0 = the lowest that is free
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  constructor(host: H, channelNumber: number | null, onOpen: ((channel: Channel<H>) => unknown) | null) {
    super(host, (text) => host.logger.warn(text));
    this.#host = host;
    this.#onOpen = onOpen;
    this.#machine = host.openChannel(channelNumber === 0 ? null : channelNumber, this.#events());
  }

  /** @internal */
  protected override get machine(): ChannelWire {
    return this.#machine;
  }
  /** Of the consumers that are active or being cancelled. */
  get consumerTags(): string[] {
    return this.#machine.consumerTags;
  }
  get isOpening(): boolean {
    return this.#machine.state === 'opening';
  }
  /** Only after a close by this side. */
  get isClosing(): boolean {
    return this.#machine.state === 'closing';
  }

  /**
   * Sends a message.
   * @returns its sequence number in confirm mode, else undefined
   * @throws {RangeError} OUTBOUND_FULL when four times `outboundLimit` waits to be sent: stop at the backpressure callback
   */
  basicPublish(...args: PublishArguments): number | bigint | undefined;
  basicPublish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties?: PublishArguments[3],
    options?: PublishArguments[4],
  ): number | bigint | undefined {
    checkPublish(exchange, routingKey, body, properties);
    const mandatory = options !== undefined && isMandatory(options);
    this.#host.reserve(body.length + exchange.length + routingKey.length + MESSAGE_OVERHEAD);
    const sequence = this.#machine.publish(exchange, routingKey, body, properties, mandatory);
    return sequence === 0 ? undefined : sequence;
  }

  /**
   * Begins to consume a queue.
   * @param onMessage - called with each message
   * @param onOk - called when the broker has agreed
   * @returns the consumer's tag at once
   * @throws {DuplicateConsumerTag} when the channel has a consumer of this tag
   * @see AMQP 0-9-1 basic.consume (60, 20)
   */
  basicConsume(
    fields: BasicConsumeFields,
    onMessage: OnMessage<this>,
    onOk?: (reply: BasicConsumeOk) => unknown,
  ): string {
    const wire = wireFields('basicConsume', CONSUME_FIELDS, fields);
    checkCallback(onMessage, 'onMessage');
    const host = this.#host;
    return this.#machine.consume(
      wire,
      (method, properties, body) => host.run(onMessage, this, method, properties, body),
      this.#reply(onOk),
    );
  }

  /**
   * Ends a consumer. What still comes for it goes back to the queue. An unknown tag is told in a warning.
   * @see AMQP 0-9-1 basic.cancel (60, 30)
   */
  basicCancel(fields: BasicCancelFields, onOk?: (reply: BasicCancelOk) => unknown): void {
    const wire = wireFields('basicCancel', CANCEL_FIELDS, fields);
    const nowait = wire.nowait === true;
    if (!this.#machine.cancel(fields.consumerTag, nowait, this.#reply(onOk, nowait))) {
      const tag = JSON.stringify(fields.consumerTag);
      this.#host.logger.warn(`basicCancel: channel ${this.channelNumber} has no active consumer ${tag}`);
    }
  }

  /**
   * Fetches one message, past calls that wait for a reply.
   * @param onMessage - called with the channel and nulls when the queue was empty
   * @throws {DuplicateGetOkCallback} while another one has no answer
   * @see AMQP 0-9-1 basic.get (60, 70)
   */
  basicGet(fields: BasicGetFields, onMessage: OnGet<this>): void {
    const { queue, noAck } = wireFields('basicGet', GET_FIELDS, fields) as { queue: string; noAck: boolean };
    checkCallback(onMessage, 'onMessage');
    this.#machine.get(queue, noAck, (error, message) => {
      if (error !== null) return;
      this.#host.run(onMessage, this, message?.method ?? null, message?.properties ?? null, message?.body ?? null);
    });
  }

  /**
   * Has the broker confirm every message from here on; `basicPublish` then returns sequence numbers, from 1 on.
   * @param onAckOrNack - called with each confirm as it comes; takes the place of an earlier one. Where the connection comes
   *   back, also with `name: 'unknown'` for each message that a loss or a close of the channel left without one
   * @param onOk - called when the broker has agreed
   * @throws {MethodNotImplemented} when the broker does not have it
   * @see RabbitMQ's confirm.select (85, 10)
   */
  confirmDelivery(onAckOrNack?: (confirmation: Confirmation | UnknownOutcome) => unknown, onOk?: () => unknown): void {
    if (onAckOrNack !== undefined) checkCallback(onAckOrNack, 'onAckOrNack');
    const done = this.#reply(onOk);
    const { publisher_confirms: confirms, 'basic.nack': nack } = this.#host.machine.serverCapabilities;
    if (this.isOpen && !(confirms === true && nack === true)) {
      throw new MethodNotImplemented('the broker has no publisher confirms: its capabilities do not name them');
    }
    this.#machine.call(CONFIRM_SELECT, { nowait: false }, done);
    this.#onAckOrNack = onAckOrNack ?? null;
  }

  /**
   * Closes the channel: consumers are cancelled, calls that wait are answered first. The close callbacks are the answer.
   * @throws {ChannelWrongStateError} unless the channel is open or opening
   * @see AMQP 0-9-1 channel.close (20, 40)
   */
  close(fields?: CloseFields): void {
    const wire = wireFields('close', CLOSE_FIELDS, fields) as { replyCode: number; replyText: string };
    this.#machine.close(wire.replyCode, wire.replyText);
  }

  #ask(name: CallName, args: readonly unknown[]): void {
    const { id, fields } = CALLS[name];
    const takesFields = Object.keys(fields).length > 0;
    const wire = wireFields(name, fields, takesFields ? args[0] : undefined);
    const done = this.#reply(args[takesFields ? 1 : 0], wire.nowait === true);
    this.#machine.call(id, wire, done);
  }

  /** Turns the callback for a reply into what the machine calls. @throws {TypeError} when it is none, or cannot come */
  #reply(callback: unknown, nowait: boolean = false): ReplyHandler | null {
    if (callback === undefined) return null;
    checkCallback(callback, 'callback');
    if (nowait) throw makeTypeError('ARG_TYPE', 'nowait', 'with nowait there is no reply for a callback');
    const done = callback as (...reply: unknown[]) => unknown; // checkCallback has looked
    return (error, reply) => {
      if (error === null) this.#host.run(done, ...(reply === undefined ? [] : [reply]));
    };
  }

  #events(): WireEvents {
    const host = this.#host;
    const run: ChannelHost['run'] = (fn, ...args) => host.run(fn, ...args);
    return {
      open: () => {
        if (this.#onOpen !== null) host.run(this.#onOpen, this);
      },
      closed: (error) => this.#closed(error),
      returned: (method, properties, body) => {
        if (this.returnCallbacks.size > 0) this.returnCallbacks.call(run, this, method, properties, body);
        else host.logger.debug?.(`channel ${this.channelNumber}: a message came back and nobody listens to returns`);
      },
      cancelled: (consumerTag) => this.cancelCallbacks.call(run, this, { name: 'basic.cancel', consumerTag }),
      flow: (active) => {
        if (this.flowCallbacks.size > 0) this.flowCallbacks.call(run, this, { name: 'channel.flow', active });
        else host.logger.warn(`channel ${this.channelNumber}: the broker sent channel.flow ${active}, nobody listens`);
      },
      confirmed: (name, deliveryTag, multiple) => {
        if (this.#onAckOrNack !== null) host.run(this.#onAckOrNack, { name, deliveryTag, multiple });
      },
      settled: (_, deliveryTag, error) => {
        if (!(error instanceof PublishUnknownError) || this.#onAckOrNack === null) return;
        host.run(this.#onAckOrNack, { name: 'unknown', deliveryTag, multiple: false, error });
      },
      method: (id, fields) => this.hooks.call(run, this, id, fields),
    };
  }

  #closed(error: AMQPError): void {
    if (this.closeCallbacks.size === 0 && error instanceof ChannelClosedByBroker) {
      this.#host.logger.warn(`${error.message} (channel ${this.channelNumber} has no close callback)`);
    }
    this.closeCallbacks.call((fn, ...args) => this.#host.run(fn, ...args), this, error);
    this.clearListeners();
    this.#onAckOrNack = null;
  }
}
