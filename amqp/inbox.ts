import { makeRangeError, makeTypeError } from './argument-errors.ts';
import { encodeBasicAck, encodeBasicGet, encodeBasicNack, encodeBasicReject } from './codec.ts';
import { type Consumer, Consumers } from './consumers.ts';
import { ContentReader } from './content.ts';
import { ChannelWrongStateError, DuplicateGetOkCallback, UnexpectedFrameError } from './errors.ts';
import type { ChannelEvents, FetchedMessage, GetHandler } from './events.ts';
import type { Link } from './link.ts';
import {
  BASIC_CANCEL_OK,
  BASIC_GET_OK,
  BASIC_RECOVER_OK,
  type BasicCancel,
  type BasicCancelOk,
  type BasicDeliver,
  type BasicProperties,
  type Decoded,
  type MethodId,
  TX_COMMIT,
  TX_COMMIT_OK,
  TX_ROLLBACK,
  TX_ROLLBACK_OK,
  TX_SELECT,
} from './methods.ts';
import { Unacked } from './unacked.ts';

/** A basic.get that has no answer yet. */
export interface PendingGet {
  readonly noAck: boolean;
  readonly done: GetHandler;
  readonly timeout: number | null;
  /** Infinity until the clock was seen. */
  deadline: number;
}

/** The receiving side of a channel: messages in, who they are for, and which of them are to be acknowledged. */
export class Inbox {
  readonly consumers: Consumers = new Consumers();
  readonly unacked: Unacked = new Unacked();
  readonly content: ContentReader;
  readonly #link: Link;
  readonly #number: number;
  readonly #events: ChannelEvents;
  /** The tags of earlier connections: the broker counts from 1 behind them. */
  readonly #base: number;
  #get: PendingGet | null = null;

  /** @param base - the last delivery tag that was given out before */
  constructor(link: Link, number: number, events: ChannelEvents, base: number) {
    this.#link = link;
    this.#number = number;
    this.#events = events;
    this.#base = base;
    this.content = new ContentReader(link.bodies, link.limits.maxMessageSize);
  }

  /** The basic.get that has no answer yet. */
  get get(): PendingGet | null {
    return this.#get;
  }

  /** The delivery tag that was given out last. */
  get last(): number {
    return this.#base + Number(this.unacked.last);
  }

  /** Hands a message to its consumer; one that was cancelled meanwhile gives it back to the queue. */
  deliver(method: BasicDeliver, properties: BasicProperties, body: Uint8Array): void {
    const consumer = this.consumers.find(method.consumerTag);
    if (!this.admit(consumer, method.deliveryTag)) return;
    this.#link.messages.received++;
    consumer?.onMessage(this.#base === 0 ? method : this.#renumbered(method), properties, body);
  }

  /**
   * Notes the tag of a delivery. @returns whether the consumer may see the message
   * @throws UnexpectedFrameError when the tag was used before
   */
  admit(consumer: Consumer | undefined, tag: number | bigint): boolean {
    if (consumer?.tagged !== false) this.#note(tag, consumer !== undefined && !consumer.noAck);
    if (consumer?.state === 'active') return true;
    if (consumer === undefined) {
      this.#link.warn(`channel ${this.#number}: a message for a consumer that nobody started was dropped`);
    } else if (!consumer.noAck) {
      this.unacked.settle(tag, false);
      encodeBasicReject(this.#link.output.writer, this.#number, { deliveryTag: tag, requeue: true });
      this.#link.output.wrote();
    }
    return false;
  }

  /** The answer to basic.get. */
  fetched(message: FetchedMessage | null): void {
    const get = this.#get;
    if (get === null) throw unasked();
    this.#get = null;
    if (message !== null) {
      this.#link.messages.received++;
      this.#note(message.method.deliveryTag, !get.noAck);
    }
    get.done(
      null,
      message === null || this.#base === 0 ? message : { ...message, method: this.#renumbered(message.method) },
    );
  }

  /** @throws RangeError `UNKNOWN_DELIVERY_TAG` for a tag that is not open; 0 with `multiple` stands for all there are */
  ack(tag: number | bigint, multiple: boolean): void {
    const deliveryTag = this.#settle(tag, multiple);
    encodeBasicAck(this.#link.output.writer, this.#number, { deliveryTag, multiple });
    this.#link.output.wrote();
  }

  nack(tag: number | bigint, multiple: boolean, requeue: boolean): void {
    checkFlag('requeue', requeue);
    const deliveryTag = this.#settle(tag, multiple);
    encodeBasicNack(this.#link.output.writer, this.#number, { deliveryTag, multiple, requeue });
    this.#link.output.wrote();
  }

  reject(tag: number | bigint, requeue: boolean): void {
    checkFlag('requeue', requeue);
    const deliveryTag = this.#settle(tag, false);
    encodeBasicReject(this.#link.output.writer, this.#number, { deliveryTag, requeue });
    this.#link.output.wrote();
  }

  /** Asks for one message. @throws DuplicateGetOkCallback while the answer to another is due */
  fetch(queue: string, noAck: boolean, done: GetHandler, timeout: number | null): void {
    if (this.#get !== null) throw new DuplicateGetOkCallback();
    encodeBasicGet(this.#link.output.writer, this.#number, { queue, noAck });
    this.#get = { noAck, done, timeout, deadline: Number.POSITIVE_INFINITY };
  }

  /** A method came that content follows. @throws UnexpectedFrameError for one that nobody asked for */
  begin(id: MethodId, method: object): void {
    if (id === BASIC_GET_OK && this.#get === null) throw unasked();
    this.content.begin(id, method);
  }

  /** The broker has cancelled a consumer. One that this side is cancelling waits for its cancel-ok all the same. */
  cancelled({ consumerTag }: Decoded<BasicCancel>): void {
    if (!this.consumers.isActive(consumerTag)) return;
    this.consumers.remove(consumerTag);
    this.#events.cancelled(consumerTag);
  }

  /** What begins here when a method leaves. */
  sent(id: MethodId): void {
    if (id === TX_SELECT) this.unacked.beginTransaction();
    else if (id === TX_COMMIT || id === TX_ROLLBACK) this.unacked.endTransaction();
  }

  /** What a reply changes here. */
  replied(id: MethodId, reply: object): void {
    if (id === BASIC_CANCEL_OK) this.consumers.remove((reply as BasicCancelOk).consumerTag);
    else if (id === BASIC_RECOVER_OK) this.unacked.clear();
    else if (id === TX_COMMIT_OK) this.unacked.committed();
    else if (id === TX_ROLLBACK_OK) this.unacked.rolledBack();
  }

  /** When patience with basic.get ends. */
  get deadline(): number {
    return this.#get?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** The clock is seen: the deadline of basic.get counts from here. @returns that deadline */
  stamp(now: number): number {
    const get = this.#get;
    if (get !== null && get.deadline === Number.POSITIVE_INFINITY && get.timeout !== null)
      get.deadline = now + get.timeout;
    return this.deadline;
  }

  /** The channel is gone. @returns who waits for a basic.get */
  close(): PendingGet | null {
    const get = this.#get;
    this.#get = null;
    this.content.drop();
    this.consumers.clear();
    this.unacked.clear();
    return get;
  }

  /** With the tag that it has here. */
  #renumbered<M extends { readonly deliveryTag: number | bigint }>(method: M): M {
    const { deliveryTag } = method;
    const tag = typeof deliveryTag === 'bigint' ? deliveryTag + BigInt(this.#base) : deliveryTag + this.#base;
    return { ...method, deliveryTag: tag };
  }

  /** @returns the broker's tag. @throws ChannelWrongStateError for a delivery of an earlier connection */
  #settle(tag: number | bigint, multiple: boolean): number | bigint {
    const exact = this.#onWire(exactTag(tag));
    checkFlag('multiple', multiple);
    if (this.unacked.settle(exact, multiple)) return exact;
    const text = `deliveryTag ${tag} was never delivered on this channel, needs no ack, or is settled already`;
    throw makeRangeError('UNKNOWN_DELIVERY_TAG', 'deliveryTag', text);
  }

  #onWire(tag: number | bigint): number | bigint {
    const base = this.#base;
    if (base === 0 || tag === 0) return tag;
    if (tag <= base) {
      throw new ChannelWrongStateError(`delivery ${tag} came before the channel was lost: the broker has it again`);
    }
    return typeof tag === 'bigint' ? tag - BigInt(base) : tag - base;
  }

  #note(tag: number | bigint, ackable: boolean): void {
    if (this.unacked.deliver(tag, ackable)) return;
    throw new UnexpectedFrameError(`delivery tag ${tag} came after a higher one, or twice`);
  }
}

function unasked(): UnexpectedFrameError {
  return new UnexpectedFrameError('an answer to basic.get came unasked', 503);
}

function checkFlag(field: string, value: unknown): void {
  if (typeof value !== 'boolean') throw makeTypeError('ARG_TYPE', field, `${field} must be a boolean`);
}

/** A number where that is exact: both forms of a tag mean the same. */
function exactTag(tag: number | bigint): number | bigint {
  if (typeof tag === 'bigint') {
    if (tag >= 0n && tag < 1n << 64n) return tag <= MAX_SAFE ? Number(tag) : tag;
  } else if (typeof tag === 'number') {
    if (Number.isSafeInteger(tag) && tag >= 0) return tag;
  } else {
    throw makeTypeError('ARG_TYPE', 'deliveryTag', 'deliveryTag must be a number or a bigint');
  }
  throw makeRangeError('ARG_RANGE', 'deliveryTag', `deliveryTag must be an integer from 0 to 2^64 - 1, not ${tag}`);
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
