import { expect } from 'chai';
import { DuplicateGetOkCallback, RpcTimeout } from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy } from '../../support/frame-proxy.ts';
import { expectCount, failureOf, queueOf, textOf, withChannel } from './world.ts';

/** Single messages, handlers and acknowledgements: A17, A30–A32, C7–C13, C28–C32, C37–C39, E1, E3, E8, E12, U1, U2. */
export function fetchingRows(broker: Broker): void {
  it('fetches one message, or null, and refuses a second fetch meanwhile', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel);
      const both = [channel.basicGet({ queue }), failureOf(channel.basicGet({ queue }))];
      expect(await both[0]).to.equal(null);
      expect(await both[1]).to.be.instanceOf(DuplicateGetOkCallback);
      await channel.basicPublish('', queue, 'x');
      const message = await channel.basicGet({ queue });
      const method = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: queue, messageCount: 0 };
      expect(message?.method).to.deep.equal(method);
      expect([message?.properties.headers, textOf(message)]).to.deep.equal([null, 'x']);
      message?.ack();
      await channel.basicRecover({ requeue: true });
      await expectCount(channel, queue, 0);
    }));

  it('brings a body of 15 MB back as it was', () =>
    withChannel(broker, async ({ channel }) => {
      const body = Buffer.from(Array.from({ length: 2 ** 21 }, (_, i) => `${i}\n`).join(''));
      const queue = await queueOf(channel, body);
      for await (const message of channel.consume({ queue })) {
        expect(Buffer.compare(message.body, body)).to.equal(0);
        message.ack();
        break;
      }
    }));

  it('rejects and nacks, one and many, to the queue and away', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel, 'a', 'b', 'c', 'd');
      const next = async (): Promise<string> => {
        const message = await channel.basicGet({ queue });
        expect(message).to.not.equal(null);
        held.push(message);
        return textOf(message);
      };
      const held: Awaited<ReturnType<typeof channel.basicGet>>[] = [];
      expect([await next(), await next()]).to.deep.equal(['a', 'b']);
      held[0]?.reject();
      held[1]?.reject({ requeue: false });
      await expectCount(channel, queue, 3);
      expect([await next(), await next(), await next()]).to.deep.equal(['a', 'c', 'd']);
      held[4]?.nack({ multiple: true });
      await expectCount(channel, queue, 3);
      expect([await next(), await next(), await next()]).to.deep.equal(['a', 'c', 'd']);
      held[6]?.nack({ requeue: false, multiple: true });
      held[7]?.ack();
      await expectCount(channel, queue, 0);
    }));

  it('brings unacknowledged messages again after basic.recover, in order', () =>
    withChannel(broker, async ({ channel }) => {
      const consumer = channel.consume({ queue: await queueOf(channel, 'a', 'b') });
      for (const body of ['a', 'b']) expect(textOf((await consumer.next()).value)).to.equal(body);
      await channel.basicRecover({ requeue: true });
      for (const body of ['a', 'b']) {
        const { value } = await consumer.next();
        expect([textOf(value), value?.method.redelivered]).to.deep.equal([body, true]);
      }
    }));

  it('gives back at a close what was not acknowledged, and nothing of autoAck', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const one = await connection.channel();
      await one.basicGet({ queue });
      await one.basicGet({ queue });
      await one.close();
      await expectCount(channel, queue, 2);
      const other = await connection.channel();
      await other.basicGet({ queue, autoAck: true });
      await other.close();
      await expectCount(channel, queue, 1);
    }));

  it('gives a consumer messages until it is cancelled from its handler', () =>
    withChannel(broker, async ({ channel, errors }) => {
      const queue = await queueOf(channel, ...Array.from({ length: 100 }, () => 'x'));
      let seen = 0;
      await new Promise<void>((resolve, reject) => {
        const onMessage = async (from: typeof channel, { consumerTag }: { consumerTag: string }): Promise<void> => {
          if (++seen === 1) await from.basicCancel({ consumerTag }).then(() => resolve(), reject);
        };
        channel.basicConsume({ queue, autoAck: true }, onMessage).catch(reject);
      });
      expect(seen).to.equal(1);
      await channel.queueDelete({ queue });
      expect(errors).to.deep.equal([]);
    }));

  it('publishes and acknowledges inside handlers, four publishers to one consumer', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const [queue, done] = [await queueOf(channel), await queueOf(channel)];
      await channel.basicConsume({ queue }, async (from, { deliveryTag }, _properties, body) => {
        await from.basicPublish('', done, body);
        from.basicAck(deliveryTag);
      });
      const publishers = await Promise.all(Array.from({ length: 4 }, () => connection.channel({ confirm: true })));
      await Promise.all(
        publishers.flatMap((from) => ['1', '2', '3', '4', '5'].map((n) => from.basicPublish('', queue, n))),
      );
      await expectCount(channel, done, 20);
      await expectCount(channel, queue, 0);
    }));

  it('tells onError what a handler throws or rejects with, and calls it for the next message', () =>
    withChannel(broker, async ({ channel, errors }) => {
      const queue = await queueOf(channel, 'throws', 'rejects', 'works');
      await new Promise<void>((resolve, reject) => {
        const onMessage = (_from: typeof channel, _method: object, _properties: object, body: Uint8Array): unknown => {
          const text = Buffer.from(body).toString();
          if (text === 'throws') throw new Error(text);
          if (text === 'rejects') return Promise.reject(new Error(text));
          return resolve();
        };
        channel.basicConsume({ queue }, onMessage).catch(reject);
      });
      await channel.queueDeclare({ exclusive: true });
      expect(errors.map(({ message }) => message)).to.deep.equal(['throws', 'rejects']);
    }));

  it('closes the channel, and the connection, from a handler', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const consuming = await connection.channel();
      await consuming.basicConsume({ queue }, (from) => from.close());
      await consuming.closed;
      await expectCount(channel, queue, 2);
      await channel.basicConsume({ queue }, (from) => from.connection.close());
      await connection.closed;
    }));

  it('rejects a call whose time is over and closes its channel; one that is aborted leaves it open', async () => {
    const drop = { from: 'broker', act: 'drop' } as const;
    const proxy = new FrameProxy(broker, { ...drop, at: 'queue.declare-ok' }, { ...drop, at: 'basic.get-ok' });
    await withChannel(proxy, async ({ channel, connection }) => {
      expect(await failureOf(channel.queueDeclare({ exclusive: true }, { timeout: 20 }))).to.be.instanceOf(RpcTimeout);
      expect(channel.isClosed).to.equal(true);
      const other = await connection.channel();
      proxy.follow();
      const controller = new AbortController();
      const aborted = failureOf(other.queueDeclare({ exclusive: true }, { signal: controller.signal }));
      controller.abort();
      expect(await aborted).to.equal(controller.signal.reason);
      expect((await other.queueDeclare({ exclusive: true })).messageCount).to.equal(0);
    }).finally(() => proxy.close());
  });

  it('gives back a message that came for a fetch which was called off', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel, 'a');
      const controller = new AbortController();
      const fetched = failureOf(channel.basicGet({ queue }, { signal: controller.signal }));
      controller.abort();
      await fetched;
      await expectCount(channel, queue, 1);
    }));
}
