// Generated from spec.ts by `npm run generate`: change it there.

import type { FieldTable } from './values.ts';

/** Class and method in one number: 0x0032000a is queue.declare (50, 10). */
export type MethodId = number;

/** What is known of a method without looking into it. */
export interface MethodInfo {
  readonly id: MethodId;
  /** `queue.declare`. */
  readonly name: string;
  readonly classId: number;
  readonly methodId: number;
  /** The methods that answer it; empty where none does. */
  readonly replies: readonly MethodId[];
  /** Whether a header and bodies follow it. */
  readonly content: boolean;
  /** Its fields by the protocol's names in camelCase; reserved ones are left out. */
  readonly fields: readonly string[];
}

/** A method that has no fields. */
export type NoFields = Record<string, never>;

/** A method's fields as they are read: all are there, and a string of bytes is bytes. */
export type Decoded<T> = { [K in keyof T]-?: Uint8Array extends T[K] ? Uint8Array : NonNullable<T[K]> };

/** connection.start (10, 10) */
export interface ConnectionStart {
  versionMajor: number;
  versionMinor: number;
  serverProperties: FieldTable;
  mechanisms: string;
  locales: string;
}

/** connection.start-ok (10, 11) */
export interface ConnectionStartOk {
  clientProperties?: FieldTable | null | undefined;
  mechanism?: string | undefined;
  response: string | Uint8Array;
  locale?: string | undefined;
}

/** connection.secure (10, 20) */
export interface ConnectionSecure {
  challenge: string | Uint8Array;
}

/** connection.secure-ok (10, 21) */
export interface ConnectionSecureOk {
  response: string | Uint8Array;
}

/** connection.tune (10, 30) */
export interface ConnectionTune {
  channelMax: number;
  frameMax: number;
  heartbeat: number;
}

/** connection.tune-ok (10, 31) */
export interface ConnectionTuneOk {
  channelMax?: number | undefined;
  frameMax?: number | undefined;
  heartbeat?: number | undefined;
}

/** connection.open (10, 40) */
export interface ConnectionOpen {
  virtualHost?: string | undefined;
}

/** connection.open-ok (10, 41) */
export interface ConnectionOpenOk {
  knownHosts?: string | undefined;
}

/** connection.close (10, 50) */
export interface ConnectionClose {
  replyCode: number;
  replyText?: string | undefined;
  classId?: number | undefined;
  methodId?: number | undefined;
}

/** connection.close-ok (10, 51) */
export type ConnectionCloseOk = NoFields;

/** connection.blocked (10, 60) */
export interface ConnectionBlocked {
  reason?: string | undefined;
}

/** connection.unblocked (10, 61) */
export type ConnectionUnblocked = NoFields;

/** connection.update-secret (10, 70) */
export interface ConnectionUpdateSecret {
  newSecret: string;
  reason: string;
}

/** connection.update-secret-ok (10, 71) */
export type ConnectionUpdateSecretOk = NoFields;

/** channel.open (20, 10) */
export type ChannelOpen = NoFields;

/** channel.open-ok (20, 11) */
export type ChannelOpenOk = NoFields;

/** channel.flow (20, 20) */
export interface ChannelFlow {
  active: boolean;
}

/** channel.flow-ok (20, 21) */
export interface ChannelFlowOk {
  active: boolean;
}

/** channel.close (20, 40) */
export interface ChannelClose {
  replyCode: number;
  replyText?: string | undefined;
  classId?: number | undefined;
  methodId?: number | undefined;
}

/** channel.close-ok (20, 41) */
export type ChannelCloseOk = NoFields;

/** exchange.declare (40, 10) */
export interface ExchangeDeclare {
  exchange: string;
  type?: string | undefined;
  passive?: boolean | undefined;
  durable?: boolean | undefined;
  autoDelete?: boolean | undefined;
  internal?: boolean | undefined;
  nowait?: boolean | undefined;
  arguments?: FieldTable | null | undefined;
}

/** exchange.declare-ok (40, 11) */
export type ExchangeDeclareOk = NoFields;

/** exchange.delete (40, 20) */
export interface ExchangeDelete {
  exchange: string;
  ifUnused?: boolean | undefined;
  nowait?: boolean | undefined;
}

/** exchange.delete-ok (40, 21) */
export type ExchangeDeleteOk = NoFields;

/** exchange.bind (40, 30) */
export interface ExchangeBind {
  destination: string;
  source: string;
  routingKey?: string | undefined;
  nowait?: boolean | undefined;
  arguments?: FieldTable | null | undefined;
}

/** exchange.bind-ok (40, 31) */
export type ExchangeBindOk = NoFields;

/** exchange.unbind (40, 40) */
export interface ExchangeUnbind {
  destination: string;
  source: string;
  routingKey?: string | undefined;
  nowait?: boolean | undefined;
  arguments?: FieldTable | null | undefined;
}

/** exchange.unbind-ok (40, 51) */
export type ExchangeUnbindOk = NoFields;

/** queue.declare (50, 10) */
export interface QueueDeclare {
  queue?: string | undefined;
  passive?: boolean | undefined;
  durable?: boolean | undefined;
  exclusive?: boolean | undefined;
  autoDelete?: boolean | undefined;
  nowait?: boolean | undefined;
  arguments?: FieldTable | null | undefined;
}

/** queue.declare-ok (50, 11) */
export interface QueueDeclareOk {
  queue: string;
  messageCount: number;
  consumerCount: number;
}

/** queue.bind (50, 20) */
export interface QueueBind {
  queue?: string | undefined;
  exchange: string;
  routingKey?: string | undefined;
  nowait?: boolean | undefined;
  arguments?: FieldTable | null | undefined;
}

/** queue.bind-ok (50, 21) */
export type QueueBindOk = NoFields;

/** queue.purge (50, 30) */
export interface QueuePurge {
  queue?: string | undefined;
  nowait?: boolean | undefined;
}

/** queue.purge-ok (50, 31) */
export interface QueuePurgeOk {
  messageCount: number;
}

/** queue.delete (50, 40) */
export interface QueueDelete {
  queue?: string | undefined;
  ifUnused?: boolean | undefined;
  ifEmpty?: boolean | undefined;
  nowait?: boolean | undefined;
}

/** queue.delete-ok (50, 41) */
export interface QueueDeleteOk {
  messageCount: number;
}

/** queue.unbind (50, 50) */
export interface QueueUnbind {
  queue?: string | undefined;
  exchange: string;
  routingKey?: string | undefined;
  arguments?: FieldTable | null | undefined;
}

/** queue.unbind-ok (50, 51) */
export type QueueUnbindOk = NoFields;

/** basic.qos (60, 10) */
export interface BasicQos {
  prefetchSize?: number | undefined;
  prefetchCount?: number | undefined;
  global?: boolean | undefined;
}

/** basic.qos-ok (60, 11) */
export type BasicQosOk = NoFields;

/** basic.consume (60, 20) */
export interface BasicConsume {
  queue?: string | undefined;
  consumerTag?: string | undefined;
  noLocal?: boolean | undefined;
  noAck?: boolean | undefined;
  exclusive?: boolean | undefined;
  nowait?: boolean | undefined;
  arguments?: FieldTable | null | undefined;
}

/** basic.consume-ok (60, 21) */
export interface BasicConsumeOk {
  consumerTag: string;
}

/** basic.cancel (60, 30) */
export interface BasicCancel {
  consumerTag: string;
  nowait?: boolean | undefined;
}

/** basic.cancel-ok (60, 31) */
export interface BasicCancelOk {
  consumerTag: string;
}

/** basic.publish (60, 40) */
export interface BasicPublish {
  exchange?: string | undefined;
  routingKey?: string | undefined;
  mandatory?: boolean | undefined;
  immediate?: boolean | undefined;
}

/** basic.return (60, 50) */
export interface BasicReturn {
  replyCode: number;
  replyText: string;
  exchange: string;
  routingKey: string;
}

/** basic.deliver (60, 60) */
export interface BasicDeliver {
  consumerTag: string;
  deliveryTag: number | bigint;
  redelivered: boolean;
  exchange: string;
  routingKey: string;
}

/** basic.get (60, 70) */
export interface BasicGet {
  queue?: string | undefined;
  noAck?: boolean | undefined;
}

/** basic.get-ok (60, 71) */
export interface BasicGetOk {
  deliveryTag: number | bigint;
  redelivered: boolean;
  exchange: string;
  routingKey: string;
  messageCount: number;
}

/** basic.get-empty (60, 72) */
export type BasicGetEmpty = NoFields;

/** basic.ack (60, 80) */
export interface BasicAck {
  deliveryTag?: number | bigint | undefined;
  multiple?: boolean | undefined;
}

/** basic.reject (60, 90) */
export interface BasicReject {
  deliveryTag: number | bigint;
  requeue?: boolean | undefined;
}

/** basic.recover-async (60, 100) */
export interface BasicRecoverAsync {
  requeue?: boolean | undefined;
}

/** basic.recover (60, 110) */
export interface BasicRecover {
  requeue?: boolean | undefined;
}

/** basic.recover-ok (60, 111) */
export type BasicRecoverOk = NoFields;

/** basic.nack (60, 120) */
export interface BasicNack {
  deliveryTag?: number | bigint | undefined;
  multiple?: boolean | undefined;
  requeue?: boolean | undefined;
}

/** confirm.select (85, 10) */
export interface ConfirmSelect {
  nowait?: boolean | undefined;
}

/** confirm.select-ok (85, 11) */
export type ConfirmSelectOk = NoFields;

/** tx.select (90, 10) */
export type TxSelect = NoFields;

/** tx.select-ok (90, 11) */
export type TxSelectOk = NoFields;

/** tx.commit (90, 20) */
export type TxCommit = NoFields;

/** tx.commit-ok (90, 21) */
export type TxCommitOk = NoFields;

/** tx.rollback (90, 30) */
export type TxRollback = NoFields;

/** tx.rollback-ok (90, 31) */
export type TxRollbackOk = NoFields;

/** The properties of a message on its way out: what is absent, null or undefined is not sent. */
export interface PropertiesIn {
  contentType?: string | null | undefined;
  contentEncoding?: string | null | undefined;
  headers?: FieldTable | null | undefined;
  deliveryMode?: number | null | undefined;
  priority?: number | null | undefined;
  correlationId?: string | null | undefined;
  replyTo?: string | null | undefined;
  expiration?: string | null | undefined;
  messageId?: string | null | undefined;
  timestamp?: Date | bigint | null | undefined;
  type?: string | null | undefined;
  userId?: string | null | undefined;
  appId?: string | null | undefined;
  clusterId?: string | null | undefined;
}

/** The properties of a message (class basic): what is absent is null. A `timestamp` that no Date can hold is a bigint. */
export class BasicProperties {
  contentType: string | null = null;
  contentEncoding: string | null = null;
  headers: FieldTable | null = null;
  deliveryMode: number | null = null;
  priority: number | null = null;
  correlationId: string | null = null;
  replyTo: string | null = null;
  expiration: string | null = null;
  messageId: string | null = null;
  timestamp: Date | bigint | null = null;
  type: string | null = null;
  userId: string | null = null;
  appId: string | null = null;
  clusterId: string | null = null;
}

/** The names of the properties, in the order of their flags. */
export const PROPERTY_NAMES: readonly (keyof BasicProperties)[] = [
  'contentType',
  'contentEncoding',
  'headers',
  'deliveryMode',
  'priority',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'timestamp',
  'type',
  'userId',
  'appId',
  'clusterId',
];

export const CONNECTION_START = 0x000a000a;
export const CONNECTION_START_OK = 0x000a000b;
export const CONNECTION_SECURE = 0x000a0014;
export const CONNECTION_SECURE_OK = 0x000a0015;
export const CONNECTION_TUNE = 0x000a001e;
export const CONNECTION_TUNE_OK = 0x000a001f;
export const CONNECTION_OPEN = 0x000a0028;
export const CONNECTION_OPEN_OK = 0x000a0029;
export const CONNECTION_CLOSE = 0x000a0032;
export const CONNECTION_CLOSE_OK = 0x000a0033;
export const CONNECTION_BLOCKED = 0x000a003c;
export const CONNECTION_UNBLOCKED = 0x000a003d;
export const CONNECTION_UPDATE_SECRET = 0x000a0046;
export const CONNECTION_UPDATE_SECRET_OK = 0x000a0047;
export const CHANNEL_OPEN = 0x0014000a;
export const CHANNEL_OPEN_OK = 0x0014000b;
export const CHANNEL_FLOW = 0x00140014;
export const CHANNEL_FLOW_OK = 0x00140015;
export const CHANNEL_CLOSE = 0x00140028;
export const CHANNEL_CLOSE_OK = 0x00140029;
export const EXCHANGE_DECLARE = 0x0028000a;
export const EXCHANGE_DECLARE_OK = 0x0028000b;
export const EXCHANGE_DELETE = 0x00280014;
export const EXCHANGE_DELETE_OK = 0x00280015;
export const EXCHANGE_BIND = 0x0028001e;
export const EXCHANGE_BIND_OK = 0x0028001f;
export const EXCHANGE_UNBIND = 0x00280028;
export const EXCHANGE_UNBIND_OK = 0x00280033;
export const QUEUE_DECLARE = 0x0032000a;
export const QUEUE_DECLARE_OK = 0x0032000b;
export const QUEUE_BIND = 0x00320014;
export const QUEUE_BIND_OK = 0x00320015;
export const QUEUE_PURGE = 0x0032001e;
export const QUEUE_PURGE_OK = 0x0032001f;
export const QUEUE_DELETE = 0x00320028;
export const QUEUE_DELETE_OK = 0x00320029;
export const QUEUE_UNBIND = 0x00320032;
export const QUEUE_UNBIND_OK = 0x00320033;
export const BASIC_QOS = 0x003c000a;
export const BASIC_QOS_OK = 0x003c000b;
export const BASIC_CONSUME = 0x003c0014;
export const BASIC_CONSUME_OK = 0x003c0015;
export const BASIC_CANCEL = 0x003c001e;
export const BASIC_CANCEL_OK = 0x003c001f;
export const BASIC_PUBLISH = 0x003c0028;
export const BASIC_RETURN = 0x003c0032;
export const BASIC_DELIVER = 0x003c003c;
export const BASIC_GET = 0x003c0046;
export const BASIC_GET_OK = 0x003c0047;
export const BASIC_GET_EMPTY = 0x003c0048;
export const BASIC_ACK = 0x003c0050;
export const BASIC_REJECT = 0x003c005a;
export const BASIC_RECOVER_ASYNC = 0x003c0064;
export const BASIC_RECOVER = 0x003c006e;
export const BASIC_RECOVER_OK = 0x003c006f;
export const BASIC_NACK = 0x003c0078;
export const CONFIRM_SELECT = 0x0055000a;
export const CONFIRM_SELECT_OK = 0x0055000b;
export const TX_SELECT = 0x005a000a;
export const TX_SELECT_OK = 0x005a000b;
export const TX_COMMIT = 0x005a0014;
export const TX_COMMIT_OK = 0x005a0015;
export const TX_ROLLBACK = 0x005a001e;
export const TX_ROLLBACK_OK = 0x005a001f;

/** Every method, by its number. */
export const METHODS: Readonly<Record<MethodId, MethodInfo>> = {
  [CONNECTION_START]: {
    id: CONNECTION_START,
    name: 'connection.start',
    classId: 10,
    methodId: 10,
    replies: [CONNECTION_START_OK],
    content: false,
    fields: ['versionMajor', 'versionMinor', 'serverProperties', 'mechanisms', 'locales'],
  },
  [CONNECTION_START_OK]: {
    id: CONNECTION_START_OK,
    name: 'connection.start-ok',
    classId: 10,
    methodId: 11,
    replies: [],
    content: false,
    fields: ['clientProperties', 'mechanism', 'response', 'locale'],
  },
  [CONNECTION_SECURE]: {
    id: CONNECTION_SECURE,
    name: 'connection.secure',
    classId: 10,
    methodId: 20,
    replies: [CONNECTION_SECURE_OK],
    content: false,
    fields: ['challenge'],
  },
  [CONNECTION_SECURE_OK]: {
    id: CONNECTION_SECURE_OK,
    name: 'connection.secure-ok',
    classId: 10,
    methodId: 21,
    replies: [],
    content: false,
    fields: ['response'],
  },
  [CONNECTION_TUNE]: {
    id: CONNECTION_TUNE,
    name: 'connection.tune',
    classId: 10,
    methodId: 30,
    replies: [CONNECTION_TUNE_OK],
    content: false,
    fields: ['channelMax', 'frameMax', 'heartbeat'],
  },
  [CONNECTION_TUNE_OK]: {
    id: CONNECTION_TUNE_OK,
    name: 'connection.tune-ok',
    classId: 10,
    methodId: 31,
    replies: [],
    content: false,
    fields: ['channelMax', 'frameMax', 'heartbeat'],
  },
  [CONNECTION_OPEN]: {
    id: CONNECTION_OPEN,
    name: 'connection.open',
    classId: 10,
    methodId: 40,
    replies: [CONNECTION_OPEN_OK],
    content: false,
    fields: ['virtualHost'],
  },
  [CONNECTION_OPEN_OK]: {
    id: CONNECTION_OPEN_OK,
    name: 'connection.open-ok',
    classId: 10,
    methodId: 41,
    replies: [],
    content: false,
    fields: ['knownHosts'],
  },
  [CONNECTION_CLOSE]: {
    id: CONNECTION_CLOSE,
    name: 'connection.close',
    classId: 10,
    methodId: 50,
    replies: [CONNECTION_CLOSE_OK],
    content: false,
    fields: ['replyCode', 'replyText', 'classId', 'methodId'],
  },
  [CONNECTION_CLOSE_OK]: {
    id: CONNECTION_CLOSE_OK,
    name: 'connection.close-ok',
    classId: 10,
    methodId: 51,
    replies: [],
    content: false,
    fields: [],
  },
  [CONNECTION_BLOCKED]: {
    id: CONNECTION_BLOCKED,
    name: 'connection.blocked',
    classId: 10,
    methodId: 60,
    replies: [],
    content: false,
    fields: ['reason'],
  },
  [CONNECTION_UNBLOCKED]: {
    id: CONNECTION_UNBLOCKED,
    name: 'connection.unblocked',
    classId: 10,
    methodId: 61,
    replies: [],
    content: false,
    fields: [],
  },
  [CONNECTION_UPDATE_SECRET]: {
    id: CONNECTION_UPDATE_SECRET,
    name: 'connection.update-secret',
    classId: 10,
    methodId: 70,
    replies: [CONNECTION_UPDATE_SECRET_OK],
    content: false,
    fields: ['newSecret', 'reason'],
  },
  [CONNECTION_UPDATE_SECRET_OK]: {
    id: CONNECTION_UPDATE_SECRET_OK,
    name: 'connection.update-secret-ok',
    classId: 10,
    methodId: 71,
    replies: [],
    content: false,
    fields: [],
  },
  [CHANNEL_OPEN]: {
    id: CHANNEL_OPEN,
    name: 'channel.open',
    classId: 20,
    methodId: 10,
    replies: [CHANNEL_OPEN_OK],
    content: false,
    fields: [],
  },
  [CHANNEL_OPEN_OK]: {
    id: CHANNEL_OPEN_OK,
    name: 'channel.open-ok',
    classId: 20,
    methodId: 11,
    replies: [],
    content: false,
    fields: [],
  },
  [CHANNEL_FLOW]: {
    id: CHANNEL_FLOW,
    name: 'channel.flow',
    classId: 20,
    methodId: 20,
    replies: [CHANNEL_FLOW_OK],
    content: false,
    fields: ['active'],
  },
  [CHANNEL_FLOW_OK]: {
    id: CHANNEL_FLOW_OK,
    name: 'channel.flow-ok',
    classId: 20,
    methodId: 21,
    replies: [],
    content: false,
    fields: ['active'],
  },
  [CHANNEL_CLOSE]: {
    id: CHANNEL_CLOSE,
    name: 'channel.close',
    classId: 20,
    methodId: 40,
    replies: [CHANNEL_CLOSE_OK],
    content: false,
    fields: ['replyCode', 'replyText', 'classId', 'methodId'],
  },
  [CHANNEL_CLOSE_OK]: {
    id: CHANNEL_CLOSE_OK,
    name: 'channel.close-ok',
    classId: 20,
    methodId: 41,
    replies: [],
    content: false,
    fields: [],
  },
  [EXCHANGE_DECLARE]: {
    id: EXCHANGE_DECLARE,
    name: 'exchange.declare',
    classId: 40,
    methodId: 10,
    replies: [EXCHANGE_DECLARE_OK],
    content: false,
    fields: ['exchange', 'type', 'passive', 'durable', 'autoDelete', 'internal', 'nowait', 'arguments'],
  },
  [EXCHANGE_DECLARE_OK]: {
    id: EXCHANGE_DECLARE_OK,
    name: 'exchange.declare-ok',
    classId: 40,
    methodId: 11,
    replies: [],
    content: false,
    fields: [],
  },
  [EXCHANGE_DELETE]: {
    id: EXCHANGE_DELETE,
    name: 'exchange.delete',
    classId: 40,
    methodId: 20,
    replies: [EXCHANGE_DELETE_OK],
    content: false,
    fields: ['exchange', 'ifUnused', 'nowait'],
  },
  [EXCHANGE_DELETE_OK]: {
    id: EXCHANGE_DELETE_OK,
    name: 'exchange.delete-ok',
    classId: 40,
    methodId: 21,
    replies: [],
    content: false,
    fields: [],
  },
  [EXCHANGE_BIND]: {
    id: EXCHANGE_BIND,
    name: 'exchange.bind',
    classId: 40,
    methodId: 30,
    replies: [EXCHANGE_BIND_OK],
    content: false,
    fields: ['destination', 'source', 'routingKey', 'nowait', 'arguments'],
  },
  [EXCHANGE_BIND_OK]: {
    id: EXCHANGE_BIND_OK,
    name: 'exchange.bind-ok',
    classId: 40,
    methodId: 31,
    replies: [],
    content: false,
    fields: [],
  },
  [EXCHANGE_UNBIND]: {
    id: EXCHANGE_UNBIND,
    name: 'exchange.unbind',
    classId: 40,
    methodId: 40,
    replies: [EXCHANGE_UNBIND_OK],
    content: false,
    fields: ['destination', 'source', 'routingKey', 'nowait', 'arguments'],
  },
  [EXCHANGE_UNBIND_OK]: {
    id: EXCHANGE_UNBIND_OK,
    name: 'exchange.unbind-ok',
    classId: 40,
    methodId: 51,
    replies: [],
    content: false,
    fields: [],
  },
  [QUEUE_DECLARE]: {
    id: QUEUE_DECLARE,
    name: 'queue.declare',
    classId: 50,
    methodId: 10,
    replies: [QUEUE_DECLARE_OK],
    content: false,
    fields: ['queue', 'passive', 'durable', 'exclusive', 'autoDelete', 'nowait', 'arguments'],
  },
  [QUEUE_DECLARE_OK]: {
    id: QUEUE_DECLARE_OK,
    name: 'queue.declare-ok',
    classId: 50,
    methodId: 11,
    replies: [],
    content: false,
    fields: ['queue', 'messageCount', 'consumerCount'],
  },
  [QUEUE_BIND]: {
    id: QUEUE_BIND,
    name: 'queue.bind',
    classId: 50,
    methodId: 20,
    replies: [QUEUE_BIND_OK],
    content: false,
    fields: ['queue', 'exchange', 'routingKey', 'nowait', 'arguments'],
  },
  [QUEUE_BIND_OK]: {
    id: QUEUE_BIND_OK,
    name: 'queue.bind-ok',
    classId: 50,
    methodId: 21,
    replies: [],
    content: false,
    fields: [],
  },
  [QUEUE_PURGE]: {
    id: QUEUE_PURGE,
    name: 'queue.purge',
    classId: 50,
    methodId: 30,
    replies: [QUEUE_PURGE_OK],
    content: false,
    fields: ['queue', 'nowait'],
  },
  [QUEUE_PURGE_OK]: {
    id: QUEUE_PURGE_OK,
    name: 'queue.purge-ok',
    classId: 50,
    methodId: 31,
    replies: [],
    content: false,
    fields: ['messageCount'],
  },
  [QUEUE_DELETE]: {
    id: QUEUE_DELETE,
    name: 'queue.delete',
    classId: 50,
    methodId: 40,
    replies: [QUEUE_DELETE_OK],
    content: false,
    fields: ['queue', 'ifUnused', 'ifEmpty', 'nowait'],
  },
  [QUEUE_DELETE_OK]: {
    id: QUEUE_DELETE_OK,
    name: 'queue.delete-ok',
    classId: 50,
    methodId: 41,
    replies: [],
    content: false,
    fields: ['messageCount'],
  },
  [QUEUE_UNBIND]: {
    id: QUEUE_UNBIND,
    name: 'queue.unbind',
    classId: 50,
    methodId: 50,
    replies: [QUEUE_UNBIND_OK],
    content: false,
    fields: ['queue', 'exchange', 'routingKey', 'arguments'],
  },
  [QUEUE_UNBIND_OK]: {
    id: QUEUE_UNBIND_OK,
    name: 'queue.unbind-ok',
    classId: 50,
    methodId: 51,
    replies: [],
    content: false,
    fields: [],
  },
  [BASIC_QOS]: {
    id: BASIC_QOS,
    name: 'basic.qos',
    classId: 60,
    methodId: 10,
    replies: [BASIC_QOS_OK],
    content: false,
    fields: ['prefetchSize', 'prefetchCount', 'global'],
  },
  [BASIC_QOS_OK]: {
    id: BASIC_QOS_OK,
    name: 'basic.qos-ok',
    classId: 60,
    methodId: 11,
    replies: [],
    content: false,
    fields: [],
  },
  [BASIC_CONSUME]: {
    id: BASIC_CONSUME,
    name: 'basic.consume',
    classId: 60,
    methodId: 20,
    replies: [BASIC_CONSUME_OK],
    content: false,
    fields: ['queue', 'consumerTag', 'noLocal', 'noAck', 'exclusive', 'nowait', 'arguments'],
  },
  [BASIC_CONSUME_OK]: {
    id: BASIC_CONSUME_OK,
    name: 'basic.consume-ok',
    classId: 60,
    methodId: 21,
    replies: [],
    content: false,
    fields: ['consumerTag'],
  },
  [BASIC_CANCEL]: {
    id: BASIC_CANCEL,
    name: 'basic.cancel',
    classId: 60,
    methodId: 30,
    replies: [BASIC_CANCEL_OK],
    content: false,
    fields: ['consumerTag', 'nowait'],
  },
  [BASIC_CANCEL_OK]: {
    id: BASIC_CANCEL_OK,
    name: 'basic.cancel-ok',
    classId: 60,
    methodId: 31,
    replies: [],
    content: false,
    fields: ['consumerTag'],
  },
  [BASIC_PUBLISH]: {
    id: BASIC_PUBLISH,
    name: 'basic.publish',
    classId: 60,
    methodId: 40,
    replies: [],
    content: true,
    fields: ['exchange', 'routingKey', 'mandatory', 'immediate'],
  },
  [BASIC_RETURN]: {
    id: BASIC_RETURN,
    name: 'basic.return',
    classId: 60,
    methodId: 50,
    replies: [],
    content: true,
    fields: ['replyCode', 'replyText', 'exchange', 'routingKey'],
  },
  [BASIC_DELIVER]: {
    id: BASIC_DELIVER,
    name: 'basic.deliver',
    classId: 60,
    methodId: 60,
    replies: [],
    content: true,
    fields: ['consumerTag', 'deliveryTag', 'redelivered', 'exchange', 'routingKey'],
  },
  [BASIC_GET]: {
    id: BASIC_GET,
    name: 'basic.get',
    classId: 60,
    methodId: 70,
    replies: [BASIC_GET_OK, BASIC_GET_EMPTY],
    content: false,
    fields: ['queue', 'noAck'],
  },
  [BASIC_GET_OK]: {
    id: BASIC_GET_OK,
    name: 'basic.get-ok',
    classId: 60,
    methodId: 71,
    replies: [],
    content: true,
    fields: ['deliveryTag', 'redelivered', 'exchange', 'routingKey', 'messageCount'],
  },
  [BASIC_GET_EMPTY]: {
    id: BASIC_GET_EMPTY,
    name: 'basic.get-empty',
    classId: 60,
    methodId: 72,
    replies: [],
    content: false,
    fields: [],
  },
  [BASIC_ACK]: {
    id: BASIC_ACK,
    name: 'basic.ack',
    classId: 60,
    methodId: 80,
    replies: [],
    content: false,
    fields: ['deliveryTag', 'multiple'],
  },
  [BASIC_REJECT]: {
    id: BASIC_REJECT,
    name: 'basic.reject',
    classId: 60,
    methodId: 90,
    replies: [],
    content: false,
    fields: ['deliveryTag', 'requeue'],
  },
  [BASIC_RECOVER_ASYNC]: {
    id: BASIC_RECOVER_ASYNC,
    name: 'basic.recover-async',
    classId: 60,
    methodId: 100,
    replies: [],
    content: false,
    fields: ['requeue'],
  },
  [BASIC_RECOVER]: {
    id: BASIC_RECOVER,
    name: 'basic.recover',
    classId: 60,
    methodId: 110,
    replies: [BASIC_RECOVER_OK],
    content: false,
    fields: ['requeue'],
  },
  [BASIC_RECOVER_OK]: {
    id: BASIC_RECOVER_OK,
    name: 'basic.recover-ok',
    classId: 60,
    methodId: 111,
    replies: [],
    content: false,
    fields: [],
  },
  [BASIC_NACK]: {
    id: BASIC_NACK,
    name: 'basic.nack',
    classId: 60,
    methodId: 120,
    replies: [],
    content: false,
    fields: ['deliveryTag', 'multiple', 'requeue'],
  },
  [CONFIRM_SELECT]: {
    id: CONFIRM_SELECT,
    name: 'confirm.select',
    classId: 85,
    methodId: 10,
    replies: [CONFIRM_SELECT_OK],
    content: false,
    fields: ['nowait'],
  },
  [CONFIRM_SELECT_OK]: {
    id: CONFIRM_SELECT_OK,
    name: 'confirm.select-ok',
    classId: 85,
    methodId: 11,
    replies: [],
    content: false,
    fields: [],
  },
  [TX_SELECT]: {
    id: TX_SELECT,
    name: 'tx.select',
    classId: 90,
    methodId: 10,
    replies: [TX_SELECT_OK],
    content: false,
    fields: [],
  },
  [TX_SELECT_OK]: {
    id: TX_SELECT_OK,
    name: 'tx.select-ok',
    classId: 90,
    methodId: 11,
    replies: [],
    content: false,
    fields: [],
  },
  [TX_COMMIT]: {
    id: TX_COMMIT,
    name: 'tx.commit',
    classId: 90,
    methodId: 20,
    replies: [TX_COMMIT_OK],
    content: false,
    fields: [],
  },
  [TX_COMMIT_OK]: {
    id: TX_COMMIT_OK,
    name: 'tx.commit-ok',
    classId: 90,
    methodId: 21,
    replies: [],
    content: false,
    fields: [],
  },
  [TX_ROLLBACK]: {
    id: TX_ROLLBACK,
    name: 'tx.rollback',
    classId: 90,
    methodId: 30,
    replies: [TX_ROLLBACK_OK],
    content: false,
    fields: [],
  },
  [TX_ROLLBACK_OK]: {
    id: TX_ROLLBACK_OK,
    name: 'tx.rollback-ok',
    classId: 90,
    methodId: 31,
    replies: [],
    content: false,
    fields: [],
  },
};
