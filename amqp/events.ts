import type { AMQPError } from './errors.ts';
import type { BasicDeliver, BasicGetOk, BasicProperties, BasicReturn, MethodId } from './methods.ts';

/**
 * What a connection tells its owner. Except for `output`, nothing is told from inside a call that the owner makes for a
 * user: only from receive(), handleTimeout(), lost() and abort(). None of these may throw.
 */
export interface ConnectionEvents {
  /**
   * The output went from empty to not empty: takeOutput() is due, at once or at the end of the owner's own work. Told again
   * with each addition from 32 KiB on, and with each call from 1400 bytes on.
   */
  output(): void;
  open(): void;
  /**
   * The end, exactly once, after the `closed` of every channel in the order of their creation. What takeOutput() still
   * gives is to be written, then the stream to be ended.
   */
  closed(error: AMQPError): void;
  blocked(reason: string): void;
  unblocked(): void;
  /** Something that is no error but that somebody should read. */
  warn(text: string): void;
}

/** What a channel tells its owner; the rules are those of {@link ConnectionEvents}. */
export interface ChannelEvents {
  open(): void;
  /** The end, exactly once, after each pending call and each unsettled message has been told. */
  closed(error: AMQPError): void;
  /** A mandatory message that no queue took came back. */
  returned(method: BasicReturn, properties: BasicProperties, body: Uint8Array): void;
  /** The broker has cancelled a consumer, which is gone already. */
  cancelled(consumerTag: string): void;
  /** The broker asks to stop publishing, or lets it go on. */
  flow(active: boolean): void;
  /** A confirm as the broker sent it: `multiple` stands for every tag up to this one. */
  confirmed(name: 'basic.ack' | 'basic.nack', deliveryTag: number | bigint, multiple: boolean): void;
  /** The verdict on one message that was published with a token; null: the broker has it. */
  settled?(token: unknown, tag: number | bigint, error: AMQPError | null): void;
  /** Any method that the broker sent on this channel, after all else that came of it; its content is still to come. */
  method?(id: MethodId, fields: object): void;
}

/**
 * The end of a call.
 * @param error - why there is no reply; the same object for all calls that end for one reason
 * @param reply - its fields; undefined for a reply without fields
 */
export type ReplyHandler = (error: AMQPError | null, reply: object | undefined) => void;

/** Takes the messages of one consumer. */
export type MessageHandler = (method: BasicDeliver, properties: BasicProperties, body: Uint8Array) => void;

/** What basic.get fetched. */
export interface FetchedMessage {
  readonly method: BasicGetOk;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
}

/** The end of a basic.get: null and null when the queue was empty. */
export type GetHandler = (error: AMQPError | null, message: FetchedMessage | null) => void;
