import { expect } from 'chai';
import {
  AMQPConnectorStackTimeout,
  AMQPHeartbeatTimeout,
  type BlockingChannel,
  BlockingConnection,
  ConnectionBlockedTimeout,
  type ConnectionFields,
  PublishUnknownError,
  RpcTimeout,
  WaitCancelled,
} from '../../../adapters/index.ts';
import { CONNECTION_BLOCKED } from '../../../amqp/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy, type ProxyRule } from '../../support/frame-proxy.ts';
import { caught } from '../caught.ts';
import { durationOf, LIMIT, Session } from './session.ts';

/** Milliseconds of the limits that these tests set, and the most that keeping to one may take. */
const SHORT = 150;
const MOST = 10 * SHORT;
/** Milliseconds in which a busy machine gets through most of a login. */
const LOGIN = 1000;

/** Waits that nobody answers: each ends in time, with a typed error, and costs no more than its channel. */
export function deadlineRows(broker: Broker): void {
  const session = new Session(broker);
  const mute = (...names: readonly string[]): ProxyRule[] => names.map((at) => ({ from: 'broker', at, act: 'drop' }));
  /** What `act` throws, which takes so many milliseconds and not much more. */
  const caughtInTime = (act: () => unknown, limit: number = SHORT): Error => {
    let error: Error | null = null;
    const time = durationOf(() => {
      error = caught(act);
    });
    expect(time).to.be.within(limit - 1, 10 * limit);
    return error ?? expect.fail('nothing was thrown');
  };
  /** A channel whose connection is fine, on a path where the broker's answers of these names get lost. */
  const deafened = (fields: ConnectionFields, ...names: readonly string[]): BlockingChannel => {
    const [connection] = session.proxied(fields, ...mute(...names));
    return connection.channel();
  };
  const expectGone = (channel: BlockingChannel): void => {
    expect([channel.isOpen, channel.isClosed, channel.connection.isOpen]).to.deep.equal([false, true, true]);
    expect(channel.connection.channel().isOpen).to.equal(true);
  };

  describe('connecting', () => {
    it('throws AMQPConnectorStackTimeout after stackTimeout when the peer says nothing', () => {
      const proxy = new FrameProxy(null);
      const where = { host: '127.0.0.1', port: proxy.port, stackTimeout: SHORT };
      const error = caughtInTime(() => new BlockingConnection(where));
      expect(error).to.be.instanceOf(AMQPConnectorStackTimeout).and.include({ stage: 'header', port: proxy.port });
      proxy.close();
    });

    it('throws the same when the peer stops in the middle of the login', () => {
      const login = (): unknown => session.proxied({ stackTimeout: LOGIN }, ...mute('connection.open-ok'));
      const error = caughtInTime(login, LOGIN);
      expect(error).to.be.instanceOf(AMQPConnectorStackTimeout).and.include({ stage: 'open' });
    });
  });

  describe('a reply that never comes', () => {
    const calls: readonly [string, (channel: BlockingChannel, waiting?: { timeout: number }) => unknown][] = [
      ['queue.declare', (channel, waiting) => channel.queueDeclare({ queue: 'q' }, waiting)],
      ['basic.qos', (channel, waiting) => channel.basicQos({}, waiting)],
      ['basic.consume', (channel, waiting) => channel.basicConsume({ queue: 'q' }, () => undefined, waiting)],
      ['tx.select', (channel, waiting) => channel.txSelect(waiting)],
    ];
    for (const [method, call] of calls) {
      it(`ends ${method} with RpcTimeout after the connection's rpcTimeout, and closes the channel alone`, () => {
        const channel = deafened({ rpcTimeout: SHORT }, `${method}-ok`);
        const error = caughtInTime(() => call(channel));
        expect(error).to.be.instanceOf(RpcTimeout).and.include({ method });
        expectGone(channel);
        const { cause } = caught(() => channel.basicQos());
        expect(cause).to.equal(error);
      });

      it(`ends ${method} with RpcTimeout after the call's own timeout`, () => {
        const channel = deafened({}, `${method}-ok`);
        expect(caughtInTime(() => call(channel, { timeout: SHORT }))).to.be.instanceOf(RpcTimeout);
        expectGone(channel);
      });
    }

    it('ends basicGet() and channel() the same way', () => {
      const channel = deafened({}, 'basic.get-empty', 'basic.get-ok');
      channel.queueDeclare({ queue: 'got', exclusive: true });
      expect(caughtInTime(() => channel.basicGet({ queue: 'got' }, { timeout: SHORT }))).to.be.instanceOf(RpcTimeout);
      expectGone(channel);
      const [connection] = session.proxied({}, ...mute('channel.open-ok'));
      expect(caughtInTime(() => connection.channel({}, { timeout: SHORT }))).to.be.instanceOf(RpcTimeout);
      expect(connection.isOpen).to.equal(true);
    });

    it('ends basicCancel() the same way, and drops its consumer', () => {
      const channel = deafened({}, 'basic.cancel-ok');
      const { queue } = channel.queueDeclare({ exclusive: true });
      const consumerTag = channel.basicConsume({ queue }, () => undefined);
      const cancel = (): unknown => channel.basicCancel({ consumerTag }, { timeout: SHORT });
      expect(caughtInTime(cancel)).to.be.instanceOf(RpcTimeout);
      expect(channel.consumerTags).to.deep.equal([]);
      expectGone(channel);
    });
  });

  describe('a confirm that never comes', () => {
    it('ends basicPublish() with PublishUnknownError after confirmTimeout, and closes the channel', () => {
      const channel = deafened({ confirmTimeout: SHORT }, 'basic.ack');
      channel.confirmDelivery();
      expect(caughtInTime(() => channel.basicPublish('', 'nobody', 'x'))).to.be.instanceOf(PublishUnknownError);
      expectGone(channel);
    });

    it("ends basicPublish() after the call's own timeout, and closes the channel", () => {
      const channel = deafened({}, 'basic.ack');
      channel.confirmDelivery();
      const error = caughtInTime(() => channel.basicPublish('', 'nobody', 'x', null, { timeout: SHORT }));
      expect(error.name).to.be.oneOf(['RpcTimeout', 'PublishUnknownError']);
      expectGone(channel);
    });

    it('ends waitForConfirms() after its timeout, and closes the channel', () => {
      const channel = deafened({}, 'basic.ack');
      channel.confirmDelivery({ window: 10 });
      expect(channel.basicPublish('', 'nobody', 'x')).to.equal(1);
      const error = caughtInTime(() => channel.waitForConfirms({ timeout: SHORT }));
      expect(error.name).to.be.oneOf(['RpcTimeout', 'PublishUnknownError']);
      expectGone(channel);
    });
  });

  describe('close()', () => {
    const perConnection = (ms: number) => [{ closeTimeout: ms }, undefined] as const;
    const perCall = (ms: number) => [{}, { timeout: ms }] as const;
    for (const [what, limits] of [
      ['closeTimeout', perConnection],
      ["the call's own timeout", perCall],
    ] as const) {
      it(`of a channel returns after ${what} when nobody answers`, () => {
        const [fields, waiting] = limits(SHORT);
        const channel = deafened(fields, 'channel.close-ok');
        expect(durationOf(() => channel.close({}, waiting))).to.be.within(SHORT - 1, MOST);
        expectGone(channel);
      });

      it(`of a connection returns after ${what} when nobody answers`, () => {
        const [fields, waiting] = limits(SHORT);
        const lost: ProxyRule = { from: 'client', at: 'connection.close', act: 'drop' };
        const [connection] = session.proxied(fields, lost);
        expect(durationOf(() => connection.close({}, waiting))).to.be.within(SHORT - 1, MOST);
        expect(connection.isClosed).to.equal(true);
      });
    }
  });

  it('close() of a connection that is reset meanwhile returns, since it is gone', () => {
    const [connection] = session.proxied({}, { from: 'client', at: 'connection.close', act: 'reset' });
    connection.close();
    expect(connection.isClosed).to.equal(true);
  });

  describe('an aborted signal', () => {
    const reason = new Error('changed my mind');

    it('of a loop callback ends the wait with WaitCancelled, and closes the channel', () => {
      const channel = deafened({}, 'queue.declare-ok');
      const controller = new AbortController();
      channel.connection.ioloop.callLater(SHORT, () => controller.abort(reason));
      const error = caughtInTime(() => channel.queueDeclare({ queue: 'q' }, { signal: controller.signal }));
      expect(error).to.be.instanceOf(WaitCancelled).and.have.property('cause', reason);
      expectGone(channel);
    });

    it('of another thread, by a handle of the loop, does the same', () => {
      const channel = deafened({}, 'queue.declare-ok');
      const { connection } = channel;
      const controller = new AbortController();
      connection.ioloop.expose('abort', (text) => controller.abort(text));
      session.courier(connection.ioloop).send('abort', 'from another thread');
      const error = caught(() => channel.queueDeclare({ queue: 'q' }, { signal: controller.signal }));
      expect(error).to.be.instanceOf(WaitCancelled).and.have.property('cause', 'from another thread');
      expectGone(channel);
    });

    it('ends the wait for a confirm', () => {
      const channel = deafened({}, 'basic.ack');
      channel.confirmDelivery();
      const controller = new AbortController();
      channel.connection.ioloop.callLater(SHORT, () => controller.abort(reason));
      const options = { signal: controller.signal };
      const error = caughtInTime(() => channel.basicPublish('', 'nobody', 'x', null, options));
      expect(error).to.be.instanceOf(WaitCancelled).and.have.property('cause', reason);
      expectGone(channel);
    });

    it('ends a call at once when it was aborted before', () => {
      const channel = deafened({}, 'queue.declare-ok');
      const call = (): unknown => channel.queueDeclare({ queue: 'q' }, { signal: AbortSignal.abort(reason) });
      expect(durationOf(() => expect(caught(call)).to.be.instanceOf(WaitCancelled))).to.be.below(MOST);
    });

    it('that was not aborted leaves nothing behind', () => {
      const [connection] = session.proxied();
      const channel = connection.channel();
      const controller = new AbortController();
      for (let i = 0; i < 20; i++) channel.basicQos({}, { signal: controller.signal });
      controller.abort(reason);
      connection.sleep(10);
      expect(channel.isOpen).to.equal(true);
    });
  });

  describe('the connection itself', () => {
    it('ends a wait with ConnectionBlockedTimeout when the broker blocks it for longer than it may', () => {
      const [connection, proxy] = session.proxied({ blockedConnectionTimeout: SHORT }, ...mute('queue.declare-ok'));
      const channel = connection.channel();
      proxy.pretend(0, CONNECTION_BLOCKED, { reason: 'low on memory' });
      const error = caughtInTime(() => channel.queueDeclare({ queue: 'q' }));
      expect(error).to.be.instanceOf(ConnectionBlockedTimeout);
      expect([connection.isClosed, channel.isClosed]).to.deep.equal([true, true]);
    });

    it('ends a wait with AMQPHeartbeatTimeout when the peer falls silent, within two intervals', () => {
      const [connection, proxy] = session.proxied({ heartbeat: 1 });
      const channel = connection.channel();
      proxy.follow({ from: 'broker', at: '*', act: 'drop' });
      const time = durationOf(() => {
        expect(caught(() => channel.queueDeclare({ queue: 'q' }))).to.be.instanceOf(AMQPHeartbeatTimeout);
      });
      expect(time).to.be.within(1000, LIMIT);
      const { cause } = caught(() => channel.basicQos());
      expect(cause).to.be.instanceOf(AMQPHeartbeatTimeout);
    });

    it('ends startConsuming() and consume() with StreamLostError when it is cut', () => {
      for (const wait of [
        (channel: BlockingChannel) => channel.startConsuming(),
        (channel: BlockingChannel) => [...channel.consume({ queue: 'consumed' })],
      ]) {
        const [connection, proxy] = session.proxied();
        const channel = connection.channel();
        channel.queueDeclare({ queue: 'consumed', autoDelete: true });
        channel.basicConsume({ queue: 'consumed' }, () => undefined);
        connection.ioloop.callLater(20, () => proxy.cut());
        expect(caught(() => wait(channel)).name).to.equal('StreamLostError');
        const later = caught(() => channel.startConsuming());
        expect(later.name).to.be.oneOf(['ChannelWrongStateError', 'ConnectionWrongStateError']);
        expect(later.cause).to.have.property('name', 'StreamLostError');
      }
    });
  });
}
