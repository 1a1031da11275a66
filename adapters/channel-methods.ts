import type {
  ChannelFlowOk,
  FieldTable,
  PropertiesIn,
  QueueDeclareOk,
  QueueDeleteOk,
  QueuePurgeOk,
} from '../amqp/index.ts';

/** A field that may be left out; undefined counts as left out. */
type Optional<T> = T | undefined;

/** `nowait: true` asks the broker for no reply; it cannot be given together with a callback for one. */
interface Nowait {
  readonly nowait?: Optional<boolean>;
}
/** `arguments` are the broker's own additions, such as `x-queue-type`. */
interface WithArguments {
  readonly arguments?: Optional<FieldTable | null>;
}

export interface ExchangeDeclareFields extends Nowait, WithArguments {
  readonly exchange: string;
  /** Default 'direct'. */
  readonly exchangeType?: Optional<string>;
  /** Only looks whether it is there. */
  readonly passive?: Optional<boolean>;
  readonly durable?: Optional<boolean>;
  readonly autoDelete?: Optional<boolean>;
  readonly internal?: Optional<boolean>;
}
export interface ExchangeDeleteFields extends Nowait {
  readonly exchange?: Optional<string>;
  readonly ifUnused?: Optional<boolean>;
}
export interface ExchangeBindFields extends Nowait, WithArguments {
  readonly destination: string;
  readonly source: string;
  readonly routingKey?: Optional<string>;
}
export interface ExchangeUnbindFields extends Nowait, WithArguments {
  readonly destination?: Optional<string>;
  readonly source?: Optional<string>;
  readonly routingKey?: Optional<string>;
}
export interface QueueDeclareFields extends Nowait, WithArguments {
  /** Empty (the default): the broker chooses a name. */
  readonly queue?: Optional<string>;
  /** Only looks whether it is there. */
  readonly passive?: Optional<boolean>;
  readonly durable?: Optional<boolean>;
  readonly exclusive?: Optional<boolean>;
  readonly autoDelete?: Optional<boolean>;
}
export interface QueueDeleteFields extends Nowait {
  readonly queue: string;
  readonly ifUnused?: Optional<boolean>;
  readonly ifEmpty?: Optional<boolean>;
}
export interface QueuePurgeFields extends Nowait {
  readonly queue: string;
}
export interface QueueBindFields extends Nowait, WithArguments {
  readonly queue: string;
  readonly exchange: string;
  /** Default: the name of the queue. */
  readonly routingKey?: Optional<string>;
}
export interface QueueUnbindFields extends WithArguments {
  readonly queue: string;
  readonly exchange?: Optional<string>;
  /** Default: the name of the queue. */
  readonly routingKey?: Optional<string>;
}
export interface BasicQosFields {
  /** Bytes; RabbitMQ takes 0 (no limit) only. */
  readonly prefetchSize?: Optional<number>;
  /** Messages that may be unacknowledged, 0 to 65535; 0 = no limit. */
  readonly prefetchCount?: Optional<number>;
  /** For the whole channel in place of each new consumer. */
  readonly globalQos?: Optional<boolean>;
}
export interface BasicRecoverFields {
  /** RabbitMQ knows only true. Default false. */
  readonly requeue?: Optional<boolean>;
}
export interface FlowFields {
  readonly active: boolean;
}
export interface BasicConsumeFields extends WithArguments {
  readonly queue: string;
  /** The broker forgets a message as soon as it is sent. */
  readonly autoAck?: Optional<boolean>;
  readonly exclusive?: Optional<boolean>;
  /** Empty (the default): a tag is made. */
  readonly consumerTag?: Optional<string>;
}
export interface BasicCancelFields extends Nowait {
  readonly consumerTag: string;
}
export interface BasicGetFields {
  readonly queue: string;
  readonly autoAck?: Optional<boolean>;
}
export interface CloseFields {
  readonly replyCode?: Optional<number>;
  /** Default 'Normal shutdown'. */
  readonly replyText?: Optional<string>;
}
export interface PublishOptions {
  /** A message that no queue takes comes back. */
  readonly mandatory?: Optional<boolean>;
}
/** How a channel confirms in a style that waits. */
export interface ConfirmFields {
  /** Messages that may be unconfirmed before `basicPublish` waits. 1 (the default): it waits for its own confirm. */
  readonly window?: Optional<number>;
}
export interface ConsumeFields extends BasicConsumeFields {
  /** Milliseconds without a message after which one of nulls is given; 0: at once; null (the default): any time. */
  readonly inactivityTimeout?: Optional<number | null>;
}
export interface AckOptions {
  /** This tag and all before it; with tag 0, all there are. */
  readonly multiple?: Optional<boolean>;
}
export interface NackOptions extends AckOptions {
  /** Default true. */
  readonly requeue?: Optional<boolean>;
}
export interface RejectOptions {
  /** Default true. */
  readonly requeue?: Optional<boolean>;
}

/**
 * The methods of a channel that are asked and answered, as a blocking call would have them; the other styles are derived.
 *
 * All throw at once, before anything is sent: TypeError `ARG_TYPE` or `ARG_UNKNOWN_FIELD`, RangeError `ARG_RANGE`,
 * ShortStringTooLong for a name of more than 255 bytes, ChannelWrongStateError or ConnectionWrongStateError. A broker
 * that refuses closes the channel: ChannelClosedByBroker.
 */
export interface ChannelMethods {
  /**
   * Declares an exchange, creating it where it is missing.
   * @throws {ChannelClosedByBroker} 406 when it exists with other properties, 404 when `passive` and missing
   * @see AMQP 0-9-1 exchange.declare (40, 10)
   */
  exchangeDeclare(fields: ExchangeDeclareFields): void;
  /**
   * Deletes an exchange; one that is missing is no error.
   * @throws {ChannelClosedByBroker} 406 when `ifUnused` and bound
   * @see AMQP 0-9-1 exchange.delete (40, 20)
   */
  exchangeDelete(fields?: ExchangeDeleteFields): void;
  /**
   * Makes `source` pass messages on to `destination`, an exchange too.
   * @throws {ChannelClosedByBroker} 404 when one of them is missing
   * @see RabbitMQ's exchange.bind (40, 30)
   */
  exchangeBind(fields: ExchangeBindFields): void;
  /** Takes back `exchangeBind`. @see RabbitMQ's exchange.unbind (40, 40) */
  exchangeUnbind(fields?: ExchangeUnbindFields): void;
  /**
   * Declares a queue, creating it where it is missing.
   * @returns the name, which the broker chose where `queue` was empty, and how many messages and consumers it has
   * @throws {ChannelClosedByBroker} 406 when it exists with other properties, 404 when `passive` and missing, 405 when
   *   it is exclusive to another connection
   * @see AMQP 0-9-1 queue.declare (50, 10)
   */
  queueDeclare(fields?: QueueDeclareFields): QueueDeclareOk;
  /**
   * Makes a queue take the messages of an exchange that have this routing key.
   * @throws {ChannelClosedByBroker} 404 when one of them is missing
   * @see AMQP 0-9-1 queue.bind (50, 20)
   */
  queueBind(fields: QueueBindFields): void;
  /** Takes back `queueBind`. @see AMQP 0-9-1 queue.unbind (50, 50) */
  queueUnbind(fields: QueueUnbindFields): void;
  /**
   * Drops the messages of a queue that were not delivered yet.
   * @returns how many
   * @throws {ChannelClosedByBroker} 404 when it is missing
   * @see AMQP 0-9-1 queue.purge (50, 30)
   */
  queuePurge(fields: QueuePurgeFields): QueuePurgeOk;
  /**
   * Deletes a queue; one that is missing is no error.
   * @returns how many messages it had
   * @throws {ChannelClosedByBroker} 406 when `ifUnused` or `ifEmpty` do not hold
   * @see AMQP 0-9-1 queue.delete (50, 40)
   */
  queueDelete(fields: QueueDeleteFields): QueueDeleteOk;
  /**
   * Limits how much the broker sends before it is acknowledged.
   * @throws {ChannelClosedByBroker} 540 (of the connection) for a `prefetchSize` on RabbitMQ
   * @see AMQP 0-9-1 basic.qos (60, 10)
   */
  basicQos(fields?: BasicQosFields): void;
  /** Has everything delivered again that is not acknowledged. @see AMQP 0-9-1 basic.recover (60, 110) */
  basicRecover(fields?: BasicRecoverFields): void;
  /** Asks the broker to stop (or go on) delivering; RabbitMQ takes true only. @see AMQP 0-9-1 channel.flow (20, 20) */
  flow(fields: FlowFields): ChannelFlowOk;
  /** Begins transactions on this channel, for its whole life. @see AMQP 0-9-1 tx.select (90, 10) */
  txSelect(): void;
  /** Ends a transaction; the next one begins. @throws {ChannelClosedByBroker} 406 without txSelect @see (90, 20) */
  txCommit(): void;
  /** Drops a transaction; the next one begins. @throws {ChannelClosedByBroker} 406 without txSelect @see (90, 30) */
  txRollback(): void;
}

/**
 * The methods that have no answer, the same in every style. They go out at once, past calls that wait for a reply.
 *
 * A tag is a number, or a bigint where a number would not be exact.
 */
export interface ChannelCasts {
  /**
   * Says that a message was dealt with.
   * @throws {RangeError} UNKNOWN_DELIVERY_TAG when it was not delivered, or is settled already
   * @see AMQP 0-9-1 basic.ack (60, 80)
   */
  basicAck(deliveryTag?: number | bigint, options?: AckOptions): void;
  /** Refuses messages, to be queued again or dropped. @throws as basicAck @see RabbitMQ's basic.nack (60, 120) */
  basicNack(deliveryTag?: number | bigint, options?: NackOptions): void;
  /** Refuses one message. @throws as basicAck @see AMQP 0-9-1 basic.reject (60, 90) */
  basicReject(deliveryTag: number | bigint, options?: RejectOptions): void;
}

/** What `basicPublish` takes, in every style. @see AMQP 0-9-1 basic.publish (60, 40) */
export type PublishArguments = [
  exchange: string,
  routingKey: string,
  /** A string is sent as UTF-8. Bytes of 64 KiB and more are not copied: they belong to the library until written. */
  body: string | Uint8Array,
  properties?: PropertiesIn | null,
  options?: PublishOptions,
];
