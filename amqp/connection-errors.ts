import { AMQPError, type CloseDetails, closeText, identify } from './amqp-error.ts';
import { printable } from './printable.ts';

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
    // what needs no port is a path or a URL
    const place = port === 0 ? ` (${host})` : ` (${host.includes(':') ? `[${host}]` : host}:${port})`;
    // an error that quotes another has it already
    if (this.message.endsWith(place)) return this;
    const before = this.message;
    this.message = printable(before, 512 - place.length) + place;
    // engines write the text into the stack when the error is made, and that is what gets printed
    if (this.stack !== undefined) this.stack = this.stack.replace(before, () => this.message);
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

  constructor(text = '', offered = '', options?: ErrorOptions) {
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

  constructor(ours: string, theirs: string, offered: string = theirs, options?: ErrorOptions) {
    super(`the broker offers AMQP ${theirs}, and this client speaks ${ours}`, offered, options);
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

  constructor(mechanism: string, offered = '', options?: ErrorOptions) {
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

  /** @param text - says who closed it; absent, it could be either */
  constructor(replyCode: number, replyText: string, details: CloseDetails = {}, text?: string) {
    super(text ?? `the connection was closed: ${closeText(replyCode, replyText, details)}`, details);
    this.replyCode = replyCode;
    this.replyText = replyText;
    this.classId = details.classId ?? 0;
    this.methodId = details.methodId ?? 0;
    this.method = details.method ?? '';
  }
}

export class ConnectionClosedByBroker extends ConnectionClosed {
  static {
    identify(ConnectionClosedByBroker, 'ConnectionClosedByBroker', 'CONNECTION_CLOSED_BY_BROKER');
  }

  constructor(replyCode: number, replyText: string, details: CloseDetails = {}) {
    super(
      replyCode,
      replyText,
      details,
      `the broker closed the connection: ${closeText(replyCode, replyText, details)}`,
    );
  }
}

export class ConnectionClosedByClient extends ConnectionClosed {
  static {
    identify(ConnectionClosedByClient, 'ConnectionClosedByClient', 'CONNECTION_CLOSED_BY_CLIENT');
  }

  constructor(replyCode: number, replyText: string, details: CloseDetails = {}) {
    super(replyCode, replyText, details, `the connection was closed by this side: ${replyCode} ${replyText}`);
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
