import { printable } from './printable.ts';
import { REPLY_CODES } from './reply-codes.ts';

/** The root. Its text is one line of at most 512 printable characters. */
export class AMQPError extends Error {
  /** The same for every error of a class: `STREAM_LOST`. Declared here, kept on the prototypes. */
  declare readonly code: string;
  static {
    identify(AMQPError, 'AMQPError', 'AMQP_ERROR');
  }

  constructor(text = '', options?: ErrorOptions) {
    super(printable(text), options);
  }
}

/** A channel number that is out of range or in use. */
export class InvalidChannelNumber extends AMQPError {
  static {
    identify(InvalidChannelNumber, 'InvalidChannelNumber', 'INVALID_CHANNEL_NUMBER');
  }
  readonly channelNumber: number;

  constructor(channelNumber: number, why = 'will not do') {
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

/** A call that waited was called off; `cause` is the reason that was given. */
export class WaitCancelled extends AMQPError {
  static {
    identify(WaitCancelled, 'WaitCancelled', 'WAIT_CANCELLED');
  }
}

/** What may be known of a connection.close or channel.close beside its code and text. */
export interface CloseDetails extends ErrorOptions {
  /** The class and method that caused it, 0 when none did. */
  readonly classId?: number;
  readonly methodId?: number;
  /** The name of that method, `queue.declare`. */
  readonly method?: string | undefined;
}

/**
 * Gives a class its name and code: minifiers rename classes, and what is on the prototype is not listed among an error's
 * own fields.
 */
export function identify(target: { readonly prototype: AMQPError }, name: string, code: string): void {
  for (const [key, value] of Object.entries({ name, code })) {
    Object.defineProperty(target.prototype, key, { value, configurable: true, writable: true });
  }
}

/** A close in one line: code, the peer's words, the method that caused it, and what to do. */
export function closeText(replyCode: number, replyText: string, { method }: CloseDetails = {}): string {
  const advice = REPLY_CODES[replyCode]?.advice ?? 'its log tells why';
  return `${replyCode} ${printable(replyText, 300)}${method ? ` (${method})` : ''}; ${advice}`;
}
