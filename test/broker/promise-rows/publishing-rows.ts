import { expect } from 'chai';
import {
  ChannelClosedByBroker,
  NackError,
  PublishUnknownError,
  type ReturnedMessage,
  UnroutableError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy } from '../../support/frame-proxy.ts';
import { expectCount, failureOf, queueOf, textOf, withChannel } from './world.ts';

/** Confirms and returns: A15, C3, C6, C17–C21, C27, E2, E13, and publishes that settle once whatever happens. */
export function publishingRows(broker: Broker): void {
  it('resolves each message with its number, pipelined, from ten publishers at once', () =>
    withChannel(broker, async ({ channel }) => {
      await channel.confirmDelivery();
      const queue = await queueOf(channel);
      const publisher = (): Promise<unknown[]> =>
        Promise.all(Array.from({ length: 20 }, () => channel.basicPublish('', queue, 'x')));
      const tags = (await Promise.all(Array.from({ length: 10 }, publisher))).flat();
      expect(new Set(tags).size).to.equal(200);
      await expectCount(channel, queue, 200);
    }));

  it('rejects a mandatory message without a route with UnroutableError, until it is bound', () =>
    withChannel(broker, async ({ channel }) => {
      await channel.confirmDelivery();
      const exchange = broker.unique('exchange');
      await channel.exchangeDeclare({ exchange });
      const queue = await queueOf(channel);
      const properties = { headers: { a: 1 } };
      const publish = (body: string): Promise<unknown> =>
        channel.basicPublish(exchange, 'key', body, properties, { mandatory: true });
      const error = (await failureOf(publish(''))) as UnroutableError;
      expect(error).to.be.instanceOf(UnroutableError);
      expect(error.messages[0]?.properties.headers).to.deep.equal({ a: 1 });
      expect(error.messages[0]?.body).to.have.lengthOf(0);
      expect(error.messages[0]?.method).to.include({ replyCode: 312, exchange, routingKey: 'key' });
      await channel.queueBind({ queue, exchange, routingKey: 'key' });
      await publish('x');
      await channel.queueUnbind({ queue, exchange, routingKey: 'key' });
      expect(await failureOf(publish('y'))).to.be.instanceOf(UnroutableError);
      expect(await channel.queuePurge({ queue })).to.deep.equal({ messageCount: 1 });
      await channel.exchangeDelete({ exchange });
    }));

  it('rejects what the broker refuses with NackError, which has the message', () =>
    withChannel(broker, async ({ channel }) => {
      await channel.confirmDelivery();
      const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
      const { queue } = await channel.queueDeclare({ exclusive: true, arguments: limits });
      const results = await Promise.allSettled(['a', 'b', 'c'].map((body) => channel.basicPublish('', queue, body)));
      const failed = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
      expect(failed).to.have.lengthOf(2);
      for (const error of failed) expect(error).to.be.instanceOf(NackError);
      expect((failed[0] as NackError).messages[0]?.body).to.equal('b');
    }));

  it('gives returns to onReturn without confirms, in order, and disturbs nothing else', () =>
    withChannel(broker, async ({ channel }) => {
      const returned: ReturnedMessage[] = [];
      channel.onReturn = (message) => returned.push(message);
      for (const body of ['a', 'b']) await channel.basicPublish('', 'no such queue', body, null, { mandatory: true });
      const queue = await queueOf(channel, 'c');
      expect(textOf(await channel.basicGet({ queue }))).to.equal('c');
      expect(returned.map(textOf)).to.deep.equal(['a', 'b']);
      expect(returned[0]?.method).to.include({ replyCode: 312, routingKey: 'no such queue' });
    }));

  it('rejects what goes to a missing exchange with PublishUnknownError, whose cause is why', () =>
    withChannel(broker, async ({ channel, connection }) => {
      await channel.confirmDelivery();
      const other = await connection.channel({ confirm: true });
      const queue = await queueOf(other);
      const lost = failureOf(channel.basicPublish(broker.unique('missing'), 'key', 'x'));
      const kept = other.basicPublish('', queue, 'x');
      const error = await lost;
      expect(error).to.be.instanceOf(PublishUnknownError);
      expect((error as Error).cause)
        .to.be.instanceOf(ChannelClosedByBroker)
        .and.have.property('replyCode', 404);
      expect(await kept).to.equal(1);
    }));

  it('settles each message once when the connection is cut, and loses none that it has confirmed', async () => {
    const proxy = new FrameProxy(broker);
    const queue = broker.unique('cut');
    await withChannel(broker, ({ channel }) => channel.queueDeclare({ queue }).then(() => undefined));
    const settled: string[] = [];
    await withChannel(proxy, async ({ connection }) => {
      const publishing = await connection.channel({ confirm: true });
      const all = Array.from({ length: 2000 }, (_, i) =>
        publishing.basicPublish('', queue, `${i}`).then(
          () => {
            settled.push(`${i}`);
            if (settled.length === 100) proxy.cut();
          },
          (error: unknown) => {
            expect(error).to.be.instanceOf(PublishUnknownError);
            settled.push('unknown');
          },
        ),
      );
      await Promise.all(all);
    }).finally(() => proxy.close());
    expect(settled).to.have.lengthOf(2000);
    await withChannel(broker, async ({ channel }) => {
      const arrived = new Set<string>();
      for (
        let message = await channel.basicGet({ queue });
        message !== null;
        message = await channel.basicGet({ queue })
      ) {
        arrived.add(textOf(message));
      }
      expect(settled.filter((body) => body !== 'unknown' && !arrived.has(body))).to.deep.equal([]);
      await channel.queueDelete({ queue });
    });
  });

  it('settles what is unconfirmed before a close ends', () =>
    withChannel(broker, async ({ connection }) => {
      const channel = await connection.channel({ confirm: true });
      const queue = await queueOf(channel);
      const all = Promise.all(Array.from({ length: 500 }, () => channel.basicPublish('', queue, 'x')));
      await connection.close();
      expect(await all).to.have.lengthOf(500);
    }));
}
