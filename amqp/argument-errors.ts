/** The codes that an argument error can have. */
export type ArgumentErrorCode =
  | 'ARG_TYPE'
  | 'ARG_RANGE'
  | 'ARG_UNKNOWN_FIELD'
  | 'URL_INVALID'
  | 'TOO_LONG'
  | 'UNENCODABLE'
  | 'UNKNOWN_DELIVERY_TAG'
  | 'OUTBOUND_FULL';

/** What every argument error carries beside its text; it is a TypeError or a RangeError, never an AMQPError. */
export interface ArgumentFault {
  readonly code: ArgumentErrorCode;
  /** The argument, parameter or URL query name that is wrong. */
  readonly field: string;
}

/** An argument of a wrong kind. `text` names the field. */
export function makeTypeError(code: ArgumentErrorCode, field: string, text: string): TypeError & ArgumentFault {
  return Object.assign(new TypeError(text), { code, field });
}

/** An argument of the right kind with a value that will not do. `text` names the field. */
export function makeRangeError(code: ArgumentErrorCode, field: string, text: string): RangeError & ArgumentFault {
  return Object.assign(new RangeError(text), { code, field });
}

/** A text that takes more than the 255 bytes of a short string. */
export class ShortStringTooLong extends RangeError implements ArgumentFault {
  readonly code = 'TOO_LONG';
  readonly field: string;
  static {
    ShortStringTooLong.prototype.name = 'ShortStringTooLong';
  }

  constructor(field: string, text: string) {
    super(
      `${field.slice(0, 80)} takes more than the 255 bytes that AMQP allows for it: ${JSON.stringify(text.slice(0, 40))}…`,
    );
    this.field = field;
  }
}

/** A wish for frames that are smaller than the protocol's least (AMQP 0-9-1 §4.2.3). */
export class InvalidMinimumFrameSize extends RangeError implements ArgumentFault {
  readonly code = 'ARG_RANGE';
  readonly field: string;
  static {
    InvalidMinimumFrameSize.prototype.name = 'InvalidMinimumFrameSize';
  }

  constructor(field: string, least: number, given: number) {
    super(`${field} must be at least ${least}, not ${given}`);
    this.field = field;
  }
}

/** A wish for frames that are larger than this library takes. */
export class InvalidMaximumFrameSize extends RangeError implements ArgumentFault {
  readonly code = 'ARG_RANGE';
  readonly field: string;
  static {
    InvalidMaximumFrameSize.prototype.name = 'InvalidMaximumFrameSize';
  }

  constructor(field: string, most: number, given: number) {
    super(`${field} must be at most ${most}, not ${given}`);
    this.field = field;
  }
}

/** A value that no field type can carry. */
export class UnsupportedAMQPFieldException extends TypeError implements ArgumentFault {
  readonly code = 'UNENCODABLE';
  readonly field: string;
  static {
    UnsupportedAMQPFieldException.prototype.name = 'UnsupportedAMQPFieldException';
  }

  constructor(field: string, kind: string) {
    super(`${field} is ${kind}, which a field table cannot carry`);
    this.field = field;
  }
}

/**
 * The error for a value where an integer from `low` to `high` is due: a TypeError or a RangeError, as it deserves. A bigint
 * is of the right kind where `high` is one.
 */
export function integerError(field: string, value: unknown, low: number | bigint, high: number | bigint): Error {
  if (typeof value !== 'number' && (typeof value !== 'bigint' || typeof high !== 'bigint')) {
    return makeTypeError('ARG_TYPE', field, `${field} must be a number, not ${kindOf(value)}`);
  }
  return makeRangeError('ARG_RANGE', field, `${field} must be an integer from ${low} to ${high}, not ${value}`);
}

/** The error for a value that is not of the kind that is due. */
export function kindError(field: string, value: unknown, due: string): TypeError & ArgumentFault {
  return makeTypeError('ARG_TYPE', field, `${field} must be ${due}, not ${kindOf(value)}`);
}

/** How an error speaks of a value: by kind, as the value itself may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}
