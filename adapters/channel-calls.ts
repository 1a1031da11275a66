import {
  BASIC_QOS,
  BASIC_RECOVER,
  CHANNEL_FLOW,
  EXCHANGE_BIND,
  EXCHANGE_DECLARE,
  EXCHANGE_DELETE,
  EXCHANGE_UNBIND,
  type MethodId,
  QUEUE_BIND,
  QUEUE_DECLARE,
  QUEUE_DELETE,
  QUEUE_PURGE,
  QUEUE_UNBIND,
  TX_COMMIT,
  TX_ROLLBACK,
  TX_SELECT,
} from '../amqp/index.ts';
import type { CallField, CallFields } from './call-fields.ts';
import type { ChannelMethods } from './channel-methods.ts';
import { flag, integer, number, orNull, plainObject, shortText } from './field-checks.ts';

/** A method that is asked and answered. */
export interface Call {
  readonly id: MethodId;
  readonly fields: CallFields;
}
export type CallName = keyof ChannelMethods;

const REQUIRED_TEXT: CallField = { check: shortText };
const TEXT: CallField = { check: shortText, initial: '' };
const FLAG: CallField = { check: flag, initial: false };
const TABLE: CallField = { check: orNull(plainObject), initial: null };

/** The calls whose surface is derived: name → method, our fields → the protocol's. */
export const CALLS: Readonly<Record<CallName, Call>> = {
  exchangeDeclare: {
    id: EXCHANGE_DECLARE,
    fields: {
      exchange: REQUIRED_TEXT,
      exchangeType: { check: shortText, initial: 'direct', wire: 'type' },
      passive: FLAG,
      durable: FLAG,
      autoDelete: FLAG,
      internal: FLAG,
      nowait: FLAG,
      arguments: TABLE,
    },
  },
  exchangeDelete: { id: EXCHANGE_DELETE, fields: { exchange: TEXT, ifUnused: FLAG, nowait: FLAG } },
  exchangeBind: {
    id: EXCHANGE_BIND,
    fields: { destination: REQUIRED_TEXT, source: REQUIRED_TEXT, routingKey: TEXT, nowait: FLAG, arguments: TABLE },
  },
  exchangeUnbind: {
    id: EXCHANGE_UNBIND,
    fields: { destination: TEXT, source: TEXT, routingKey: TEXT, nowait: FLAG, arguments: TABLE },
  },
  queueDeclare: {
    id: QUEUE_DECLARE,
    fields: {
      queue: TEXT,
      passive: FLAG,
      durable: FLAG,
      exclusive: FLAG,
      autoDelete: FLAG,
      nowait: FLAG,
      arguments: TABLE,
    },
  },
  queueBind: {
    id: QUEUE_BIND,
    fields: {
      queue: REQUIRED_TEXT,
      exchange: REQUIRED_TEXT,
      routingKey: { check: shortText, like: 'queue' },
      nowait: FLAG,
      arguments: TABLE,
    },
  },
  queueUnbind: {
    id: QUEUE_UNBIND,
    fields: {
      queue: REQUIRED_TEXT,
      exchange: TEXT,
      routingKey: { check: shortText, like: 'queue' },
      arguments: TABLE,
    },
  },
  queuePurge: { id: QUEUE_PURGE, fields: { queue: REQUIRED_TEXT, nowait: FLAG } },
  queueDelete: { id: QUEUE_DELETE, fields: { queue: REQUIRED_TEXT, ifUnused: FLAG, ifEmpty: FLAG, nowait: FLAG } },
  basicQos: {
    id: BASIC_QOS,
    fields: {
      prefetchSize: { check: integer(0, 0xffff_ffff), initial: 0 },
      prefetchCount: { check: integer(0, 0xffff), initial: 0 },
      globalQos: { ...FLAG, wire: 'global' },
    },
  },
  basicRecover: { id: BASIC_RECOVER, fields: { requeue: FLAG } },
  flow: { id: CHANNEL_FLOW, fields: { active: { check: flag } } },
  txSelect: { id: TX_SELECT, fields: {} },
  txCommit: { id: TX_COMMIT, fields: {} },
  txRollback: { id: TX_ROLLBACK, fields: {} },
};

export const CONSUME_FIELDS: CallFields = {
  queue: REQUIRED_TEXT,
  autoAck: { ...FLAG, wire: 'noAck' },
  exclusive: FLAG,
  consumerTag: TEXT,
  arguments: TABLE,
};
/** Of `consume()`. */
export const GENERATOR_FIELDS: CallFields = {
  ...CONSUME_FIELDS,
  inactivityTimeout: { check: orNull(number(0, Number.POSITIVE_INFINITY)), initial: null },
};
/** Of `confirmDelivery()`, where calls wait. */
export const CONFIRM_FIELDS: CallFields = { window: { check: integer(1), initial: 1 } };
export const CANCEL_FIELDS: CallFields = { consumerTag: REQUIRED_TEXT, nowait: FLAG };
export const GET_FIELDS: CallFields = { queue: REQUIRED_TEXT, autoAck: { ...FLAG, wire: 'noAck' } };
export const CLOSE_FIELDS: CallFields = {
  replyCode: { check: integer(0, 0xffff), initial: 0 },
  replyText: { check: shortText, initial: 'Normal shutdown' },
};
