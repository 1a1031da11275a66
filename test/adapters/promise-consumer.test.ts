import { expect } from 'chai';
import { RpcTimeout } from '../../adapters/index.ts';
import { brokerWorld, rejection } from './promise-world.ts';

const SIZE = 1 << 20;

describe('a consumer whose loop is slower than the broker', () => {
  it('holds the broker up, while heartbeats go out and silence is not counted', () => {
    const { run, connect, pass, errors, broker } = brokerWorld({ heartbeat: 10 });
    run(async () => {
      const [connection, other] = [await connect(), await connect()];
      const channel = await connection.channel();
      const { queue } = await channel.queueDeclare({ queue: 'q' });
      const publishing = await other.channel({ confirm: true });
      const consumer = channel.consume({ queue }, { prefetch: 0 });
      const first = consumer.next();
      for (let i = 0; i < 64; i++) await publishing.basicPublish('', queue, new Uint8Array(SIZE));
      await first;
      await pass(200_000);
      expect(connection.isOpen).to.equal(true);
      expect(connection.bytesReceived).to.be.below(20 * SIZE);
      expect(broker.sessions).to.have.lengthOf(2); // it would have given up a client that sends no heartbeat
      for (let i = 1; i < 64; i++) expect((await consumer.next()).done).to.equal(false);
      await pass(200_000);
      await connection.close();
      await other.close();
    });
    expect(errors).to.deep.equal([]);
  });

  it('lets a close end it, that comes while nothing is read', () => {
    const { run, connect, loop } = brokerWorld();
    run(async () => {
      const [connection, other] = [await connect(), await connect()];
      const channel = await connection.channel();
      const { queue } = await channel.queueDeclare({ queue: 'q' });
      const consumer = channel.consume({ queue, autoAck: true });
      const first = consumer.next();
      const publishing = await other.channel({ confirm: true });
      for (let i = 0; i < 40; i++) await publishing.basicPublish('', queue, new Uint8Array(SIZE));
      await first;
      const before = loop.time();
      await connection.close();
      expect(loop.time() - before).to.be.below(1000);
      expect((await consumer.next()).done).to.equal(true);
      await other.close();
    });
  });
});

describe('what a consumer has received', () => {
  it('is given without a turn of the loop', () => {
    const { run, connect, loop } = brokerWorld();
    run(async () => {
      const connection = await connect();
      const channel = await connection.channel();
      const { queue } = await channel.queueDeclare({ queue: 'q' });
      for (let i = 0; i < 50; i++) await channel.basicPublish('', queue, `${i}`);
      const consumer = channel.consume({ queue });
      await consumer.next();
      await channel.basicQos({ prefetchCount: 100 });
      let turned = false;
      loop.addCallback(() => {
        turned = true;
      });
      for (let i = 1; i < 50; i++) (await consumer.next()).value?.ack();
      expect(turned).to.equal(false);
      await connection.close();
    });
  });
});

describe('request()', () => {
  it('takes rpcTimeout where it has no time of its own, and leaves its channel open', () => {
    const { run, connect, loop } = brokerWorld();
    run(async () => {
      const connection = await connect({ rpcTimeout: 3000 });
      const channel = await connection.channel();
      await channel.queueDeclare({ queue: 'q' });
      const before = loop.time();
      const error = await rejection(connection.request('q', 'x'));
      expect(error).to.be.instanceOf(RpcTimeout);
      expect(error.message).to.contain('"q"').and.contain('3000 ms');
      expect(loop.time() - before).to.be.within(3000, 3100);
      const server = await connection.serve('q', ({ body }) => body);
      expect((await connection.request('q', 'y')).body).to.have.lengthOf(1);
      await server.close();
      await connection.close();
    });
  });

  it('sends nothing that was called off, or was late, while the broker was blocked', () => {
    const { run, connect, pass, broker, errors } = brokerWorld();
    run(async () => {
      const [connection, other] = [await connect(), await connect()];
      const channel = await other.channel();
      await channel.queueDeclare({ queue: 'q' });
      const server = await other.serve('q', ({ body }) => body);
      await connection.request('q', 'first');
      await server.close();
      broker.block('memory');
      await pass();
      const controller = new AbortController();
      const aborted = rejection(connection.request('q', 'a', { signal: controller.signal }));
      const late = rejection(connection.request('q', 'b', { timeout: 50 }));
      const kept = connection.request('q', 'kept');
      controller.abort(new Error('enough'));
      expect((await aborted).message).to.equal('enough');
      expect(await late).to.be.instanceOf(RpcTimeout);
      broker.block(null);
      await pass(10);
      expect(await channel.queueDeclare({ queue: 'q', passive: true })).to.deep.include({ messageCount: 1 });
      await other.serve('q', ({ body }) => body);
      expect(String((await kept).body)).to.equal('kept');
      await connection.close();
      await other.close();
    });
    expect(errors).to.deep.equal([]);
  });

  it('keeps no more than 32 channels for it, however many exchanges a program asks', () => {
    const { run, connect, errors } = brokerWorld();
    run(async () => {
      const connection = await connect();
      const channel = await connection.channel();
      await channel.queueDeclare({ queue: 'q' });
      await connection.serve('q', ({ body }) => body);
      for (let i = 0; i < 50; i++) {
        const exchange = `e${i}`;
        await channel.exchangeDeclare({ exchange });
        await channel.queueBind({ queue: 'q', exchange, routingKey: 'k' });
        expect(String((await connection.request('k', exchange, { exchange })).body)).to.equal(exchange);
      }
      expect(String((await connection.request('k', 'again', { exchange: 'e0' })).body)).to.equal('again');
      const next = await connection.channel();
      expect(next.channelNumber).to.be.at.most(2 + 32 + 1);
      await connection.close();
    });
    expect(errors).to.deep.equal([]);
  });
});
