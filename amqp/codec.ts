// Generated from spec.ts by `npm run generate`: change it there.

import { kindError } from './argument-errors.ts';
import { FieldError, UnexpectedFrameError } from './errors.ts';
import type {
  BasicAck,
  BasicCancel,
  BasicCancelOk,
  BasicConsume,
  BasicConsumeOk,
  BasicDeliver,
  BasicGet,
  BasicGetOk,
  BasicNack,
  BasicPublish,
  BasicQos,
  BasicRecover,
  BasicRecoverAsync,
  BasicReject,
  BasicReturn,
  ChannelClose,
  ChannelFlow,
  ChannelFlowOk,
  ConfirmSelect,
  ConnectionBlocked,
  ConnectionClose,
  ConnectionOpen,
  ConnectionOpenOk,
  ConnectionSecure,
  ConnectionSecureOk,
  ConnectionStart,
  ConnectionStartOk,
  ConnectionTune,
  ConnectionTuneOk,
  ConnectionUpdateSecret,
  Decoded,
  ExchangeBind,
  ExchangeDeclare,
  ExchangeDelete,
  ExchangeUnbind,
  MethodId,
  PropertiesIn,
  QueueBind,
  QueueDeclare,
  QueueDeclareOk,
  QueueDelete,
  QueueDeleteOk,
  QueuePurge,
  QueuePurgeOk,
  QueueUnbind,
} from './methods.ts';
import {
  BASIC_ACK,
  BASIC_CANCEL,
  BASIC_CANCEL_OK,
  BASIC_CONSUME,
  BASIC_CONSUME_OK,
  BASIC_DELIVER,
  BASIC_GET,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  BASIC_NACK,
  BASIC_PUBLISH,
  BASIC_QOS,
  BASIC_QOS_OK,
  BASIC_RECOVER,
  BASIC_RECOVER_ASYNC,
  BASIC_RECOVER_OK,
  BASIC_REJECT,
  BASIC_RETURN,
  BasicProperties,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_FLOW,
  CHANNEL_FLOW_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  CONFIRM_SELECT,
  CONFIRM_SELECT_OK,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN,
  CONNECTION_OPEN_OK,
  CONNECTION_SECURE,
  CONNECTION_SECURE_OK,
  CONNECTION_START,
  CONNECTION_START_OK,
  CONNECTION_TUNE,
  CONNECTION_TUNE_OK,
  CONNECTION_UNBLOCKED,
  CONNECTION_UPDATE_SECRET,
  CONNECTION_UPDATE_SECRET_OK,
  EXCHANGE_BIND,
  EXCHANGE_BIND_OK,
  EXCHANGE_DECLARE,
  EXCHANGE_DECLARE_OK,
  EXCHANGE_DELETE,
  EXCHANGE_DELETE_OK,
  EXCHANGE_UNBIND,
  EXCHANGE_UNBIND_OK,
  QUEUE_BIND,
  QUEUE_BIND_OK,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE,
  QUEUE_DELETE_OK,
  QUEUE_PURGE,
  QUEUE_PURGE_OK,
  QUEUE_UNBIND,
  QUEUE_UNBIND_OK,
  TX_COMMIT,
  TX_COMMIT_OK,
  TX_ROLLBACK,
  TX_ROLLBACK_OK,
  TX_SELECT,
  TX_SELECT_OK,
} from './methods.ts';
import type { Reader } from './reader.ts';
import { readTable, writeTable, writeTimestamp } from './table.ts';
import { FRAME_HEADER, type Writer } from './writer.ts';

/**
 * Writes a method as a whole frame. A field that is absent or undefined has its default.
 * @throws TypeError, RangeError when a field is missing or cannot be encoded; nothing is written then
 */
export function encodeMethod(w: Writer, channel: number, id: MethodId, fields: object): void {
  switch (id) {
    case CONNECTION_START:
      encodeConnectionStart(w, channel, fields as ConnectionStart);
      break;
    case CONNECTION_START_OK:
      encodeConnectionStartOk(w, channel, fields as ConnectionStartOk);
      break;
    case CONNECTION_SECURE:
      encodeConnectionSecure(w, channel, fields as ConnectionSecure);
      break;
    case CONNECTION_SECURE_OK:
      encodeConnectionSecureOk(w, channel, fields as ConnectionSecureOk);
      break;
    case CONNECTION_TUNE:
      encodeConnectionTune(w, channel, fields as ConnectionTune);
      break;
    case CONNECTION_TUNE_OK:
      encodeConnectionTuneOk(w, channel, fields as ConnectionTuneOk);
      break;
    case CONNECTION_OPEN:
      encodeConnectionOpen(w, channel, fields as ConnectionOpen);
      break;
    case CONNECTION_OPEN_OK:
      encodeConnectionOpenOk(w, channel, fields as ConnectionOpenOk);
      break;
    case CONNECTION_CLOSE:
      encodeConnectionClose(w, channel, fields as ConnectionClose);
      break;
    case CONNECTION_CLOSE_OK:
      encodeConnectionCloseOk(w, channel);
      break;
    case CONNECTION_BLOCKED:
      encodeConnectionBlocked(w, channel, fields as ConnectionBlocked);
      break;
    case CONNECTION_UNBLOCKED:
      encodeConnectionUnblocked(w, channel);
      break;
    case CONNECTION_UPDATE_SECRET:
      encodeConnectionUpdateSecret(w, channel, fields as ConnectionUpdateSecret);
      break;
    case CONNECTION_UPDATE_SECRET_OK:
      encodeConnectionUpdateSecretOk(w, channel);
      break;
    case CHANNEL_OPEN:
      encodeChannelOpen(w, channel);
      break;
    case CHANNEL_OPEN_OK:
      encodeChannelOpenOk(w, channel);
      break;
    case CHANNEL_FLOW:
      encodeChannelFlow(w, channel, fields as ChannelFlow);
      break;
    case CHANNEL_FLOW_OK:
      encodeChannelFlowOk(w, channel, fields as ChannelFlowOk);
      break;
    case CHANNEL_CLOSE:
      encodeChannelClose(w, channel, fields as ChannelClose);
      break;
    case CHANNEL_CLOSE_OK:
      encodeChannelCloseOk(w, channel);
      break;
    case EXCHANGE_DECLARE:
      encodeExchangeDeclare(w, channel, fields as ExchangeDeclare);
      break;
    case EXCHANGE_DECLARE_OK:
      encodeExchangeDeclareOk(w, channel);
      break;
    case EXCHANGE_DELETE:
      encodeExchangeDelete(w, channel, fields as ExchangeDelete);
      break;
    case EXCHANGE_DELETE_OK:
      encodeExchangeDeleteOk(w, channel);
      break;
    case EXCHANGE_BIND:
      encodeExchangeBind(w, channel, fields as ExchangeBind);
      break;
    case EXCHANGE_BIND_OK:
      encodeExchangeBindOk(w, channel);
      break;
    case EXCHANGE_UNBIND:
      encodeExchangeUnbind(w, channel, fields as ExchangeUnbind);
      break;
    case EXCHANGE_UNBIND_OK:
      encodeExchangeUnbindOk(w, channel);
      break;
    case QUEUE_DECLARE:
      encodeQueueDeclare(w, channel, fields as QueueDeclare);
      break;
    case QUEUE_DECLARE_OK:
      encodeQueueDeclareOk(w, channel, fields as QueueDeclareOk);
      break;
    case QUEUE_BIND:
      encodeQueueBind(w, channel, fields as QueueBind);
      break;
    case QUEUE_BIND_OK:
      encodeQueueBindOk(w, channel);
      break;
    case QUEUE_PURGE:
      encodeQueuePurge(w, channel, fields as QueuePurge);
      break;
    case QUEUE_PURGE_OK:
      encodeQueuePurgeOk(w, channel, fields as QueuePurgeOk);
      break;
    case QUEUE_DELETE:
      encodeQueueDelete(w, channel, fields as QueueDelete);
      break;
    case QUEUE_DELETE_OK:
      encodeQueueDeleteOk(w, channel, fields as QueueDeleteOk);
      break;
    case QUEUE_UNBIND:
      encodeQueueUnbind(w, channel, fields as QueueUnbind);
      break;
    case QUEUE_UNBIND_OK:
      encodeQueueUnbindOk(w, channel);
      break;
    case BASIC_QOS:
      encodeBasicQos(w, channel, fields as BasicQos);
      break;
    case BASIC_QOS_OK:
      encodeBasicQosOk(w, channel);
      break;
    case BASIC_CONSUME:
      encodeBasicConsume(w, channel, fields as BasicConsume);
      break;
    case BASIC_CONSUME_OK:
      encodeBasicConsumeOk(w, channel, fields as BasicConsumeOk);
      break;
    case BASIC_CANCEL:
      encodeBasicCancel(w, channel, fields as BasicCancel);
      break;
    case BASIC_CANCEL_OK:
      encodeBasicCancelOk(w, channel, fields as BasicCancelOk);
      break;
    case BASIC_PUBLISH:
      encodeBasicPublish(w, channel, fields as BasicPublish);
      break;
    case BASIC_RETURN:
      encodeBasicReturn(w, channel, fields as BasicReturn);
      break;
    case BASIC_DELIVER:
      encodeBasicDeliver(w, channel, fields as BasicDeliver);
      break;
    case BASIC_GET:
      encodeBasicGet(w, channel, fields as BasicGet);
      break;
    case BASIC_GET_OK:
      encodeBasicGetOk(w, channel, fields as BasicGetOk);
      break;
    case BASIC_GET_EMPTY:
      encodeBasicGetEmpty(w, channel);
      break;
    case BASIC_ACK:
      encodeBasicAck(w, channel, fields as BasicAck);
      break;
    case BASIC_REJECT:
      encodeBasicReject(w, channel, fields as BasicReject);
      break;
    case BASIC_RECOVER_ASYNC:
      encodeBasicRecoverAsync(w, channel, fields as BasicRecoverAsync);
      break;
    case BASIC_RECOVER:
      encodeBasicRecover(w, channel, fields as BasicRecover);
      break;
    case BASIC_RECOVER_OK:
      encodeBasicRecoverOk(w, channel);
      break;
    case BASIC_NACK:
      encodeBasicNack(w, channel, fields as BasicNack);
      break;
    case CONFIRM_SELECT:
      encodeConfirmSelect(w, channel, fields as ConfirmSelect);
      break;
    case CONFIRM_SELECT_OK:
      encodeConfirmSelectOk(w, channel);
      break;
    case TX_SELECT:
      encodeTxSelect(w, channel);
      break;
    case TX_SELECT_OK:
      encodeTxSelectOk(w, channel);
      break;
    case TX_COMMIT:
      encodeTxCommit(w, channel);
      break;
    case TX_COMMIT_OK:
      encodeTxCommitOk(w, channel);
      break;
    case TX_ROLLBACK:
      encodeTxRollback(w, channel);
      break;
    case TX_ROLLBACK_OK:
      encodeTxRollbackOk(w, channel);
      break;
    default:
      throw unknownMethod(id);
  }
}

/**
 * Reads the fields that follow class and method; what trails behind them is ignored.
 * @throws FieldError 502 when they do not decode, UnexpectedFrameError 503 when nobody knows the method
 */
export function decodeMethod(r: Reader, id: MethodId): object {
  switch (id) {
    case CONNECTION_START:
      return decodeConnectionStart(r);
    case CONNECTION_START_OK:
      return decodeConnectionStartOk(r);
    case CONNECTION_SECURE:
      return decodeConnectionSecure(r);
    case CONNECTION_SECURE_OK:
      return decodeConnectionSecureOk(r);
    case CONNECTION_TUNE:
      return decodeConnectionTune(r);
    case CONNECTION_TUNE_OK:
      return decodeConnectionTuneOk(r);
    case CONNECTION_OPEN:
      return decodeConnectionOpen(r);
    case CONNECTION_OPEN_OK:
      return decodeConnectionOpenOk(r);
    case CONNECTION_CLOSE:
      return decodeConnectionClose(r);
    case CONNECTION_BLOCKED:
      return decodeConnectionBlocked(r);
    case CONNECTION_UPDATE_SECRET:
      return decodeConnectionUpdateSecret(r);
    case CHANNEL_FLOW:
      return decodeChannelFlow(r);
    case CHANNEL_FLOW_OK:
      return decodeChannelFlowOk(r);
    case CHANNEL_CLOSE:
      return decodeChannelClose(r);
    case EXCHANGE_DECLARE:
      return decodeExchangeDeclare(r);
    case EXCHANGE_DELETE:
      return decodeExchangeDelete(r);
    case EXCHANGE_BIND:
      return decodeExchangeBind(r);
    case EXCHANGE_UNBIND:
      return decodeExchangeUnbind(r);
    case QUEUE_DECLARE:
      return decodeQueueDeclare(r);
    case QUEUE_DECLARE_OK:
      return decodeQueueDeclareOk(r);
    case QUEUE_BIND:
      return decodeQueueBind(r);
    case QUEUE_PURGE:
      return decodeQueuePurge(r);
    case QUEUE_PURGE_OK:
      return decodeQueuePurgeOk(r);
    case QUEUE_DELETE:
      return decodeQueueDelete(r);
    case QUEUE_DELETE_OK:
      return decodeQueueDeleteOk(r);
    case QUEUE_UNBIND:
      return decodeQueueUnbind(r);
    case BASIC_QOS:
      return decodeBasicQos(r);
    case BASIC_CONSUME:
      return decodeBasicConsume(r);
    case BASIC_CONSUME_OK:
      return decodeBasicConsumeOk(r);
    case BASIC_CANCEL:
      return decodeBasicCancel(r);
    case BASIC_CANCEL_OK:
      return decodeBasicCancelOk(r);
    case BASIC_PUBLISH:
      return decodeBasicPublish(r);
    case BASIC_RETURN:
      return decodeBasicReturn(r);
    case BASIC_DELIVER:
      return decodeBasicDeliver(r);
    case BASIC_GET:
      return decodeBasicGet(r);
    case BASIC_GET_OK:
      return decodeBasicGetOk(r);
    case BASIC_ACK:
      return decodeBasicAck(r);
    case BASIC_REJECT:
      return decodeBasicReject(r);
    case BASIC_RECOVER_ASYNC:
      return decodeBasicRecoverAsync(r);
    case BASIC_RECOVER:
      return decodeBasicRecover(r);
    case BASIC_NACK:
      return decodeBasicNack(r);
    case CONFIRM_SELECT:
      return decodeConfirmSelect(r);
    case CONNECTION_CLOSE_OK:
    case CONNECTION_UNBLOCKED:
    case CONNECTION_UPDATE_SECRET_OK:
    case CHANNEL_OPEN:
    case CHANNEL_OPEN_OK:
    case CHANNEL_CLOSE_OK:
    case EXCHANGE_DECLARE_OK:
    case EXCHANGE_DELETE_OK:
    case EXCHANGE_BIND_OK:
    case EXCHANGE_UNBIND_OK:
    case QUEUE_BIND_OK:
    case QUEUE_UNBIND_OK:
    case BASIC_QOS_OK:
    case BASIC_GET_EMPTY:
    case BASIC_RECOVER_OK:
    case CONFIRM_SELECT_OK:
    case TX_SELECT:
    case TX_SELECT_OK:
    case TX_COMMIT:
    case TX_COMMIT_OK:
    case TX_ROLLBACK:
    case TX_ROLLBACK_OK:
      return {};
    default:
      throw unknownMethod(id);
  }
}

/** connection.start (10, 10) */
export function encodeConnectionStart(w: Writer, channel: number, f: ConnectionStart): void {
  const frame = w.beginMethod(channel, CONNECTION_START);
  w.octet(f.versionMajor, 'versionMajor');
  w.octet(f.versionMinor, 'versionMinor');
  writeTable(w, f.serverProperties, 'serverProperties');
  w.longText(f.mechanisms, 'mechanisms');
  w.longText(f.locales, 'locales');
  w.endFrame(frame);
}

/** connection.start-ok (10, 11) */
export function encodeConnectionStartOk(w: Writer, channel: number, f: ConnectionStartOk): void {
  const frame = w.beginMethod(channel, CONNECTION_START_OK);
  writeTable(w, f.clientProperties, 'clientProperties');
  w.shortString(f.mechanism ?? 'PLAIN', 'mechanism');
  w.longString(f.response, 'response');
  w.shortString(f.locale ?? 'en_US', 'locale');
  w.endFrame(frame);
}

/** connection.secure (10, 20) */
export function encodeConnectionSecure(w: Writer, channel: number, f: ConnectionSecure): void {
  const frame = w.beginMethod(channel, CONNECTION_SECURE);
  w.longString(f.challenge, 'challenge');
  w.endFrame(frame);
}

/** connection.secure-ok (10, 21) */
export function encodeConnectionSecureOk(w: Writer, channel: number, f: ConnectionSecureOk): void {
  const frame = w.beginMethod(channel, CONNECTION_SECURE_OK);
  w.longString(f.response, 'response');
  w.endFrame(frame);
}

/** connection.tune (10, 30) */
export function encodeConnectionTune(w: Writer, channel: number, f: ConnectionTune): void {
  const frame = w.beginMethod(channel, CONNECTION_TUNE);
  w.short(f.channelMax, 'channelMax');
  w.long(f.frameMax, 'frameMax');
  w.short(f.heartbeat, 'heartbeat');
  w.endFrame(frame);
}

/** connection.tune-ok (10, 31) */
export function encodeConnectionTuneOk(w: Writer, channel: number, f: ConnectionTuneOk): void {
  const frame = w.beginMethod(channel, CONNECTION_TUNE_OK);
  w.short(f.channelMax ?? 0, 'channelMax');
  w.long(f.frameMax ?? 0, 'frameMax');
  w.short(f.heartbeat ?? 0, 'heartbeat');
  w.endFrame(frame);
}

/** connection.open (10, 40) */
export function encodeConnectionOpen(w: Writer, channel: number, f: ConnectionOpen): void {
  const frame = w.beginMethod(channel, CONNECTION_OPEN);
  w.shortString(f.virtualHost ?? '/', 'virtualHost');
  w.shortString('', 'reserved');
  w.octet(0, 'reserved');
  w.endFrame(frame);
}

/** connection.open-ok (10, 41) */
export function encodeConnectionOpenOk(w: Writer, channel: number, f: ConnectionOpenOk): void {
  const frame = w.beginMethod(channel, CONNECTION_OPEN_OK);
  w.shortString(f.knownHosts ?? '', 'knownHosts');
  w.endFrame(frame);
}

/** connection.close (10, 50) */
export function encodeConnectionClose(w: Writer, channel: number, f: ConnectionClose): void {
  const frame = w.beginMethod(channel, CONNECTION_CLOSE);
  w.short(f.replyCode, 'replyCode');
  w.shortString(f.replyText ?? '', 'replyText');
  w.short(f.classId ?? 0, 'classId');
  w.short(f.methodId ?? 0, 'methodId');
  w.endFrame(frame);
}

/** connection.close-ok (10, 51) */
export function encodeConnectionCloseOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CONNECTION_CLOSE_OK);
  w.endFrame(frame);
}

/** connection.blocked (10, 60) */
export function encodeConnectionBlocked(w: Writer, channel: number, f: ConnectionBlocked): void {
  const frame = w.beginMethod(channel, CONNECTION_BLOCKED);
  w.shortString(f.reason ?? '', 'reason');
  w.endFrame(frame);
}

/** connection.unblocked (10, 61) */
export function encodeConnectionUnblocked(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CONNECTION_UNBLOCKED);
  w.endFrame(frame);
}

/** connection.update-secret (10, 70) */
export function encodeConnectionUpdateSecret(w: Writer, channel: number, f: ConnectionUpdateSecret): void {
  const frame = w.beginMethod(channel, CONNECTION_UPDATE_SECRET);
  w.longText(f.newSecret, 'newSecret');
  w.shortString(f.reason, 'reason');
  w.endFrame(frame);
}

/** connection.update-secret-ok (10, 71) */
export function encodeConnectionUpdateSecretOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CONNECTION_UPDATE_SECRET_OK);
  w.endFrame(frame);
}

/** channel.open (20, 10) */
export function encodeChannelOpen(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CHANNEL_OPEN);
  w.shortString('', 'reserved');
  w.endFrame(frame);
}

/** channel.open-ok (20, 11) */
export function encodeChannelOpenOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CHANNEL_OPEN_OK);
  w.longText('', 'reserved');
  w.endFrame(frame);
}

/** channel.flow (20, 20) */
export function encodeChannelFlow(w: Writer, channel: number, f: ChannelFlow): void {
  const frame = w.beginMethod(channel, CHANNEL_FLOW);
  w.octet(flag(f.active, 1, 'active'), 'bits');
  w.endFrame(frame);
}

/** channel.flow-ok (20, 21) */
export function encodeChannelFlowOk(w: Writer, channel: number, f: ChannelFlowOk): void {
  const frame = w.beginMethod(channel, CHANNEL_FLOW_OK);
  w.octet(flag(f.active, 1, 'active'), 'bits');
  w.endFrame(frame);
}

/** channel.close (20, 40) */
export function encodeChannelClose(w: Writer, channel: number, f: ChannelClose): void {
  const frame = w.beginMethod(channel, CHANNEL_CLOSE);
  w.short(f.replyCode, 'replyCode');
  w.shortString(f.replyText ?? '', 'replyText');
  w.short(f.classId ?? 0, 'classId');
  w.short(f.methodId ?? 0, 'methodId');
  w.endFrame(frame);
}

/** channel.close-ok (20, 41) */
export function encodeChannelCloseOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CHANNEL_CLOSE_OK);
  w.endFrame(frame);
}

/** exchange.declare (40, 10) */
export function encodeExchangeDeclare(w: Writer, channel: number, f: ExchangeDeclare): void {
  const frame = w.beginMethod(channel, EXCHANGE_DECLARE);
  w.short(0, 'reserved');
  w.shortString(f.exchange, 'exchange');
  w.shortString(f.type ?? 'direct', 'type');
  let bits = flag(f.passive ?? false, 1, 'passive');
  bits |= flag(f.durable ?? false, 2, 'durable');
  bits |= flag(f.autoDelete ?? false, 4, 'autoDelete');
  bits |= flag(f.internal ?? false, 8, 'internal');
  bits |= flag(f.nowait ?? false, 16, 'nowait');
  w.octet(bits, 'bits');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** exchange.declare-ok (40, 11) */
export function encodeExchangeDeclareOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, EXCHANGE_DECLARE_OK);
  w.endFrame(frame);
}

/** exchange.delete (40, 20) */
export function encodeExchangeDelete(w: Writer, channel: number, f: ExchangeDelete): void {
  const frame = w.beginMethod(channel, EXCHANGE_DELETE);
  w.short(0, 'reserved');
  w.shortString(f.exchange, 'exchange');
  let bits = flag(f.ifUnused ?? false, 1, 'ifUnused');
  bits |= flag(f.nowait ?? false, 2, 'nowait');
  w.octet(bits, 'bits');
  w.endFrame(frame);
}

/** exchange.delete-ok (40, 21) */
export function encodeExchangeDeleteOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, EXCHANGE_DELETE_OK);
  w.endFrame(frame);
}

/** exchange.bind (40, 30) */
export function encodeExchangeBind(w: Writer, channel: number, f: ExchangeBind): void {
  const frame = w.beginMethod(channel, EXCHANGE_BIND);
  w.short(0, 'reserved');
  w.shortString(f.destination, 'destination');
  w.shortString(f.source, 'source');
  w.shortString(f.routingKey ?? '', 'routingKey');
  w.octet(flag(f.nowait ?? false, 1, 'nowait'), 'bits');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** exchange.bind-ok (40, 31) */
export function encodeExchangeBindOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, EXCHANGE_BIND_OK);
  w.endFrame(frame);
}

/** exchange.unbind (40, 40) */
export function encodeExchangeUnbind(w: Writer, channel: number, f: ExchangeUnbind): void {
  const frame = w.beginMethod(channel, EXCHANGE_UNBIND);
  w.short(0, 'reserved');
  w.shortString(f.destination, 'destination');
  w.shortString(f.source, 'source');
  w.shortString(f.routingKey ?? '', 'routingKey');
  w.octet(flag(f.nowait ?? false, 1, 'nowait'), 'bits');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** exchange.unbind-ok (40, 51) */
export function encodeExchangeUnbindOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, EXCHANGE_UNBIND_OK);
  w.endFrame(frame);
}

/** queue.declare (50, 10) */
export function encodeQueueDeclare(w: Writer, channel: number, f: QueueDeclare): void {
  const frame = w.beginMethod(channel, QUEUE_DECLARE);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  let bits = flag(f.passive ?? false, 1, 'passive');
  bits |= flag(f.durable ?? false, 2, 'durable');
  bits |= flag(f.exclusive ?? false, 4, 'exclusive');
  bits |= flag(f.autoDelete ?? false, 8, 'autoDelete');
  bits |= flag(f.nowait ?? false, 16, 'nowait');
  w.octet(bits, 'bits');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** queue.declare-ok (50, 11) */
export function encodeQueueDeclareOk(w: Writer, channel: number, f: QueueDeclareOk): void {
  const frame = w.beginMethod(channel, QUEUE_DECLARE_OK);
  w.shortString(f.queue, 'queue');
  w.long(f.messageCount, 'messageCount');
  w.long(f.consumerCount, 'consumerCount');
  w.endFrame(frame);
}

/** queue.bind (50, 20) */
export function encodeQueueBind(w: Writer, channel: number, f: QueueBind): void {
  const frame = w.beginMethod(channel, QUEUE_BIND);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  w.shortString(f.exchange, 'exchange');
  w.shortString(f.routingKey ?? '', 'routingKey');
  w.octet(flag(f.nowait ?? false, 1, 'nowait'), 'bits');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** queue.bind-ok (50, 21) */
export function encodeQueueBindOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, QUEUE_BIND_OK);
  w.endFrame(frame);
}

/** queue.purge (50, 30) */
export function encodeQueuePurge(w: Writer, channel: number, f: QueuePurge): void {
  const frame = w.beginMethod(channel, QUEUE_PURGE);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  w.octet(flag(f.nowait ?? false, 1, 'nowait'), 'bits');
  w.endFrame(frame);
}

/** queue.purge-ok (50, 31) */
export function encodeQueuePurgeOk(w: Writer, channel: number, f: QueuePurgeOk): void {
  const frame = w.beginMethod(channel, QUEUE_PURGE_OK);
  w.long(f.messageCount, 'messageCount');
  w.endFrame(frame);
}

/** queue.delete (50, 40) */
export function encodeQueueDelete(w: Writer, channel: number, f: QueueDelete): void {
  const frame = w.beginMethod(channel, QUEUE_DELETE);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  let bits = flag(f.ifUnused ?? false, 1, 'ifUnused');
  bits |= flag(f.ifEmpty ?? false, 2, 'ifEmpty');
  bits |= flag(f.nowait ?? false, 4, 'nowait');
  w.octet(bits, 'bits');
  w.endFrame(frame);
}

/** queue.delete-ok (50, 41) */
export function encodeQueueDeleteOk(w: Writer, channel: number, f: QueueDeleteOk): void {
  const frame = w.beginMethod(channel, QUEUE_DELETE_OK);
  w.long(f.messageCount, 'messageCount');
  w.endFrame(frame);
}

/** queue.unbind (50, 50) */
export function encodeQueueUnbind(w: Writer, channel: number, f: QueueUnbind): void {
  const frame = w.beginMethod(channel, QUEUE_UNBIND);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  w.shortString(f.exchange, 'exchange');
  w.shortString(f.routingKey ?? '', 'routingKey');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** queue.unbind-ok (50, 51) */
export function encodeQueueUnbindOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, QUEUE_UNBIND_OK);
  w.endFrame(frame);
}

/** basic.qos (60, 10) */
export function encodeBasicQos(w: Writer, channel: number, f: BasicQos): void {
  const frame = w.beginMethod(channel, BASIC_QOS);
  w.long(f.prefetchSize ?? 0, 'prefetchSize');
  w.short(f.prefetchCount ?? 0, 'prefetchCount');
  w.octet(flag(f.global ?? false, 1, 'global'), 'bits');
  w.endFrame(frame);
}

/** basic.qos-ok (60, 11) */
export function encodeBasicQosOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, BASIC_QOS_OK);
  w.endFrame(frame);
}

/** basic.consume (60, 20) */
export function encodeBasicConsume(w: Writer, channel: number, f: BasicConsume): void {
  const frame = w.beginMethod(channel, BASIC_CONSUME);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  w.shortString(f.consumerTag ?? '', 'consumerTag');
  let bits = flag(f.noLocal ?? false, 1, 'noLocal');
  bits |= flag(f.noAck ?? false, 2, 'noAck');
  bits |= flag(f.exclusive ?? false, 4, 'exclusive');
  bits |= flag(f.nowait ?? false, 8, 'nowait');
  w.octet(bits, 'bits');
  writeTable(w, f.arguments, 'arguments');
  w.endFrame(frame);
}

/** basic.consume-ok (60, 21) */
export function encodeBasicConsumeOk(w: Writer, channel: number, f: BasicConsumeOk): void {
  const frame = w.beginMethod(channel, BASIC_CONSUME_OK);
  w.shortString(f.consumerTag, 'consumerTag');
  w.endFrame(frame);
}

/** basic.cancel (60, 30) */
export function encodeBasicCancel(w: Writer, channel: number, f: BasicCancel): void {
  const frame = w.beginMethod(channel, BASIC_CANCEL);
  w.shortString(f.consumerTag, 'consumerTag');
  w.octet(flag(f.nowait ?? false, 1, 'nowait'), 'bits');
  w.endFrame(frame);
}

/** basic.cancel-ok (60, 31) */
export function encodeBasicCancelOk(w: Writer, channel: number, f: BasicCancelOk): void {
  const frame = w.beginMethod(channel, BASIC_CANCEL_OK);
  w.shortString(f.consumerTag, 'consumerTag');
  w.endFrame(frame);
}

/** basic.publish (60, 40) */
export function encodeBasicPublish(w: Writer, channel: number, f: BasicPublish): void {
  const frame = w.beginMethod(channel, BASIC_PUBLISH);
  w.short(0, 'reserved');
  w.shortString(f.exchange ?? '', 'exchange');
  w.shortString(f.routingKey ?? '', 'routingKey');
  let bits = flag(f.mandatory ?? false, 1, 'mandatory');
  bits |= flag(f.immediate ?? false, 2, 'immediate');
  w.octet(bits, 'bits');
  w.endFrame(frame);
}

/** basic.return (60, 50) */
export function encodeBasicReturn(w: Writer, channel: number, f: BasicReturn): void {
  const frame = w.beginMethod(channel, BASIC_RETURN);
  w.short(f.replyCode, 'replyCode');
  w.shortString(f.replyText, 'replyText');
  w.shortString(f.exchange, 'exchange');
  w.shortString(f.routingKey, 'routingKey');
  w.endFrame(frame);
}

/** basic.deliver (60, 60) */
export function encodeBasicDeliver(w: Writer, channel: number, f: BasicDeliver): void {
  const frame = w.beginMethod(channel, BASIC_DELIVER);
  w.shortString(f.consumerTag, 'consumerTag');
  w.longlong(f.deliveryTag, 'deliveryTag');
  w.octet(flag(f.redelivered, 1, 'redelivered'), 'bits');
  w.shortString(f.exchange, 'exchange');
  w.shortString(f.routingKey, 'routingKey');
  w.endFrame(frame);
}

/** basic.get (60, 70) */
export function encodeBasicGet(w: Writer, channel: number, f: BasicGet): void {
  const frame = w.beginMethod(channel, BASIC_GET);
  w.short(0, 'reserved');
  w.shortString(f.queue ?? '', 'queue');
  w.octet(flag(f.noAck ?? false, 1, 'noAck'), 'bits');
  w.endFrame(frame);
}

/** basic.get-ok (60, 71) */
export function encodeBasicGetOk(w: Writer, channel: number, f: BasicGetOk): void {
  const frame = w.beginMethod(channel, BASIC_GET_OK);
  w.longlong(f.deliveryTag, 'deliveryTag');
  w.octet(flag(f.redelivered, 1, 'redelivered'), 'bits');
  w.shortString(f.exchange, 'exchange');
  w.shortString(f.routingKey, 'routingKey');
  w.long(f.messageCount, 'messageCount');
  w.endFrame(frame);
}

/** basic.get-empty (60, 72) */
export function encodeBasicGetEmpty(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, BASIC_GET_EMPTY);
  w.shortString('', 'reserved');
  w.endFrame(frame);
}

/** basic.ack (60, 80) */
export function encodeBasicAck(w: Writer, channel: number, f: BasicAck): void {
  const frame = w.beginMethod(channel, BASIC_ACK);
  w.longlong(f.deliveryTag ?? 0, 'deliveryTag');
  w.octet(flag(f.multiple ?? false, 1, 'multiple'), 'bits');
  w.endFrame(frame);
}

/** basic.reject (60, 90) */
export function encodeBasicReject(w: Writer, channel: number, f: BasicReject): void {
  const frame = w.beginMethod(channel, BASIC_REJECT);
  w.longlong(f.deliveryTag, 'deliveryTag');
  w.octet(flag(f.requeue ?? true, 1, 'requeue'), 'bits');
  w.endFrame(frame);
}

/** basic.recover-async (60, 100) */
export function encodeBasicRecoverAsync(w: Writer, channel: number, f: BasicRecoverAsync): void {
  const frame = w.beginMethod(channel, BASIC_RECOVER_ASYNC);
  w.octet(flag(f.requeue ?? false, 1, 'requeue'), 'bits');
  w.endFrame(frame);
}

/** basic.recover (60, 110) */
export function encodeBasicRecover(w: Writer, channel: number, f: BasicRecover): void {
  const frame = w.beginMethod(channel, BASIC_RECOVER);
  w.octet(flag(f.requeue ?? false, 1, 'requeue'), 'bits');
  w.endFrame(frame);
}

/** basic.recover-ok (60, 111) */
export function encodeBasicRecoverOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, BASIC_RECOVER_OK);
  w.endFrame(frame);
}

/** basic.nack (60, 120) */
export function encodeBasicNack(w: Writer, channel: number, f: BasicNack): void {
  const frame = w.beginMethod(channel, BASIC_NACK);
  w.longlong(f.deliveryTag ?? 0, 'deliveryTag');
  let bits = flag(f.multiple ?? false, 1, 'multiple');
  bits |= flag(f.requeue ?? true, 2, 'requeue');
  w.octet(bits, 'bits');
  w.endFrame(frame);
}

/** confirm.select (85, 10) */
export function encodeConfirmSelect(w: Writer, channel: number, f: ConfirmSelect): void {
  const frame = w.beginMethod(channel, CONFIRM_SELECT);
  w.octet(flag(f.nowait ?? false, 1, 'nowait'), 'bits');
  w.endFrame(frame);
}

/** confirm.select-ok (85, 11) */
export function encodeConfirmSelectOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, CONFIRM_SELECT_OK);
  w.endFrame(frame);
}

/** tx.select (90, 10) */
export function encodeTxSelect(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, TX_SELECT);
  w.endFrame(frame);
}

/** tx.select-ok (90, 11) */
export function encodeTxSelectOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, TX_SELECT_OK);
  w.endFrame(frame);
}

/** tx.commit (90, 20) */
export function encodeTxCommit(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, TX_COMMIT);
  w.endFrame(frame);
}

/** tx.commit-ok (90, 21) */
export function encodeTxCommitOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, TX_COMMIT_OK);
  w.endFrame(frame);
}

/** tx.rollback (90, 30) */
export function encodeTxRollback(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, TX_ROLLBACK);
  w.endFrame(frame);
}

/** tx.rollback-ok (90, 31) */
export function encodeTxRollbackOk(w: Writer, channel: number): void {
  const frame = w.beginMethod(channel, TX_ROLLBACK_OK);
  w.endFrame(frame);
}

/** connection.start (10, 10) */
export function decodeConnectionStart(r: Reader): Decoded<ConnectionStart> {
  const versionMajor = r.octet();
  const versionMinor = r.octet();
  const serverProperties = readTable(r);
  const mechanisms = r.longText();
  const locales = r.longText();
  return {
    versionMajor,
    versionMinor,
    serverProperties,
    mechanisms,
    locales,
  };
}

/** connection.start-ok (10, 11) */
export function decodeConnectionStartOk(r: Reader): Decoded<ConnectionStartOk> {
  const clientProperties = readTable(r);
  const mechanism = r.shortString();
  const response = r.longString();
  const locale = r.shortString();
  return {
    clientProperties,
    mechanism,
    response,
    locale,
  };
}

/** connection.secure (10, 20) */
export function decodeConnectionSecure(r: Reader): Decoded<ConnectionSecure> {
  const challenge = r.longString();
  return {
    challenge,
  };
}

/** connection.secure-ok (10, 21) */
export function decodeConnectionSecureOk(r: Reader): Decoded<ConnectionSecureOk> {
  const response = r.longString();
  return {
    response,
  };
}

/** connection.tune (10, 30) */
export function decodeConnectionTune(r: Reader): Decoded<ConnectionTune> {
  const channelMax = r.short();
  const frameMax = r.long();
  const heartbeat = r.short();
  return {
    channelMax,
    frameMax,
    heartbeat,
  };
}

/** connection.tune-ok (10, 31) */
export function decodeConnectionTuneOk(r: Reader): Decoded<ConnectionTuneOk> {
  const channelMax = r.short();
  const frameMax = r.long();
  const heartbeat = r.short();
  return {
    channelMax,
    frameMax,
    heartbeat,
  };
}

/** connection.open (10, 40) */
export function decodeConnectionOpen(r: Reader): Decoded<ConnectionOpen> {
  const virtualHost = r.shortString();
  return {
    virtualHost,
  };
}

/** connection.open-ok (10, 41) */
export function decodeConnectionOpenOk(r: Reader): Decoded<ConnectionOpenOk> {
  const knownHosts = r.shortString();
  return {
    knownHosts,
  };
}

/** connection.close (10, 50) */
export function decodeConnectionClose(r: Reader): Decoded<ConnectionClose> {
  const replyCode = r.short();
  const replyText = r.shortString();
  const classId = r.short();
  const methodId = r.short();
  return {
    replyCode,
    replyText,
    classId,
    methodId,
  };
}

/** connection.blocked (10, 60) */
export function decodeConnectionBlocked(r: Reader): Decoded<ConnectionBlocked> {
  const reason = r.shortString();
  return {
    reason,
  };
}

/** connection.update-secret (10, 70) */
export function decodeConnectionUpdateSecret(r: Reader): Decoded<ConnectionUpdateSecret> {
  const newSecret = r.longText();
  const reason = r.shortString();
  return {
    newSecret,
    reason,
  };
}

/** channel.flow (20, 20) */
export function decodeChannelFlow(r: Reader): Decoded<ChannelFlow> {
  const bits = r.octet();
  return {
    active: (bits & 1) !== 0,
  };
}

/** channel.flow-ok (20, 21) */
export function decodeChannelFlowOk(r: Reader): Decoded<ChannelFlowOk> {
  const bits = r.octet();
  return {
    active: (bits & 1) !== 0,
  };
}

/** channel.close (20, 40) */
export function decodeChannelClose(r: Reader): Decoded<ChannelClose> {
  const replyCode = r.short();
  const replyText = r.shortString();
  const classId = r.short();
  const methodId = r.short();
  return {
    replyCode,
    replyText,
    classId,
    methodId,
  };
}

/** exchange.declare (40, 10) */
export function decodeExchangeDeclare(r: Reader): Decoded<ExchangeDeclare> {
  r.short();
  const exchange = r.shortString();
  const type = r.shortString();
  const bits = r.octet();
  const args = readTable(r);
  return {
    exchange,
    type,
    passive: (bits & 1) !== 0,
    durable: (bits & 2) !== 0,
    autoDelete: (bits & 4) !== 0,
    internal: (bits & 8) !== 0,
    nowait: (bits & 16) !== 0,
    arguments: args,
  };
}

/** exchange.delete (40, 20) */
export function decodeExchangeDelete(r: Reader): Decoded<ExchangeDelete> {
  r.short();
  const exchange = r.shortString();
  const bits = r.octet();
  return {
    exchange,
    ifUnused: (bits & 1) !== 0,
    nowait: (bits & 2) !== 0,
  };
}

/** exchange.bind (40, 30) */
export function decodeExchangeBind(r: Reader): Decoded<ExchangeBind> {
  r.short();
  const destination = r.shortString();
  const source = r.shortString();
  const routingKey = r.shortString();
  const bits = r.octet();
  const args = readTable(r);
  return {
    destination,
    source,
    routingKey,
    nowait: (bits & 1) !== 0,
    arguments: args,
  };
}

/** exchange.unbind (40, 40) */
export function decodeExchangeUnbind(r: Reader): Decoded<ExchangeUnbind> {
  r.short();
  const destination = r.shortString();
  const source = r.shortString();
  const routingKey = r.shortString();
  const bits = r.octet();
  const args = readTable(r);
  return {
    destination,
    source,
    routingKey,
    nowait: (bits & 1) !== 0,
    arguments: args,
  };
}

/** queue.declare (50, 10) */
export function decodeQueueDeclare(r: Reader): Decoded<QueueDeclare> {
  r.short();
  const queue = r.shortString();
  const bits = r.octet();
  const args = readTable(r);
  return {
    queue,
    passive: (bits & 1) !== 0,
    durable: (bits & 2) !== 0,
    exclusive: (bits & 4) !== 0,
    autoDelete: (bits & 8) !== 0,
    nowait: (bits & 16) !== 0,
    arguments: args,
  };
}

/** queue.declare-ok (50, 11) */
export function decodeQueueDeclareOk(r: Reader): Decoded<QueueDeclareOk> {
  const queue = r.shortString();
  const messageCount = r.long();
  const consumerCount = r.long();
  return {
    queue,
    messageCount,
    consumerCount,
  };
}

/** queue.bind (50, 20) */
export function decodeQueueBind(r: Reader): Decoded<QueueBind> {
  r.short();
  const queue = r.shortString();
  const exchange = r.shortString();
  const routingKey = r.shortString();
  const bits = r.octet();
  const args = readTable(r);
  return {
    queue,
    exchange,
    routingKey,
    nowait: (bits & 1) !== 0,
    arguments: args,
  };
}

/** queue.purge (50, 30) */
export function decodeQueuePurge(r: Reader): Decoded<QueuePurge> {
  r.short();
  const queue = r.shortString();
  const bits = r.octet();
  return {
    queue,
    nowait: (bits & 1) !== 0,
  };
}

/** queue.purge-ok (50, 31) */
export function decodeQueuePurgeOk(r: Reader): Decoded<QueuePurgeOk> {
  const messageCount = r.long();
  return {
    messageCount,
  };
}

/** queue.delete (50, 40) */
export function decodeQueueDelete(r: Reader): Decoded<QueueDelete> {
  r.short();
  const queue = r.shortString();
  const bits = r.octet();
  return {
    queue,
    ifUnused: (bits & 1) !== 0,
    ifEmpty: (bits & 2) !== 0,
    nowait: (bits & 4) !== 0,
  };
}

/** queue.delete-ok (50, 41) */
export function decodeQueueDeleteOk(r: Reader): Decoded<QueueDeleteOk> {
  const messageCount = r.long();
  return {
    messageCount,
  };
}

/** queue.unbind (50, 50) */
export function decodeQueueUnbind(r: Reader): Decoded<QueueUnbind> {
  r.short();
  const queue = r.shortString();
  const exchange = r.shortString();
  const routingKey = r.shortString();
  const args = readTable(r);
  return {
    queue,
    exchange,
    routingKey,
    arguments: args,
  };
}

/** basic.qos (60, 10) */
export function decodeBasicQos(r: Reader): Decoded<BasicQos> {
  const prefetchSize = r.long();
  const prefetchCount = r.short();
  const bits = r.octet();
  return {
    prefetchSize,
    prefetchCount,
    global: (bits & 1) !== 0,
  };
}

/** basic.consume (60, 20) */
export function decodeBasicConsume(r: Reader): Decoded<BasicConsume> {
  r.short();
  const queue = r.shortString();
  const consumerTag = r.shortString();
  const bits = r.octet();
  const args = readTable(r);
  return {
    queue,
    consumerTag,
    noLocal: (bits & 1) !== 0,
    noAck: (bits & 2) !== 0,
    exclusive: (bits & 4) !== 0,
    nowait: (bits & 8) !== 0,
    arguments: args,
  };
}

/** basic.consume-ok (60, 21) */
export function decodeBasicConsumeOk(r: Reader): Decoded<BasicConsumeOk> {
  const consumerTag = r.shortString();
  return {
    consumerTag,
  };
}

/** basic.cancel (60, 30) */
export function decodeBasicCancel(r: Reader): Decoded<BasicCancel> {
  const consumerTag = r.shortString();
  const bits = r.octet();
  return {
    consumerTag,
    nowait: (bits & 1) !== 0,
  };
}

/** basic.cancel-ok (60, 31) */
export function decodeBasicCancelOk(r: Reader): Decoded<BasicCancelOk> {
  const consumerTag = r.shortString();
  return {
    consumerTag,
  };
}

/** basic.publish (60, 40) */
export function decodeBasicPublish(r: Reader): Decoded<BasicPublish> {
  r.short();
  const exchange = r.repeatedString(1);
  const routingKey = r.repeatedString(2);
  const bits = r.octet();
  return {
    exchange,
    routingKey,
    mandatory: (bits & 1) !== 0,
    immediate: (bits & 2) !== 0,
  };
}

/** basic.return (60, 50) */
export function decodeBasicReturn(r: Reader): Decoded<BasicReturn> {
  const replyCode = r.short();
  const replyText = r.shortString();
  const exchange = r.repeatedString(1);
  const routingKey = r.repeatedString(2);
  return {
    replyCode,
    replyText,
    exchange,
    routingKey,
  };
}

/** basic.deliver (60, 60) */
export function decodeBasicDeliver(r: Reader): Decoded<BasicDeliver> {
  const consumerTag = r.repeatedString(0);
  const deliveryTag = r.longlong();
  const bits = r.octet();
  const exchange = r.repeatedString(1);
  const routingKey = r.repeatedString(2);
  return {
    consumerTag,
    deliveryTag,
    redelivered: (bits & 1) !== 0,
    exchange,
    routingKey,
  };
}

/** basic.get (60, 70) */
export function decodeBasicGet(r: Reader): Decoded<BasicGet> {
  r.short();
  const queue = r.shortString();
  const bits = r.octet();
  return {
    queue,
    noAck: (bits & 1) !== 0,
  };
}

/** basic.get-ok (60, 71) */
export function decodeBasicGetOk(r: Reader): Decoded<BasicGetOk> {
  const deliveryTag = r.longlong();
  const bits = r.octet();
  const exchange = r.repeatedString(1);
  const routingKey = r.repeatedString(2);
  const messageCount = r.long();
  return {
    deliveryTag,
    redelivered: (bits & 1) !== 0,
    exchange,
    routingKey,
    messageCount,
  };
}

/** basic.ack (60, 80) */
export function decodeBasicAck(r: Reader): Decoded<BasicAck> {
  const deliveryTag = r.longlong();
  const bits = r.octet();
  return {
    deliveryTag,
    multiple: (bits & 1) !== 0,
  };
}

/** basic.reject (60, 90) */
export function decodeBasicReject(r: Reader): Decoded<BasicReject> {
  const deliveryTag = r.longlong();
  const bits = r.octet();
  return {
    deliveryTag,
    requeue: (bits & 1) !== 0,
  };
}

/** basic.recover-async (60, 100) */
export function decodeBasicRecoverAsync(r: Reader): Decoded<BasicRecoverAsync> {
  const bits = r.octet();
  return {
    requeue: (bits & 1) !== 0,
  };
}

/** basic.recover (60, 110) */
export function decodeBasicRecover(r: Reader): Decoded<BasicRecover> {
  const bits = r.octet();
  return {
    requeue: (bits & 1) !== 0,
  };
}

/** basic.nack (60, 120) */
export function decodeBasicNack(r: Reader): Decoded<BasicNack> {
  const deliveryTag = r.longlong();
  const bits = r.octet();
  return {
    deliveryTag,
    multiple: (bits & 1) !== 0,
    requeue: (bits & 2) !== 0,
  };
}

/** confirm.select (85, 10) */
export function decodeConfirmSelect(r: Reader): Decoded<ConfirmSelect> {
  const bits = r.octet();
  return {
    nowait: (bits & 1) !== 0,
  };
}

/** Writes the flags and values of the properties that are neither null nor undefined. */
export function encodeProperties(w: Writer, p: PropertiesIn): void {
  const place = w.holdShort();
  let flags = 0;
  if (p.contentType !== null && p.contentType !== undefined) {
    flags |= 0x8000;
    w.shortString(p.contentType, 'contentType');
  }
  if (p.contentEncoding !== null && p.contentEncoding !== undefined) {
    flags |= 0x4000;
    w.shortString(p.contentEncoding, 'contentEncoding');
  }
  if (p.headers !== null && p.headers !== undefined) {
    flags |= 0x2000;
    writeTable(w, p.headers, 'headers');
  }
  if (p.deliveryMode !== null && p.deliveryMode !== undefined) {
    flags |= 0x1000;
    w.octet(p.deliveryMode, 'deliveryMode');
  }
  if (p.priority !== null && p.priority !== undefined) {
    flags |= 0x0800;
    w.octet(p.priority, 'priority');
  }
  if (p.correlationId !== null && p.correlationId !== undefined) {
    flags |= 0x0400;
    w.shortString(p.correlationId, 'correlationId');
  }
  if (p.replyTo !== null && p.replyTo !== undefined) {
    flags |= 0x0200;
    w.shortString(p.replyTo, 'replyTo');
  }
  if (p.expiration !== null && p.expiration !== undefined) {
    flags |= 0x0100;
    w.shortString(p.expiration, 'expiration');
  }
  if (p.messageId !== null && p.messageId !== undefined) {
    flags |= 0x0080;
    w.shortString(p.messageId, 'messageId');
  }
  if (p.timestamp !== null && p.timestamp !== undefined) {
    flags |= 0x0040;
    writeTimestamp(w, p.timestamp, 'timestamp');
  }
  if (p.type !== null && p.type !== undefined) {
    flags |= 0x0020;
    w.shortString(p.type, 'type');
  }
  if (p.userId !== null && p.userId !== undefined) {
    flags |= 0x0010;
    w.shortString(p.userId, 'userId');
  }
  if (p.appId !== null && p.appId !== undefined) {
    flags |= 0x0008;
    w.shortString(p.appId, 'appId');
  }
  if (p.clusterId !== null && p.clusterId !== undefined) {
    flags |= 0x0004;
    w.shortString(p.clusterId, 'clusterId');
  }
  w.fillShort(place, flags);
}

/** Reads flags and values. @throws FieldError when they do not decode, or a flag is set that no property has */
export function decodeProperties(r: Reader): BasicProperties {
  const p = new BasicProperties();
  const flags = r.short();
  if (flags === 0) return p;
  if ((flags & 0x0003) !== 0) readFlagsToCome(r, flags);
  if ((flags & 0x8000) !== 0) p.contentType = r.repeatedString(3);
  if ((flags & 0x4000) !== 0) p.contentEncoding = r.repeatedString(4);
  if ((flags & 0x2000) !== 0) p.headers = readTable(r);
  if ((flags & 0x1000) !== 0) p.deliveryMode = r.octet();
  if ((flags & 0x0800) !== 0) p.priority = r.octet();
  if ((flags & 0x0400) !== 0) p.correlationId = r.shortString();
  if ((flags & 0x0200) !== 0) p.replyTo = r.repeatedString(5);
  if ((flags & 0x0100) !== 0) p.expiration = r.repeatedString(6);
  if ((flags & 0x0080) !== 0) p.messageId = r.shortString();
  if ((flags & 0x0040) !== 0) p.timestamp = r.timestamp();
  if ((flags & 0x0020) !== 0) p.type = r.repeatedString(7);
  if ((flags & 0x0010) !== 0) p.userId = r.repeatedString(8);
  if ((flags & 0x0008) !== 0) p.appId = r.repeatedString(9);
  if ((flags & 0x0004) !== 0) p.clusterId = r.repeatedString(10);
  return p;
}

/** Writes the header frame of a message (class basic), which follows its method. */
export function encodeContentHeader(w: Writer, channel: number, bodySize: number, p: PropertiesIn): void {
  const frame = w.beginFrame(FRAME_HEADER, channel);
  w.long(0x003c_0000, 'class and weight');
  w.longlong(bodySize, 'body');
  encodeProperties(w, p);
  w.endFrame(frame);
}

/** An octet's worth of one bit. */
function flag(value: boolean, mask: number, field: string): number {
  if (value === true) return mask;
  if (value === false) return 0;
  throw kindError(field, value, 'a boolean');
}

/**
 * The last bit of the flags says that a word of more flags follows (AMQP 0-9-1 §4.2.6.1). No property has a flag there,
 * so such words may come, and may only be empty: the values of others could not be told apart.
 */
function readFlagsToCome(r: Reader, first: number): void {
  let unknown = first & 0x0002;
  for (let more = first & 0x0001; more !== 0; ) {
    const flags = r.short();
    unknown |= flags & 0xfffe;
    more = flags & 0x0001;
  }
  if (unknown !== 0) throw new FieldError('a property is flagged that class basic does not have', r.offset);
}

function unknownMethod(id: MethodId): UnexpectedFrameError {
  const name = `(${id >>> 16}, ${id & 0xffff})`;
  return new UnexpectedFrameError(`no class and method is called ${name}`, 503);
}
