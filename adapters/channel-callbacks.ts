import type { BasicDeliver, BasicGetOk, BasicProperties, BasicReturn, PublishUnknownError } from '../amqp/index.ts';

/** A confirm as the broker sent it: `multiple` stands for every message up to this one. */
export interface Confirmation {
  readonly name: 'basic.ack' | 'basic.nack';
  readonly deliveryTag: number | bigint;
  readonly multiple: boolean;
}
/** A connection that comes back has lost a message: nobody knows whether the broker has it. */
export interface UnknownOutcome {
  readonly name: 'unknown';
  readonly deliveryTag: number | bigint;
  readonly multiple: false;
  /** Has the message, and why. */
  readonly error: PublishUnknownError;
}
/** The broker has ended a consumer, because its queue is gone. */
export interface CancelNotice {
  readonly name: 'basic.cancel';
  readonly consumerTag: string;
}
/** The broker asks to stop publishing, or to go on. */
export interface FlowNotice {
  readonly name: 'channel.flow';
  readonly active: boolean;
}
/** Gets each message of a consumer. */
export type OnMessage<C> = (channel: C, method: BasicDeliver, properties: BasicProperties, body: Uint8Array) => unknown;
/** All but the channel are null when the queue was empty. */
export type OnGet<C> = (
  channel: C,
  method: BasicGetOk | null,
  properties: BasicProperties | null,
  body: Uint8Array | null,
) => unknown;
/** Gets each message that was mandatory and found no queue. */
export type OnReturn<C> = (channel: C, method: BasicReturn, properties: BasicProperties, body: Uint8Array) => unknown;
