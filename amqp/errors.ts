/**
 * Everything that can end a call, a channel or a connection. A class for what a caller may treat differently; `name` and
 * `code` are stable. A caller's own mistake is none of these: see `argument-errors.ts`.
 */
export {
  AMQPError,
  type CloseDetails,
  InvalidChannelNumber,
  identify,
  MethodNotImplemented,
  ReentrancyError,
  WaitCancelled,
} from './amqp-error.ts';
export * from './channel-errors.ts';
export * from './connection-errors.ts';
export * from './protocol-errors.ts';
