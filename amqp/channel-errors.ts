import { AMQPError, type CloseDetails, closeText, identify } from './amqp-error.ts';
import type { BasicProperties, PropertiesIn } from './methods.ts';
import { printable } from './printable.ts';

/** One channel or one call is gone or was refused; the others go on. */
export class AMQPChannelError extends AMQPError {
  static {
    identify(AMQPChannelError, 'AMQPChannelError', 'CHANNEL_ERROR');
  }
}

/** The channel is not in a state that allows the call; `cause` is why it closed, if it did. */
export class ChannelWrongStateError extends AMQPChannelError {
  static {
    identify(ChannelWrongStateError, 'ChannelWrongStateError', 'CHANNEL_WRONG_STATE');
  }
}

/** The channel was closed by channel.close from either side. */
export class ChannelClosed extends AMQPChannelError {
  static {
    identify(ChannelClosed, 'ChannelClosed', 'CHANNEL_CLOSED');
  }
  readonly replyCode: number;
  readonly replyText: string;
  readonly classId: number;
  readonly methodId: number;
  /** The method that caused it, `queue.declare`; empty when none did. */
  readonly method: string;

  /** @param text - says who closed it; absent, it could be either */
  constructor(replyCode: number, replyText: string, details: CloseDetails = {}, text?: string) {
    super(text ?? `the channel was closed: ${closeText(replyCode, replyText, details)}`, details);
    this.replyCode = replyCode;
    this.replyText = replyText;
    this.classId = details.classId ?? 0;
    this.methodId = details.methodId ?? 0;
    this.method = details.method ?? '';
  }
}

export class ChannelClosedByBroker extends ChannelClosed {
  static {
    identify(ChannelClosedByBroker, 'ChannelClosedByBroker', 'CHANNEL_CLOSED_BY_BROKER');
  }

  /** @param channelNumber - for the text; 0 when it is not known */
  constructor(replyCode: number, replyText: string, details: CloseDetails = {}, channelNumber = 0) {
    const channel = nameOf(channelNumber);
    super(replyCode, replyText, details, `the broker closed ${channel}: ${closeText(replyCode, replyText, details)}`);
  }
}

export class ChannelClosedByClient extends ChannelClosed {
  static {
    identify(ChannelClosedByClient, 'ChannelClosedByClient', 'CHANNEL_CLOSED_BY_CLIENT');
  }

  /** @param channelNumber - for the text; 0 when it is not known */
  constructor(replyCode: number, replyText: string, details: CloseDetails = {}, channelNumber = 0) {
    const channel = nameOf(channelNumber);
    super(replyCode, replyText, details, `${channel} was closed by this side: ${replyCode} ${replyText}`);
  }
}

/** The channel has a consumer of this tag already. */
export class DuplicateConsumerTag extends AMQPChannelError {
  static {
    identify(DuplicateConsumerTag, 'DuplicateConsumerTag', 'DUPLICATE_CONSUMER_TAG');
  }
  readonly consumerTag: string;

  constructor(consumerTag: string) {
    super(`the channel has a consumer ${JSON.stringify(consumerTag)} already: leave the tag out to get a new one`);
    this.consumerTag = consumerTag;
  }
}

/** A second basic.get while the first one has no answer. */
export class DuplicateGetOkCallback extends AMQPChannelError {
  static {
    identify(DuplicateGetOkCallback, 'DuplicateGetOkCallback', 'DUPLICATE_GET');
  }

  constructor() {
    super('a basicGet of this channel has no answer yet: wait for it, or use another channel');
  }
}

/** The broker cancelled a consumer, mostly because its queue is gone. */
export class ConsumerCancelled extends AMQPChannelError {
  static {
    identify(ConsumerCancelled, 'ConsumerCancelled', 'CONSUMER_CANCELLED');
  }
  readonly consumerTag: string;

  constructor(consumerTag: string, options?: ErrorOptions) {
    super(`the broker cancelled the consumer ${JSON.stringify(consumerTag)}: its queue is gone or has moved`, options);
    this.consumerTag = consumerTag;
  }
}

/** A message that the broker did not take, as the caller gave it. */
export interface FailedMessage {
  readonly method: {
    readonly exchange: string;
    readonly routingKey: string;
    /** Of the return, when it came back. */
    readonly replyCode?: number;
    readonly replyText?: string;
  };
  readonly properties: BasicProperties | PropertiesIn;
  readonly body: Uint8Array | string;
}

/** A mandatory message that no queue took: it was returned, then acknowledged. */
export class UnroutableError extends AMQPChannelError {
  static {
    identify(UnroutableError, 'UnroutableError', 'UNROUTABLE');
  }
  readonly messages: readonly FailedMessage[];
  /** The sequence number of the first. */
  readonly tag: number | bigint;

  constructor(messages: readonly FailedMessage[], tag: number | bigint = 0, options?: ErrorOptions) {
    super(`${countOf(messages)} could not be routed${placeOf(messages)}: bind a queue that takes the key`, options);
    this.messages = messages;
    this.tag = tag;
  }
}

/** The broker refused a message with basic.nack. */
export class NackError extends AMQPChannelError {
  static {
    identify(NackError, 'NackError', 'NACK');
  }
  readonly messages: readonly FailedMessage[];
  /** The sequence number of the first. */
  readonly tag: number | bigint;

  constructor(messages: readonly FailedMessage[], tag: number | bigint = 0, options?: ErrorOptions) {
    super(`the broker refused ${countOf(messages)}${placeOf(messages)}: a queue is full or failed`, options);
    this.messages = messages;
    this.tag = tag;
  }
}

/** What may be known of messages whose fate is not. */
export interface UnknownDetails extends ErrorOptions {
  /** Those that were kept, in the order of their numbers. */
  readonly messages?: readonly FailedMessage[];
  /** For the text; absent or 0 when it is not known. */
  readonly channelNumber?: number;
}

/** Messages were sent, and their fate cannot be known; `cause` is why. They may or may not have arrived. */
export class PublishUnknownError extends AMQPChannelError {
  static {
    identify(PublishUnknownError, 'PublishUnknownError', 'PUBLISH_UNKNOWN');
  }
  /** The sequence number of the first. */
  readonly tag: number | bigint;
  /** The sequence numbers of all, in order. */
  readonly tags: readonly (number | bigint)[];
  readonly messages: readonly FailedMessage[];
  /** 0 when it is not known. */
  readonly channelNumber: number;

  constructor(tags: number | bigint | readonly (number | bigint)[], details: UnknownDetails = {}) {
    const all = typeof tags === 'object' ? tags : [tags];
    const { messages = [], channelNumber = 0 } = details;
    super(
      `${unknownText(all, messages, channelNumber)}: look in the queue, or send again what may come twice`,
      details,
    );
    this.tag = all[0] ?? 0;
    this.tags = all;
    this.messages = messages;
    this.channelNumber = channelNumber;
  }
}

/** A call got no answer in time. The channel is closed, since nobody knows what state it is in. */
export class RpcTimeout extends AMQPChannelError {
  static {
    identify(RpcTimeout, 'RpcTimeout', 'RPC_TIMEOUT');
  }
  /** The call, `queue.declare`. */
  readonly method: string;

  constructor(method: string, timeout: number, options?: ErrorOptions) {
    super(`${method} got no answer within ${timeout} ms`, options);
    this.method = method;
  }
}

function nameOf(channelNumber: number): string {
  return channelNumber === 0 ? 'the channel' : `channel ${channelNumber}`;
}

function unknownText(
  tags: readonly (number | bigint)[],
  messages: readonly FailedMessage[],
  channelNumber: number,
): string {
  const [first] = tags;
  const where = `${placeOf(messages)} on ${nameOf(channelNumber)}`;
  if (tags.length === 1) return `message ${first}${where} was sent and not confirmed, and may or may not have arrived`;
  const which = `${tags.length} messages (numbers ${first} to ${tags.at(-1)}, the first one${where})`;
  return `${which} were sent and not confirmed, and may or may not have arrived`;
}

function countOf(messages: readonly FailedMessage[]): string {
  return messages.length === 1 ? 'a message' : `${messages.length} messages`;
}

function placeOf(messages: readonly FailedMessage[]): string {
  const first = messages[0]?.method;
  if (first === undefined) return '';
  const key = printable(first.routingKey, 100);
  return ` to exchange '${printable(first.exchange, 100)}' with key '${key}'`;
}
