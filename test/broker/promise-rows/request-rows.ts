import { expect } from 'chai';
import {
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ConnectionWrongStateError,
  RequestFailed,
  RpcTimeout,
  StreamLostError,
  UnroutableError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy } from '../../support/frame-proxy.ts';
import { expectCount, failureOf, queueOf, textOf, withChannel } from './world.ts';

/** request() and serve(). */
export function requestRows(broker: Broker): void {
  it('brings each answer to whoever asked', () =>
    withChannel(broker, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      const server = await connection.serve(queue, async (message) => `<${textOf(message)}>`, { prefetch: 3 });
      const questions = Array.from({ length: 50 }, (_, i) => `${i}`);
      const answers = await Promise.all(questions.map((question) => connection.request(queue, question)));
      expect(answers.map(textOf)).to.deep.equal(questions.map((question) => `<${question}>`));
      await server.close();
      await expectCount(channel, queue, 0);
    }));

  it('carries properties both ways', () =>
    withChannel(broker, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      await connection.serve(queue, ({ properties, body }) => ({ body, properties: { headers: properties.headers } }));
      const properties = { headers: { a: 1 }, correlationId: 'mine' };
      const answer = await connection.request(queue, new Uint8Array([1, 2]), { properties });
      expect([...answer.body]).to.deep.equal([1, 2]);
      expect(answer.properties.correlationId).to.equal('mine');
      expect(answer.properties.headers?.a).to.equal(1);
    }));

  it('rejects at once where nobody serves', () =>
    withChannel(broker, async ({ connection }) => {
      const error = await failureOf(connection.request(broker.unique('nobody'), 'x', { timeout: 60_000 }));
      expect(error).to.be.instanceOf(UnroutableError);
      expect((error as UnroutableError).messages[0]).to.deep.include({ body: 'x' });
    }));

  it('rejects with RequestFailed when the handler throws, drops the request and tells onError', () =>
    withChannel(broker, async ({ connection, channel, errors }) => {
      const queue = await queueOf(channel);
      const thrown = new TypeError('no such thing');
      const server = await connection.serve(queue, async (message) => {
        if (textOf(message) === 'bad') throw thrown;
        return 5 as never;
      });
      const error = await failureOf(connection.request(queue, 'bad'));
      expect(error).to.be.instanceOf(RequestFailed);
      expect(error).to.include({ queue, reason: 'TypeError: no such thing', code: 'REQUEST_FAILED' });
      expect(await failureOf(connection.request(queue, 'unsendable'))).to.be.instanceOf(RequestFailed);
      await server.close();
      expect(errors[0]).to.equal(thrown);
      await expectCount(channel, queue, 0);
    }));

  it('ends one request by its time or its signal, and leaves the others alone', () =>
    withChannel(broker, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      const controller = new AbortController();
      const late = failureOf(connection.request(queue, 'late', { timeout: 20 }));
      const aborted = failureOf(connection.request(queue, 'aborted', { signal: controller.signal }));
      const kept = connection.request(queue, 'kept');
      expect(await late).to.be.instanceOf(RpcTimeout);
      controller.abort();
      expect(await aborted).to.equal(controller.signal.reason);
      await connection.serve(queue, textOf);
      expect(textOf(await kept)).to.equal('kept');
      expect(textOf(await connection.request(queue, 'again'))).to.equal('again');
    }));

  it('rejects the requests to a missing exchange alone, and takes others to it once it is there', () =>
    withChannel(broker, async ({ connection, channel, errors }) => {
      const queue = await queueOf(channel);
      const exchange = broker.unique('missing');
      await channel.queueBind({ queue, exchange: 'amq.direct', routingKey: queue });
      const kept = [connection.request(queue, 'a'), connection.request(queue, 'b', { exchange: 'amq.direct' })];
      await expectCount(channel, queue, 2);
      const error = await failureOf(connection.request('key', 'x', { exchange }));
      expect(error).to.be.instanceOf(ChannelClosedByBroker).with.property('replyCode', 404);
      await connection.serve(queue, textOf);
      expect((await Promise.all(kept)).map(textOf)).to.deep.equal(['a', 'b']);
      await channel.exchangeDeclare({ exchange, autoDelete: true });
      await channel.queueBind({ queue, exchange, routingKey: 'key' });
      expect(textOf(await connection.request('key', 'again', { exchange }))).to.equal('again');
      expect(errors).to.deep.equal([]);
    }));

  it('rejects with the loss, and with a close', async () => {
    const proxy = new FrameProxy(broker);
    await withChannel(proxy, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      const request = failureOf(connection.request(queue, 'x'));
      await expectCount(channel, queue, 1);
      proxy.cut();
      expect(await request).to.be.instanceOf(StreamLostError);
    }).finally(() => proxy.close());
    await withChannel(broker, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      const request = failureOf(connection.request(queue, 'x'));
      await expectCount(channel, queue, 1);
      await connection.close();
      expect(await request).to.be.instanceOf(ChannelClosedByClient);
    });
  });

  it('refuses what comes after the end, when its loop is closed, too', async () => {
    await withChannel(broker, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      const confirming = await connection.channel({ confirm: true });
      await connection.close();
      while (connection.ioloop.state !== 'closed') await new Promise(setImmediate);
      const late = [
        connection.request(queue, 'x'),
        connection.channel({}, { timeout: 1_000 }),
        confirming.basicPublish('', queue, 'x', null, { timeout: 1_000 }),
        confirming.waitForConfirms({ timeout: 1_000 }),
        confirming.queueDeclare({ queue }, { timeout: 1_000 }),
        confirming.basicGet({ queue }, { timeout: 1_000 }),
      ];
      for (const promise of late) expect(await failureOf(promise)).to.be.instanceOf(ConnectionWrongStateError);
      await connection.close({}, { timeout: 1_000 });
      await confirming.close({}, { timeout: 1_000 });
    });
  });

  it('finishes the requests under way when the server closes', () =>
    withChannel(broker, async ({ connection, channel }) => {
      const queue = await queueOf(channel);
      let go = (): void => undefined;
      const begun = new Promise<void>((begin) => {
        void connection
          .serve(queue, async (message) => {
            begin();
            await new Promise<void>((resolve) => {
              go = resolve;
            });
            return message.body;
          })
          .then((server) =>
            begun.then(() => {
              const closed = server.close();
              go();
              return closed;
            }),
          );
      });
      expect(textOf(await connection.request(queue, 'last'))).to.equal('last');
      await expectCount(channel, queue, 0);
    }));

  it('refuses what the library sets by itself', () =>
    withChannel(broker, async ({ connection }) => {
      const refused = connection.request('q', 'x', { properties: { replyTo: 'mine' } });
      expect(await failureOf(refused))
        .to.be.instanceOf(TypeError)
        .and.have.property('field', 'replyTo');
      expect(await failureOf(connection.serve('q', 5 as never))).to.be.instanceOf(TypeError);
      expect(await failureOf(connection.serve('q', textOf, { prefetch: 0 }))).to.be.instanceOf(RangeError);
    }));
}
