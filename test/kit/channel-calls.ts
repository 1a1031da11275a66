import * as amqp from '../../amqp/index.ts';
import { Refusal } from './refusal.ts';
import type { ServerChannel } from './server-channel.ts';
import type { BindingNames } from './virtual-host.ts';

/**
 * Does what a method of an open channel asks for, and answers it unless the client wants no answer.
 * @throws {Refusal} what RabbitMQ would close the channel or the connection with
 */
export function callChannel(channel: ServerChannel, id: amqp.MethodId, fields: object): void {
  const call = CALLS.get(id);
  if (!call) throw new Refusal(540, `method ${amqp.METHODS[id]?.name ?? id}`);
  call(channel, fields);
}

type Call = (channel: ServerChannel, fields: object) => void;
const CALLS = new Map<amqp.MethodId, Call>();

/** The decoder fills in every field of a method, so that what may be left out when it is sent is here. */
function on<F extends object>(
  id: amqp.MethodId,
  call: (channel: ServerChannel, fields: amqp.Decoded<F>) => void,
): void {
  CALLS.set(id, call as Call); // `id` says what the fields are
}

on<amqp.ChannelFlow>(amqp.CHANNEL_FLOW, (channel, { active }) => {
  if (!active) throw new Refusal(540, 'active=false');
  channel.reply(amqp.CHANNEL_FLOW_OK, { active });
});
on<amqp.ChannelFlowOk>(amqp.CHANNEL_FLOW_OK, () => undefined);

on<amqp.ExchangeDeclare>(amqp.EXCHANGE_DECLARE, (channel, fields) => {
  channel.host.virtualHost.declareExchange(fields);
  if (!fields.nowait) channel.reply(amqp.EXCHANGE_DECLARE_OK);
});
on<amqp.ExchangeDelete>(amqp.EXCHANGE_DELETE, (channel, { exchange, ifUnused, nowait }) => {
  channel.host.virtualHost.deleteExchange(exchange, ifUnused);
  if (!nowait) channel.reply(amqp.EXCHANGE_DELETE_OK);
});
on<amqp.ExchangeBind>(amqp.EXCHANGE_BIND, (channel, fields) => {
  channel.host.virtualHost.bind(exchangeBinding(fields), channel.host);
  if (!fields.nowait) channel.reply(amqp.EXCHANGE_BIND_OK);
});
on<amqp.ExchangeUnbind>(amqp.EXCHANGE_UNBIND, (channel, fields) => {
  channel.host.virtualHost.unbind(exchangeBinding(fields), channel.host);
  if (!fields.nowait) channel.reply(amqp.EXCHANGE_UNBIND_OK);
});

on<amqp.QueueDeclare>(amqp.QUEUE_DECLARE, (channel, fields) => {
  if (channel.host.virtualHost.takesReplies(fields.queue)) {
    if (!fields.nowait)
      channel.reply(amqp.QUEUE_DECLARE_OK, { queue: fields.queue, messageCount: 0, consumerCount: 1 });
    return;
  }
  const queue = channel.host.virtualHost.declareQueue(fields, channel.host);
  channel.lastQueue = queue.name;
  const { name, messageCount, consumerCount } = queue;
  if (!fields.nowait) channel.reply(amqp.QUEUE_DECLARE_OK, { queue: name, messageCount, consumerCount });
});
on<amqp.QueueBind>(amqp.QUEUE_BIND, (channel, fields) => {
  channel.host.virtualHost.bind(queueBinding(channel, fields), channel.host);
  if (!fields.nowait) channel.reply(amqp.QUEUE_BIND_OK);
});
on<amqp.QueueUnbind>(amqp.QUEUE_UNBIND, (channel, fields) => {
  channel.host.virtualHost.unbind(queueBinding(channel, fields), channel.host);
  channel.reply(amqp.QUEUE_UNBIND_OK);
});
on<amqp.QueuePurge>(amqp.QUEUE_PURGE, (channel, { queue, nowait }) => {
  const messageCount = channel.queue(queue).purge();
  if (!nowait) channel.reply(amqp.QUEUE_PURGE_OK, { messageCount });
});
on<amqp.QueueDelete>(amqp.QUEUE_DELETE, (channel, fields) => {
  const name = channel.queueName(fields.queue);
  const messageCount = channel.host.virtualHost.deleteQueue(name, channel.host, fields);
  if (!fields.nowait) channel.reply(amqp.QUEUE_DELETE_OK, { messageCount });
});

on<amqp.BasicQos>(amqp.BASIC_QOS, (channel, { prefetchSize, prefetchCount, global }) => {
  if (prefetchSize !== 0) throw new Refusal(540, `prefetch_size!=0 (${prefetchSize})`);
  channel.qos(prefetchCount, global);
  channel.reply(amqp.BASIC_QOS_OK);
});
on<amqp.BasicConsume>(amqp.BASIC_CONSUME, (channel, fields) => {
  const { consumerTag, queue } = channel.consume(fields);
  if (!fields.nowait) channel.reply(amqp.BASIC_CONSUME_OK, { consumerTag });
  queue?.deliver(); // what waits comes after the answer
});
on<amqp.BasicCancel>(amqp.BASIC_CANCEL, (channel, { consumerTag, nowait }) => {
  channel.cancel(consumerTag);
  if (!nowait) channel.reply(amqp.BASIC_CANCEL_OK, { consumerTag });
});
on<amqp.BasicCancelOk>(amqp.BASIC_CANCEL_OK, () => undefined);
on<amqp.BasicPublish>(amqp.BASIC_PUBLISH, (channel, fields) => channel.beginPublish(fields));
on<amqp.BasicGet>(amqp.BASIC_GET, (channel, { queue, noAck }) => channel.get(channel.queue(queue), noAck));
on<amqp.BasicAck>(amqp.BASIC_ACK, (channel, { deliveryTag, multiple }) => {
  channel.settle(Number(deliveryTag), multiple, 'done');
});
on<amqp.BasicReject>(amqp.BASIC_REJECT, (channel, { deliveryTag, requeue }) => {
  channel.settle(Number(deliveryTag), false, requeue ? 'requeue' : 'done');
});
on<amqp.BasicNack>(amqp.BASIC_NACK, (channel, { deliveryTag, multiple, requeue }) => {
  channel.settle(Number(deliveryTag), multiple, requeue ? 'requeue' : 'done');
});
on<amqp.BasicRecoverAsync>(amqp.BASIC_RECOVER_ASYNC, recover);
on<amqp.BasicRecover>(amqp.BASIC_RECOVER, (channel, fields) => {
  recover(channel, fields);
  channel.reply(amqp.BASIC_RECOVER_OK);
});

on<amqp.ConfirmSelect>(amqp.CONFIRM_SELECT, (channel, { nowait }) => {
  channel.selectMode('confirm');
  if (!nowait) channel.reply(amqp.CONFIRM_SELECT_OK);
});
on<amqp.TxSelect>(amqp.TX_SELECT, (channel) => {
  channel.selectMode('tx');
  channel.reply(amqp.TX_SELECT_OK);
});
on<amqp.TxCommit>(amqp.TX_COMMIT, (channel) => {
  channel.endTransaction('commit');
  channel.reply(amqp.TX_COMMIT_OK);
});
on<amqp.TxRollback>(amqp.TX_ROLLBACK, (channel) => {
  channel.endTransaction('rollback');
  channel.reply(amqp.TX_ROLLBACK_OK);
});

function recover(channel: ServerChannel, { requeue }: amqp.Decoded<amqp.BasicRecover>): void {
  if (!requeue) throw new Refusal(540, 'requeue=false');
  channel.recover();
}

function queueBinding(channel: ServerChannel, fields: Omit<amqp.Decoded<amqp.QueueBind>, 'nowait'>): BindingNames {
  const { queue, exchange, routingKey, arguments: given } = fields;
  return { source: exchange, destination: channel.queueName(queue), kind: 'queue', routingKey, arguments: given ?? {} };
}

function exchangeBinding({ source, destination, routingKey, ...rest }: amqp.Decoded<amqp.ExchangeBind>): BindingNames {
  return { source, destination, kind: 'exchange', routingKey, arguments: rest.arguments ?? {} };
}
