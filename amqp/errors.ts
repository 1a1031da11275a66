/**
 * Everything that can end a call, a channel or a connection. A class for what a caller may treat differently; `name` and
 * `code` are stable. A caller's own mistake is none of these: see `argument-errors.ts`.
 */
import type { BasicProperties, PropertiesIn } from './methods.ts';
import { printable } from './printable.ts';
import { REPLY_CODES } from './reply-codes.ts';

/** The root. Its text is one line of at most 512 printable characters. */
export class AMQPError extends Error {
  /** The same for every error of a class: `STREAM_LOST`. Declared here, kept on the prototypes. */
  declare readonly code: string;
  static {
    identify(AMQPError, 'AMQPError', 'AMQP_ERROR');
  }

  constructor(text: string, options?: ErrorOptions) {
    super(printable(text), options);
  }
}

/** The connection is gone, or did not come about; every channel with it. */
export class AMQPConnectionError extends AMQPError {
  static {
    identify(AMQPConnectionError, 'AMQPConnectionError', 'CONNECTION_ERROR');
  }
  /** The peer, when it is known. An IPv6 address has no brackets. */
  declare host?: string;
  declare port?: number;

  /** Tells which peer it was, in the fields and at the end of the text; the first one told stays. */
  locate(host: string, port: number): this {
    if (this.host !== undefined) return this;
    this.host = host;
    this.port = port;
    const place = ` (${host.includes(':') ? `[${host}]` : host}:${port})`;
    this.message = printable(this.message, 512 - place.length) + place;
    return this;
  }
}

/** close() while the connection was opening. */
export class ConnectionOpenAborted extends AMQPConnectionError {
  static {
    identify(ConnectionOpenAborted, 'ConnectionOpenAborted', 'CONNECTION_OPEN_ABORTED');
  }
}

/** The byte stream ended or broke; `cause` is the system's error where there was one. */
export class StreamLostError extends AMQPConnectionError {
  static {
    identify(StreamLostError, 'StreamLostError', 'STREAM_LOST');
  }
}

/** Another protocol, or another version of this one, answered. */
export class IncompatibleProtocolError extends AMQPConnectionError {
  static {
    identify(IncompatibleProtocolError, 'IncompatibleProtocolError', 'INCOMPATIBLE_PROTOCOL');
  }
  /** What the peer began with, printable, at most 32 characters; empty when it said nothing. */
  readonly offered: string;

  constructor(text: string, offered = '', options?: ErrorOptions) {
    super(text, options);
    this.offered = printable(offered, 32);
  }
}

/** The peer speaks AMQP of another version. */
export class ProtocolVersionMismatch extends IncompatibleProtocolError {
  static {
    identify(ProtocolVersionMismatch, 'ProtocolVersionMismatch', 'PROTOCOL_VERSION_MISMATCH');
  }
  readonly ours: string;
  readonly theirs: string;

  constructor(ours: string, theirs: string) {
    super(`the broker offers AMQP ${theirs}, and this client speaks ${ours}`, theirs);
    this.ours = ours;
    this.theirs = theirs;
  }
}

/** The peer ended the connection after the login was sent: most likely it refused it. */
export class ProbableAuthenticationError extends AMQPConnectionError {
  static {
    identify(ProbableAuthenticationError, 'ProbableAuthenticationError', 'PROBABLE_AUTHENTICATION_ERROR');
  }
}

/** The peer ended the connection after login: most likely the virtual host is missing or not allowed. */
export class ProbableAccessDeniedError extends AMQPConnectionError {
  static {
    identify(ProbableAccessDeniedError, 'ProbableAccessDeniedError', 'PROBABLE_ACCESS_DENIED');
  }
}

/** The broker does not offer the mechanism of the credentials. */
export class AuthenticationError extends AMQPConnectionError {
  static {
    identify(AuthenticationError, 'AuthenticationError', 'AUTHENTICATION_ERROR');
  }
  readonly mechanism: string;

  constructor(mechanism: string, offered: string, options?: ErrorOptions) {
    super(`the broker does not offer the mechanism ${mechanism}, only ${offered === '' ? 'none' : offered}`, options);
    this.mechanism = mechanism;
  }
}

/** As many channels are open as the connection may have. */
export class NoFreeChannels extends AMQPConnectionError {
  static {
    identify(NoFreeChannels, 'NoFreeChannels', 'NO_FREE_CHANNELS');
  }
  readonly channelMax: number;

  constructor(channelMax: number) {
    super(`all ${channelMax} channels of this connection are in use: close one, or raise channelMax on both sides`);
    this.channelMax = channelMax;
  }
}

/** The connection is not in a state that allows the call; `cause` is why it closed, if it did. */
export class ConnectionWrongStateError extends AMQPConnectionError {
  static {
    identify(ConnectionWrongStateError, 'ConnectionWrongStateError', 'CONNECTION_WRONG_STATE');
  }
}

/** What connection.close says. */
export interface CloseFields {
  readonly replyCode: number;
  readonly replyText: string;
  /** The class and method that caused it, 0 when none did. */
  readonly classId?: number;
  readonly methodId?: number;
}

/** The connection was closed by connection.close from either side. */
export class ConnectionClosed extends AMQPConnectionError {
  static {
    identify(ConnectionClosed, 'ConnectionClosed', 'CONNECTION_CLOSED');
  }
  readonly replyCode: number;
  readonly replyText: string;
  readonly classId: number;
  readonly methodId: number;
  /** The method that caused it, `queue.declare`; empty when none did. */
  readonly method: string;

  constructor(text: string, fields: CloseFields, method = '', options?: ErrorOptions) {
    super(text, options);
    this.replyCode = fields.replyCode;
    this.replyText = fields.replyText;
    this.classId = fields.classId ?? 0;
    this.methodId = fields.methodId ?? 0;
    this.method = method;
  }
}

export class ConnectionClosedByBroker extends ConnectionClosed {
  static {
    identify(ConnectionClosedByBroker, 'ConnectionClosedByBroker', 'CONNECTION_CLOSED_BY_BROKER');
  }

  /** @param method - the name of the method that `classId` and `methodId` mean, when they mean one */
  constructor(fields: CloseFields, method = '', options?: ErrorOptions) {
    super(`the broker closed the connection: ${closeText(fields, method)}`, fields, method, options);
  }
}

export class ConnectionClosedByClient extends ConnectionClosed {
  static {
    identify(ConnectionClosedByClient, 'ConnectionClosedByClient', 'CONNECTION_CLOSED_BY_CLIENT');
  }

  constructor(replyCode: number, replyText: string, options?: ErrorOptions) {
    const fields = { replyCode, replyText };
    super(`the connection was closed by this side: ${replyCode} ${replyText}`, fields, '', options);
  }
}

/** The broker kept the connection blocked for longer than the caller would wait. */
export class ConnectionBlockedTimeout extends AMQPConnectionError {
  static {
    identify(ConnectionBlockedTimeout, 'ConnectionBlockedTimeout', 'CONNECTION_BLOCKED_TIMEOUT');
  }
  /** Why the broker blocked it, in the broker's words. */
  readonly reason: string;

  constructor(reason: string, timeout: number, options?: ErrorOptions) {
    super(`the broker has blocked the connection for ${timeout} ms: ${reason}`, options);
    this.reason = reason;
  }
}

/** Nothing was received for too long. */
export class AMQPHeartbeatTimeout extends AMQPConnectionError {
  static {
    identify(AMQPHeartbeatTimeout, 'AMQPHeartbeatTimeout', 'HEARTBEAT_TIMEOUT');
  }
  /** How long the peer had been silent, in milliseconds. */
  readonly silentMs: number;

  /** @param heartbeat - the interval agreed, in seconds */
  constructor(silentMs: number, heartbeat: number, options?: ErrorOptions) {
    super(`nothing came from the broker for ${Math.round(silentMs)} ms, with a heartbeat of ${heartbeat} s`, options);
    this.silentMs = silentMs;
  }
}

/** The queue of work of a connection stayed full for longer than the caller would wait. */
export class WorkQueueFullError extends AMQPConnectionError {
  static {
    identify(WorkQueueFullError, 'WorkQueueFullError', 'WORK_QUEUE_FULL');
  }
}

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

  constructor(text: string, fields: CloseFields, method = '', options?: ErrorOptions) {
    super(text, options);
    this.replyCode = fields.replyCode;
    this.replyText = fields.replyText;
    this.classId = fields.classId ?? 0;
    this.methodId = fields.methodId ?? 0;
    this.method = method;
  }
}

export class ChannelClosedByBroker extends ChannelClosed {
  static {
    identify(ChannelClosedByBroker, 'ChannelClosedByBroker', 'CHANNEL_CLOSED_BY_BROKER');
  }

  constructor(channelNumber: number, fields: CloseFields, method = '', options?: ErrorOptions) {
    super(`the broker closed channel ${channelNumber}: ${closeText(fields, method)}`, fields, method, options);
  }
}

export class ChannelClosedByClient extends ChannelClosed {
  static {
    identify(ChannelClosedByClient, 'ChannelClosedByClient', 'CHANNEL_CLOSED_BY_CLIENT');
  }

  constructor(channelNumber: number, replyCode: number, replyText: string, options?: ErrorOptions) {
    const text = `channel ${channelNumber} was closed by this side: ${replyCode} ${replyText}`;
    super(text, { replyCode, replyText }, '', options);
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

/** A message was sent, and its fate cannot be known; `cause` is why. It may or may not have arrived. */
export class PublishUnknownError extends AMQPChannelError {
  static {
    identify(PublishUnknownError, 'PublishUnknownError', 'PUBLISH_UNKNOWN');
  }
  /** Its sequence number. */
  readonly tag: number | bigint;

  constructor(tag: number | bigint, options?: ErrorOptions) {
    super(`message ${tag} was sent and not confirmed: it may or may not have arrived`, options);
    this.tag = tag;
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

/** A channel number that is out of range or in use. */
export class InvalidChannelNumber extends AMQPError {
  static {
    identify(InvalidChannelNumber, 'InvalidChannelNumber', 'INVALID_CHANNEL_NUMBER');
  }
  readonly channelNumber: number;

  constructor(channelNumber: number, why: string) {
    super(`channel number ${channelNumber} ${why}`);
    this.channelNumber = channelNumber;
  }
}

/** The broker does not have what the call needs. */
export class MethodNotImplemented extends AMQPError {
  static {
    identify(MethodNotImplemented, 'MethodNotImplemented', 'METHOD_NOT_IMPLEMENTED');
  }
}

/** A call from inside a handler that only the outer program may make. */
export class ReentrancyError extends AMQPError {
  static {
    identify(ReentrancyError, 'ReentrancyError', 'REENTRANCY');
  }
}

/** The peer broke the protocol or one of our limits: the connection is closed with `replyCode`. */
export class ProtocolSyntaxError extends AMQPError {
  static {
    identify(ProtocolSyntaxError, 'ProtocolSyntaxError', 'PROTOCOL_SYNTAX_ERROR');
  }
  /** 501, 502, 503, 504 or 505: what the peer is told (AMQP 0-9-1 §1.2). */
  readonly replyCode: number;

  constructor(text: string, replyCode = 501, options?: ErrorOptions) {
    super(text, options);
    this.replyCode = replyCode;
  }
}

/** A frame's type, size, channel or end is wrong. */
export class InvalidFrameError extends ProtocolSyntaxError {
  static {
    identify(InvalidFrameError, 'InvalidFrameError', 'INVALID_FRAME');
  }
}

/** A good frame at a wrong moment, or a method that nobody knows. */
export class UnexpectedFrameError extends ProtocolSyntaxError {
  static {
    identify(UnexpectedFrameError, 'UnexpectedFrameError', 'UNEXPECTED_FRAME');
  }

  constructor(text: string, replyCode = 505, options?: ErrorOptions) {
    super(text, replyCode, options);
  }
}

/** A method's arguments, a table or properties do not decode. */
export class FieldError extends ProtocolSyntaxError {
  static {
    identify(FieldError, 'FieldError', 'FIELD_ERROR');
  }
  /** Where in the payload, in bytes. */
  readonly offset: number;

  constructor(text: string, offset: number, options?: ErrorOptions) {
    super(`${text}, at byte ${offset}`, 502, options);
    this.offset = offset;
  }
}

/** A field of a table has a type letter that nobody knows. */
export class InvalidFieldTypeException extends FieldError {
  static {
    identify(InvalidFieldTypeException, 'InvalidFieldTypeException', 'INVALID_FIELD_TYPE');
  }
  /** The letter. */
  readonly kind: string;

  constructor(kind: string, offset: number) {
    super(`no field type is called ${JSON.stringify(kind)}`, offset);
    this.kind = kind;
  }
}

/** A body was announced over the limit, or more came than was announced. */
export class BodyTooLongError extends ProtocolSyntaxError {
  static {
    identify(BodyTooLongError, 'BodyTooLongError', 'BODY_TOO_LONG');
  }
  readonly received: number | bigint;
  /** The limit, or the size announced. */
  readonly expected: number | bigint;

  constructor(received: number | bigint, expected: number | bigint, options?: ErrorOptions) {
    super(`a body of ${received} bytes came or was announced where ${expected} is the most`, 501, options);
    this.received = received;
    this.expected = expected;
  }
}

/** Minifiers rename classes, and a name on the prototype is not listed among an error's own fields. */
export function identify(target: { readonly prototype: AMQPError }, name: string, code: string): void {
  for (const [key, value] of Object.entries({ name, code })) {
    Object.defineProperty(target.prototype, key, { value, configurable: true, writable: true });
  }
}

function closeText({ replyCode, replyText }: CloseFields, method: string): string {
  const advice = REPLY_CODES[replyCode]?.advice ?? 'its log tells why';
  return `${replyCode} ${printable(replyText, 300)}${method === '' ? '' : ` (${method})`}; ${advice}`;
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
