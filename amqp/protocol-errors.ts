import { AMQPError, identify } from './amqp-error.ts';

/** The peer broke the protocol or one of our limits: the connection is closed with `replyCode`. */
export class ProtocolSyntaxError extends AMQPError {
  static {
    identify(ProtocolSyntaxError, 'ProtocolSyntaxError', 'PROTOCOL_SYNTAX_ERROR');
  }
  /** 501, 502, 503, 504 or 505: what the peer is told (AMQP 0-9-1 §1.2). */
  readonly replyCode: number;

  constructor(text = '', replyCode = 501, options?: ErrorOptions) {
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

  constructor(text = '', replyCode = 505, options?: ErrorOptions) {
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
