import { ChannelPatience } from './channel-patience.ts';
import { decodeMethod, encodeChannelClose, encodeChannelCloseOk, encodeChannelFlowOk } from './codec.ts';
import type { Verdict } from './confirms.ts';
import { Consumer, newConsumerTag } from './consumers.ts';
import type { Content } from './content.ts';
import {
  type AMQPError,
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ChannelWrongStateError,
  ConnectionWrongStateError,
} from './errors.ts';
import type { ChannelEvents, GetHandler, MessageHandler, ReplyHandler } from './events.ts';
import { Inbox, type PendingGet } from './inbox.ts';
import type { Link } from './link.ts';
import { encodeMethodFrame } from './marshal.ts';
import {
  BASIC_ACK,
  BASIC_CANCEL,
  BASIC_CONSUME,
  BASIC_DELIVER,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  BASIC_NACK,
  BASIC_RETURN,
  type BasicAck,
  type BasicCancel,
  type BasicConsume,
  type BasicDeliver,
  type BasicGetOk,
  type BasicNack,
  type BasicProperties,
  type BasicReturn,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_FLOW,
  CHANNEL_FLOW_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  type ChannelClose,
  type ChannelFlow,
  CONFIRM_SELECT,
  type Decoded,
  METHODS,
  type MethodId,
  type PropertiesIn,
} from './methods.ts';
import { printable } from './printable.ts';
import { Publisher } from './publisher.ts';
import type { Reader } from './reader.ts';
import { type Call, RpcQueue } from './rpc-queue.ts';
import { type ChannelState, nextChannelState, wrongState } from './states.ts';
import { FRAME_HEADER, FRAME_METHOD } from './writer.ts';

/** What an end left to be told. */
interface Ending {
  readonly error: AMQPError;
  readonly calls: readonly Call[];
  readonly get: PendingGet | null;
  readonly verdicts: readonly Verdict[];
}

/** Where the numbers of a channel go on that takes the place of one on an earlier connection. */
export interface ChannelNumbering {
  /** The last delivery tag, and the last sequence number of a message, that were given out before. */
  readonly delivered: number;
  readonly published: number;
}

/** What a call may choose for itself. */
export interface CallOptions {
  /** Milliseconds, null for no limit; by default the connection's rpcTimeout. */
  readonly timeout?: number | null | undefined;
}

/** One channel of a connection, sans I/O (AMQP 0-9-1 §1.3.2). Made by {@link ConnectionMachine.openChannel}. */
export class ChannelMachine {
  readonly number: number;
  readonly #link: Link;
  readonly #events: ChannelEvents;
  readonly #rpc: RpcQueue;
  readonly #inbox: Inbox;
  readonly #publisher: Publisher;
  readonly #patience: ChannelPatience;
  #state: ChannelState = 'opening';
  #flowActive = true;
  /** Why the channel closes or closed. */
  #reason: AMQPError | null = null;
  #ending: Ending | null = null;

  constructor(number: number, link: Link, events: ChannelEvents, { delivered, published }: ChannelNumbering) {
    this.number = number;
    this.#link = link;
    this.#events = events;
    this.#rpc = new RpcQueue(link, number, (id) => this.#sent(id));
    this.#inbox = new Inbox(link, number, events, delivered);
    this.#publisher = new Publisher(link, number, events, published);
    const waitsFor = { rpc: this.#rpc, inbox: this.#inbox, publisher: this.#publisher };
    this.#patience = new ChannelPatience(link, number, waitsFor, (error) =>
      this.#abandon(error ?? this.#reasonToClose()),
    );
  }

  /** Asks the broker to open the channel. */
  begin(options?: CallOptions): void {
    this.#ask(CHANNEL_OPEN, {}, null, this.#timeoutOf(options));
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Whether the broker wants messages published: channel.flow can take that back. */
  get flowActive(): boolean {
    return this.#flowActive;
  }

  /** Whether the broker owes an answer: to a call, or the confirm of a message. */
  get awaitsAnswer(): boolean {
    return this.#rpc.awaited !== null || this.#inbox.get !== null || this.#publisher.unconfirmed > 0;
  }

  /** Messages that the broker has not confirmed, and deliveries that wait for an acknowledgement. */
  get open(): { readonly unconfirmed: number; readonly unacked: number } {
    return { unconfirmed: this.#publisher.unconfirmed, unacked: this.#inbox.unacked.size };
  }

  /** What was given out so far, for the channel that takes its place on the next connection. */
  get numbering(): ChannelNumbering {
    return { delivered: this.#inbox.last, published: this.#publisher.last };
  }

  /** Consumers that are active or wait for cancel-ok. */
  get consumerTags(): string[] {
    return this.#inbox.consumers.tags;
  }

  /**
   * Calls a method that has a reply; one awaits it at a time, the rest queue in order.
   * @param fields - by the protocol's names; with `nowait` no reply comes, and `done` is called once it is written
   * @param options - `timeout` in milliseconds, null for none
   * @throws ChannelWrongStateError, ConnectionWrongStateError once that is closed, and TypeError or RangeError for fields that cannot be encoded
   */
  call(id: MethodId, fields: object, done: ReplyHandler | null, options?: CallOptions): void {
    this.requireOpen();
    this.#ask(id, fields, done, this.#timeoutOf(options));
  }

  /** @throws ChannelWrongStateError, or ConnectionWrongStateError where no channel at all could do it any more */
  requireOpen(): void {
    if (this.#state === 'open') return;
    const reason = this.#link.closedBy();
    throw reason === null
      ? this.#wrongState()
      : wrongState(ConnectionWrongStateError, `the connection of channel ${this.number} is closed`, reason);
  }

  /**
   * Publishes a message; a body of 64 KiB or more is kept by reference until it is written.
   * @param token - in confirm mode: asks for `settled` with this token
   * @param own - the body that its error shows, where the one sent is a copy
   * @returns the sequence number in confirm mode, else 0
   */
  publish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties: PropertiesIn | null = null,
    mandatory = false,
    token?: unknown,
    own?: string | Uint8Array,
  ): number {
    if (this.#state !== 'open') this.requireOpen();
    const tag = this.#publisher.publish(exchange, routingKey, body, properties, mandatory, token, own);
    if (tag > 0) this.#patience.begin();
    this.#link.output.wrote();
    return tag;
  }

  /** @throws RangeError `UNKNOWN_DELIVERY_TAG` for a tag that is not open; 0 with `multiple` stands for all there are */
  ack(tag: number | bigint, multiple: boolean): void {
    if (this.#state !== 'open') this.#requireChannel();
    this.#inbox.ack(tag, multiple);
  }

  /** As {@link ack}, to refuse (RabbitMQ's extension). */
  nack(tag: number | bigint, multiple: boolean, requeue: boolean): void {
    this.#requireChannel();
    this.#inbox.nack(tag, multiple, requeue);
  }

  /** As {@link ack}, to refuse one. */
  reject(tag: number | bigint, requeue: boolean): void {
    this.#requireChannel();
    this.#inbox.reject(tag, requeue);
  }

  /** @returns the consumer's tag, which is chosen here when the fields have none. @throws DuplicateConsumerTag */
  consume(fields: BasicConsume, onMessage: MessageHandler, done: ReplyHandler | null, options?: CallOptions): string {
    this.requireOpen();
    const consumers = this.#inbox.consumers;
    const consumerTag = fields.consumerTag ? fields.consumerTag : newConsumerTag(this.number);
    consumers.add(new Consumer(consumerTag, fields.queue ?? '', fields.noAck === true, onMessage));
    try {
      this.#ask(BASIC_CONSUME, { ...fields, consumerTag }, done, this.#timeoutOf(options));
    } catch (error) {
      consumers.remove(consumerTag);
      throw error;
    }
    return consumerTag;
  }

  /** @returns false when no such consumer is active. What still comes for it goes back to the queue. */
  cancel(consumerTag: string, nowait: boolean, done: ReplyHandler | null, options?: CallOptions): boolean {
    this.requireOpen();
    if (!this.#inbox.consumers.isActive(consumerTag)) return false;
    this.#ask(BASIC_CANCEL, { consumerTag, nowait }, done, this.#timeoutOf(options));
    this.#inbox.consumers.cancel(consumerTag, nowait);
    return true;
  }

  /** Fetches one message; calls that queue do not hold it up. @throws DuplicateGetOkCallback while one is under way */
  get(queue: string, noAck: boolean, done: GetHandler, options?: CallOptions): void {
    this.requireOpen();
    this.#inbox.fetch(queue, noAck, done, this.#timeoutOf(options));
    this.#patience.begin();
    this.#link.output.wrote();
  }

  /** Turns confirm mode on: messages count from the moment in which this is sent. */
  confirmSelect(nowait: boolean, done: ReplyHandler | null): void {
    this.call(CONFIRM_SELECT, { nowait }, done);
  }

  /**
   * Cancels the consumers, then closes behind the calls that wait.
   * @param options - `timeout`: by default the connection's closeTimeout
   * @throws ChannelWrongStateError
   */
  close(replyCode: number, replyText: string, { timeout = this.#link.limits.closeTimeout }: CallOptions = {}): void {
    if (this.#state !== 'opening') this.requireOpen();
    // a text that does not fit must not leave the consumers cancelled
    encodeMethodFrame(this.number, CHANNEL_CLOSE, { replyCode, replyText });
    const consumers = this.#inbox.consumers;
    for (const consumerTag of consumers.activeTags) {
      consumers.cancel(consumerTag, true);
      this.#ask(BASIC_CANCEL, { consumerTag, nowait: true }, null);
    }
    this.#state = nextChannelState(this.#state, 'close');
    this.#reason = new ChannelClosedByClient(replyCode, replyText, {}, this.number);
    this.#ask(CHANNEL_CLOSE, { replyCode, replyText }, null, timeout);
  }

  /** Gives the channel up, without waiting for the broker; whatever is pending ends with this error, before it returns. */
  abandon(error: AMQPError): void {
    if (this.#state !== 'closed') this.#abandon(error);
  }

  /** Takes a frame of this channel. @throws ProtocolSyntaxError */
  frame(type: number, bytes: Uint8Array, start: number, end: number): void {
    const content = this.#inbox.content;
    const reader = this.#link.reader.reset(bytes, start, end);
    if (type === FRAME_METHOD) {
      this.#method(reader.long(), reader);
      return;
    }
    if (this.#isLeaving && content.idle) return;
    const whole = type === FRAME_HEADER ? content.header(reader) : content.body(bytes, start, end);
    if (whole !== null) this.#message(whole);
  }

  /** Whether a message to a consumer may be taken by {@link deliver}, past the ordinary way. */
  get takesDeliveries(): boolean {
    return this.#state === 'open' && this.#inbox.content.idle;
  }

  /** Takes a whole message to a consumer. @throws UnexpectedFrameError when its tag was used before */
  deliver(method: Decoded<BasicDeliver>, properties: BasicProperties, body: Uint8Array): void {
    this.#events.method?.(BASIC_DELIVER, method);
    if (this.#state === 'open') this.#inbox.deliver(method, properties, body);
  }

  /** Ends the channel without a word to anybody; {@link tell} makes up for it. */
  collapse(error: AMQPError): void {
    if (this.#state === 'closed') return;
    this.#state = nextChannelState(this.#state, 'end');
    this.#reason = error;
    this.#patience.end();
    const get = this.#inbox.close();
    this.#ending = { error, calls: this.#rpc.drain(), get, verdicts: this.#publisher.giveUp(error) };
  }

  /** Tells the end: to the calls, to whoever waits for confirms, to the owner. */
  tell(): void {
    const ending = this.#ending;
    if (ending === null) return;
    this.#ending = null;
    for (const call of ending.calls) call.done?.(ending.error, undefined);
    ending.get?.done(ending.error, null);
    this.#publisher.tell(ending.verdicts);
    this.#events.closed(ending.error);
  }

  /** Whether our close is on its way: what still comes was sent before the broker saw it. */
  get #isLeaving(): boolean {
    return this.#rpc.awaited?.id === CHANNEL_CLOSE;
  }

  #method(id: MethodId, reader: Reader): void {
    this.#inbox.content.checkIdle(id);
    const fields = decodeMethod(reader, id);
    switch (id) {
      // the fields of each are of the type that its id says
      case BASIC_DELIVER:
      case BASIC_RETURN:
      case BASIC_GET_OK:
        this.#inbox.begin(id, fields);
        break;
      case BASIC_ACK:
        this.#publisher.confirmed('basic.ack', fields as Decoded<BasicAck>);
        break;
      case BASIC_NACK:
        this.#publisher.confirmed('basic.nack', fields as Decoded<BasicNack>);
        break;
      case BASIC_GET_EMPTY:
        this.#inbox.fetched(null);
        break;
      case BASIC_CANCEL:
        this.#inbox.cancelled(fields as Decoded<BasicCancel>);
        break;
      case CHANNEL_FLOW:
        this.#flow(fields as Decoded<ChannelFlow>);
        break;
      case CHANNEL_CLOSE:
        this.#peerClose(fields as Decoded<ChannelClose>);
        break;
      default:
        this.#reply(id, fields);
    }
    this.#events.method?.(id, fields);
  }

  #reply(id: MethodId, fields: object): void {
    if (id === CHANNEL_CLOSE_OK) {
      this.#rpc.match(id, fields);
      this.#end(this.#reasonToClose(), false);
      return;
    }
    if (this.#isLeaving) return;
    const call = this.#rpc.match(id, fields);
    if (id === CHANNEL_OPEN_OK) this.#state = nextChannelState(this.#state, 'openOk');
    if (id === CHANNEL_FLOW_OK) this.#flowActive = (fields as Decoded<ChannelFlow>).active;
    this.#inbox.replied(id, fields);
    const sent = this.#rpc.next();
    this.#patience.replied();
    if (id === CHANNEL_OPEN_OK && this.#state === 'open') this.#events.open();
    call.done?.(null, METHODS[id]?.fields.length === 0 ? undefined : fields);
    for (const silent of sent) silent.done?.(null, undefined);
  }

  /** What begins when a method leaves. */
  #sent(id: MethodId): void {
    if (id === CONFIRM_SELECT) this.#publisher.beginConfirms();
    this.#inbox.sent(id);
    this.#patience.begin();
  }

  #message({ id, method, properties, body }: Content): void {
    if (id === BASIC_RETURN) this.#publisher.returned(method as Decoded<BasicReturn>, properties, body);
    else if (id === BASIC_GET_OK) this.#inbox.fetched({ method: method as Decoded<BasicGetOk>, properties, body });
    else if (this.#state === 'open') this.#inbox.deliver(method as Decoded<BasicDeliver>, properties, body);
  }

  #flow({ active }: ChannelFlow): void {
    if (this.#isLeaving) return;
    this.#flowActive = active;
    encodeChannelFlowOk(this.#link.output.writer, this.number, { active });
    this.#link.output.wrote();
    this.#events.flow(active);
  }

  #peerClose(fields: Decoded<ChannelClose>): void {
    encodeChannelCloseOk(this.#link.output.writer, this.number);
    this.#link.output.wrote();
    const method = METHODS[fields.classId * 0x1_0000 + fields.methodId]?.name;
    const { replyCode, replyText, classId, methodId } = fields;
    const error = new ChannelClosedByBroker(replyCode, replyText, { classId, methodId, method }, this.number);
    // with our own close under way, the number is free only at its close-ok
    if (this.#isLeaving) this.#reason = error;
    else this.#end(error, false);
  }

  /** Ends the channel without waiting for the broker, who still owes the close-ok that frees the number. */
  #abandon(error: AMQPError): void {
    if (!this.#isLeaving) {
      encodeChannelClose(this.#link.output.writer, this.number, {
        replyCode: 200,
        replyText: printable(error.message, 80),
      });
      this.#link.output.wrote();
    }
    this.#end(error, true);
  }

  #end(error: AMQPError, owed: boolean): void {
    this.collapse(error);
    this.#link.ended(this.number, owed);
    this.tell();
  }

  #ask(id: MethodId, fields: object, done: ReplyHandler | null, timeout = this.#link.limits.rpcTimeout): void {
    this.#rpc.ask(id, fields, done, timeout);
    this.#patience.begin();
  }

  #timeoutOf(options: CallOptions | undefined): number | null {
    return options?.timeout === undefined ? this.#link.limits.rpcTimeout : options.timeout;
  }

  /** What was delivered belongs to the channel, whatever has become of the connection. */
  #requireChannel(): void {
    if (this.#state !== 'open') throw this.#wrongState();
  }

  #reasonToClose(): AMQPError {
    return this.#reason ?? this.#wrongState();
  }

  #wrongState(): ChannelWrongStateError {
    return wrongState(ChannelWrongStateError, `channel ${this.number} is ${this.#state}`, this.#reason);
  }
}
