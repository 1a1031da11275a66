export { identify } from './amqp-error.ts';
export * from './argument-errors.ts';
export { type CallOptions, ChannelMachine, type ChannelNumbering } from './channel-machine.ts';
export * from './codec.ts';
export { ConnectionMachine, type ConnectionMachineOptions } from './connection-machine.ts';
export { newConsumerTag, REPLY_TO } from './consumers.ts';
export {
  type Credentials,
  type CredentialsResponse,
  ExternalCredentials,
  PlainCredentials,
  type StartOffer,
  VALID_TYPES,
} from './credentials.ts';
export * from './errors.ts';
export type {
  ChannelEvents,
  ConnectionEvents,
  FetchedMessage,
  GetHandler,
  MessageHandler,
  ReplyHandler,
} from './events.ts';
export { FrameReader, type FrameSink } from './frames.ts';
export * from './marshal.ts';
export * from './methods.ts';
export { printable } from './printable.ts';
export { Reader } from './reader.ts';
export { REPLY_CODES, type ReplyCode } from './reply-codes.ts';
export type { ChannelState, ConnectionState } from './states.ts';
export { MAX_DEPTH, MAX_NAMES, readTable, writeTable } from './table.ts';
export { plainText, setTextCodec, type TextCodec, textCodec } from './text.ts';
export {
  Decimal,
  type FieldTable,
  type FieldType,
  type FieldValue,
  isBytes,
  isDate,
  isPlainObject,
  TypedField,
  typed,
} from './values.ts';
export {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD_SIZE,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  Writer,
} from './writer.ts';
