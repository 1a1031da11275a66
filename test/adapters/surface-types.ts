import type {
  BlockingChannel,
  BlockingConnection,
  Channel,
  ChannelMethods,
  ConnectionFields,
  PromiseChannel,
  PromiseConnection,
  QueuePurgeOk,
  SelectConnection,
} from '../../adapters/index.ts';
import { ConnectionParameters } from '../../adapters/index.ts';
import type { Blocking, Callback, Promised } from '../../adapters/surfaces.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** What the compiler proves of the surface. Nothing here is called: it has to compile, and its lines that must not, must not. */
export function wellTyped(
  channel: Channel<SelectConnection>,
  calls: Callback<ChannelMethods>,
  asked: Promised<ChannelMethods>,
): void {
  channel.queueDeclare({ queue: 'q' }, ({ queue, messageCount, consumerCount }) => [
    queue,
    messageCount + consumerCount,
  ]);
  channel.queueDeclare();
  channel.exchangeDeclare({ exchange: 'e', exchangeType: 'x-own' }, () => undefined);
  channel.txSelect(() => undefined);
  channel.basicConsume({ queue: 'q' }, (from, { deliveryTag }, { headers }, body) => {
    from.basicAck(deliveryTag);
    from.connection.ioloop.stop();
    return [headers, body.length];
  });
  channel.basicGet({ queue: 'q' }, (_from, method, _properties, body) => [method?.messageCount, body?.length]);
  channel.basicPublish('', 'q', 'x', { timestamp: new Date(), headers: { a: 1n } }, { mandatory: true });
  channel.flow({ active: true }, ({ active }) => active);
  asked.queueDelete({ queue: 'q' }, { timeout: 5 }).then(({ messageCount }) => messageCount);
  calls.queuePurge({ queue: 'q' }, ({ messageCount }) => messageCount);
  // @ts-expect-error a reply without fields is no argument
  channel.exchangeDeclare({ exchange: 'e' }, (reply: object) => reply);
  // @ts-expect-error a required field is missing
  channel.exchangeDeclare({});
  // @ts-expect-error there is no such field
  channel.queueDeclare({ name: 'q' });
  // @ts-expect-error the protocol's name is not ours
  channel.basicConsume({ queue: 'q', noAck: true }, () => undefined);
  // @ts-expect-error a handler comes before the reply's callback
  channel.basicConsume({ queue: 'q' });
  // @ts-expect-error a body is text or bytes
  channel.basicPublish('', 'q', 5);
  // @ts-expect-error the method is null when the queue was empty
  channel.basicGet({ queue: 'q' }, (_from, method) => method.messageCount);
  // @ts-expect-error properties are in camelCase
  channel.basicPublish('', 'q', '', { delivery_mode: 2 });
  // @ts-expect-error there is no such property
  channel.basicAck(1, { requeue: true });
  // @ts-expect-error it is read only
  channel.isOpen = false;
}

/** A script, line by line. */
export function wellTypedScript(connection: BlockingConnection, channel: BlockingChannel): void {
  const name: string = channel.queueDeclare({ exclusive: true }, { timeout: 500 }).queue;
  channel.txSelect({ signal: new AbortController().signal });
  channel.basicConsume({ queue: name }, (from, { deliveryTag }) => {
    from.basicAck(deliveryTag);
    from.connection.sleep(1);
  });
  for (const { method, body } of channel.consume({ queue: name })) {
    channel.basicAck(method.deliveryTag);
    channel.basicPublish('', name, body);
  }
  for (const { method } of channel.consume({ queue: name, inactivityTimeout: 10 })) {
    // @ts-expect-error the method is null when nothing came in time
    channel.basicAck(method.deliveryTag);
  }
  connection.removeTimeout(connection.callLater(1, () => undefined));
  // @ts-expect-error the queue may have been empty
  channel.basicGet({ queue: name }).body;
  // @ts-expect-error a blocking call always waits for its reply
  channel.queueDelete({ queue: name, nowait: true });
  // @ts-expect-error limits have two names
  channel.basicQos({}, { limit: 5 });
  // @ts-expect-error there are no callbacks for replies
  channel.queueDeclare({}, () => undefined);
}

/** A program in promises, line by line. */
export async function wellTypedPromises(connection: PromiseConnection, channel: PromiseChannel): Promise<void> {
  const limits = { timeout: 500, signal: new AbortController().signal };
  const name: string = (await channel.queueDeclare({ exclusive: true }, limits)).queue;
  await channel.queueDelete({ queue: name, nowait: true });
  await channel.txSelect(limits);
  const number: number | bigint | undefined = await channel.basicPublish('', name, 'x', null, {
    mandatory: true,
    ...limits,
  });
  const { consumerTag } = await channel.basicConsume({ queue: name }, async (from, { deliveryTag }) => {
    from.basicAck(deliveryTag);
    await from.connection.close();
  });
  for await (const { method, ack } of channel.consume({ queue: name }, { prefetch: 5 })) void [method.deliveryTag, ack];
  (await channel.basicGet({ queue: consumerTag }))?.nack({ requeue: false });
  connection.on('lost', ({ code }) => [code, number]).once('blocked', (reason) => reason.length);
  connection.onError = (error) => error.message;
  channel.onReturn = ({ method: { replyText }, body }) => [replyText, body.length];
  // @ts-expect-error the queue may have been empty
  (await channel.basicGet({ queue: name })).body;
  // @ts-expect-error there are no callbacks for replies
  channel.queueDeclare({}, () => undefined);
  // @ts-expect-error there is no such event
  connection.on('closed', () => undefined);
  // @ts-expect-error this one has no reason
  connection.on('unblocked', (reason: string) => reason);
  // @ts-expect-error limits have two names
  await channel.basicQos({}, { limit: 5 });
}

/** A callback that says no more than `Channel` has all of the connection, and `channel()` takes it. */
export function wellTypedCallback(connection: SelectConnection): void {
  connection.channel((channel: Channel) => {
    channel.connection.ioloop.stop();
    channel.addOnCloseCallback((closed: Channel) => closed.connection.isOpen && closed.connection.close());
  });
}

export function wellTypedParameters(parameters: ConnectionParameters): void {
  parameters.port = '5672';
  parameters.sslOptions = true;
  parameters.heartbeat = (_connection, brokerValue) => brokerValue;
  const fields: ConnectionFields = { host: 'h', hosts: undefined, sslOptions: { ca: 'x' } };
  new ConnectionParameters(fields);
  // @ts-expect-error there is no such field
  parameters.hostname = 'h';
  // @ts-expect-error there is no such field
  new ConnectionParameters({ vhost: '/' });
  // @ts-expect-error a number of milliseconds
  new ConnectionParameters({ socketTimeout: '5s' });
}

/** The exact types of what is derived. */
export function exactlyTyped(): readonly true[] {
  type Commit = Parameters<Callback<ChannelMethods>['txCommit']>[0];
  type Purge = Parameters<Callback<ChannelMethods>['queuePurge']>[1];
  const commit: Same<Commit, (() => unknown) | undefined> = true;
  const purge: Same<Purge, ((reply: QueuePurgeOk) => unknown) | undefined> = true;
  const promised: Same<ReturnType<Promised<ChannelMethods>['queuePurge']>, Promise<QueuePurgeOk>> = true;
  const blocked: Same<ReturnType<Blocking<ChannelMethods>['queuePurge']>, QueuePurgeOk> = true;
  const port: Same<ConnectionParameters['port'], number> = true;
  return [commit, purge, promised, blocked, port];
}
