import { expect } from 'chai';
import sinon from 'sinon';
import {
  AMQPConnectionError,
  AMQPConnectionWorkflowFailed,
  type BlockingChannel,
  BlockingConnection,
  ChannelClosedByBroker,
  ConnectionBlockedTimeout,
  ConnectionClosedByBroker,
  ConnectionWrongStateError,
  KeyboardInterrupt,
  LoopHandle,
  ReentrancyError,
  RpcTimeout,
  StreamLostError,
  WaitCancelled,
} from '../../adapters/index.ts';
import {
  CHANNEL_CLOSE,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_OPEN_OK,
  CONNECTION_UNBLOCKED,
  CONNECTION_UPDATE_SECRET_OK,
} from '../../amqp/index.ts';
import { IOLoop } from '../../ioloop/index.ts';
import { withBroker, withPeer } from './blocking-world.ts';
import { caught, expectFault } from './caught.ts';
import { ScriptedPeer } from './scripted-peer.ts';

describe('BlockingConnection', () => {
  describe('opening', () => {
    afterEach(() => {
      IOLoop.configure(null);
      sinon.restore();
    });

    it('is open when the constructor returns, and closed when close() does', () => {
      const { connection } = withBroker();
      expect([connection.isOpen, connection.isClosed]).to.deep.equal([true, false]);
      connection.close();
      expect([connection.isOpen, connection.isClosed]).to.deep.equal([false, true]);
      expect(connection.ioloop.state).to.equal('closed');
    });

    it('throws the error of the only attempt, and leaves no loop', () => {
      const close = sinon.spy(IOLoop.prototype, 'close');
      IOLoop.configure('virtual');
      const error = caught(() => new BlockingConnection({ host: 'nowhere', port: 1, family: 4 }));
      expect(error).to.be.instanceOf(AMQPConnectionError);
      expect(error).not.to.be.instanceOf(AMQPConnectionWorkflowFailed);
      expect(error).to.include({ host: 'nowhere', port: 1 });
      expect(close.callCount).to.equal(1);
    });

    it('throws all errors in one after several attempts, naming the last host', () => {
      IOLoop.configure('virtual');
      const error = caught(() => new BlockingConnection([{ host: 'one' }, { host: 'two' }]));
      expect(error).to.be.instanceOf(AMQPConnectionWorkflowFailed);
      expect(error).to.include({ host: 'two', port: 5672 });
    });

    it('refuses an empty list, what is no place, and what is no class', () => {
      expectFault(() => new BlockingConnection([]), RangeError, 'ARG_RANGE', 'configs');
      expectFault(() => new BlockingConnection('http://h'), RangeError, 'URL_INVALID', 'scheme');
      // @ts-expect-error no class
      expectFault(() => new BlockingConnection({}, { implClass: 5 }), TypeError, 'ARG_TYPE', 'implClass');
    });

    it('throws what has closed the connection right behind its opening', () => {
      const send = ScriptedPeer.prototype.send;
      sinon.stub(ScriptedPeer.prototype, 'send').callsFake(function (this: ScriptedPeer, ...args) {
        send.apply(this, args);
        if (args[1] !== CONNECTION_OPEN_OK) return;
        send.call(this, 0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'going', classId: 0, methodId: 0 });
      });
      expect(() => withPeer()).to.throw(ConnectionClosedByBroker, 'going');
    });

    it('closes its loop where Ctrl-C ends it', () => {
      const loops: IOLoop[] = [];
      const credentials = (): never => {
        loops.push(IOLoop.current());
        IOLoop.current().fail(new KeyboardInterrupt());
        throw new Error('too late');
      };
      expect(() => withBroker({ credentials })).to.throw(KeyboardInterrupt);
      expect(loops.map((loop) => loop.state)).to.deep.equal(['closed']);
    });
  });

  describe('closing', () => {
    it('refuses a second close(), with the first one as cause', () => {
      const { connection } = withBroker();
      connection.close();
      const error = caught(() => connection.close());
      expect(error).to.be.instanceOf(ConnectionWrongStateError);
      expect(error.cause).to.have.property('name', 'ConnectionClosedByClient');
    });

    it('is done by `using`, which lets the error of its body through', () => {
      const { connection } = withBroker();
      const body = (): void => {
        using inner = connection;
        expect(inner.isOpen).to.equal(true);
        throw new Error('of the body');
      };
      expect(body).to.throw('of the body');
      expect(connection.isClosed).to.equal(true);
      connection[Symbol.dispose]();
    });

    it('closes the channels too', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      connection.close();
      expect(channel.isClosed).to.equal(true);
      expect(channel.consumerTags).to.deep.equal([]);
      expect(channel.getWaitingMessageCount()).to.equal(0);
    });

    it('goes on after an interrupt', () => {
      const { connection } = withPeer({ polite: false });
      connection.ioloop.callLater(10, () => {
        throw new KeyboardInterrupt();
      });
      expect(() => connection.close()).to.throw(KeyboardInterrupt);
      connection.close();
      expect(connection.isClosed).to.equal(true);
    });

    it('is done when the stream is lost meanwhile, and when a signal calls it off', () => {
      const lost = withPeer({ polite: false });
      lost.connection.ioloop.callLater(10, () => lost.peer.end());
      lost.connection.close();
      expect(lost.connection.isClosed).to.equal(true);
      const { connection } = withPeer({ polite: false });
      const controller = new AbortController();
      connection.ioloop.callLater(10, () => controller.abort());
      expect(() => connection.close({}, { signal: controller.signal })).to.throw(WaitCancelled);
      expect(connection.isClosed).to.equal(true);
    });

    it('gives up on a broker that does not answer after closeTimeout, or its own time', () => {
      for (const [fields, waiting, expected] of [
        [{}, {}, 5000],
        [{ closeTimeout: 700 }, {}, 700],
        [{}, { timeout: 300 }, 300],
      ] as const) {
        const { connection } = withPeer({ polite: false }, fields);
        const { ioloop } = connection;
        const began = ioloop.time();
        connection.close({}, waiting);
        expect(connection.isClosed).to.equal(true);
        expect(ioloop.time() - began).to.equal(expected);
      }
    });
  });

  describe('a connection that is lost', () => {
    it('ends the call that waits with StreamLostError, later ones with ConnectionWrongStateError', () => {
      const { connection, peer } = withPeer();
      const channel = connection.channel();
      connection.ioloop.callLater(10, () => peer.end());
      const error = caught(() => channel.basicQos());
      expect(error).to.be.instanceOf(StreamLostError);
      expect([channel.isOpen, channel.isClosed, connection.isOpen, connection.isClosed]).to.deep.equal([
        false,
        true,
        false,
        true,
      ]);
      for (const later of [() => connection.channel(), () => connection.sleep(0), () => channel.basicQos()]) {
        const refused = caught(later);
        expect(refused).to.be.instanceOf(ConnectionWrongStateError);
        expect(refused.cause).to.equal(error);
      }
    });

    it('leaves sleep(), processDataEvents() and startConsuming() as that error', () => {
      for (const wait of [
        (connection: BlockingConnection) => connection.sleep(100),
        (connection: BlockingConnection) => connection.processDataEvents(null),
      ]) {
        const { connection, peer } = withPeer();
        connection.ioloop.callLater(10, () =>
          peer.send(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'bye', classId: 0, methodId: 0 }),
        );
        expect(() => wait(connection)).to.throw(ConnectionClosedByBroker, 'bye');
        expect(connection.ioloop.state).to.equal('closed');
      }
    });

    it('is one that was blocked for too long', () => {
      const { connection, peer } = withPeer({}, { blockedConnectionTimeout: 50 });
      peer.send(0, CONNECTION_BLOCKED, { reason: 'memory' });
      connection.processDataEvents(null);
      expect(() => connection.processDataEvents(null)).to.throw(ConnectionBlockedTimeout, 'memory');
    });
  });

  describe('waiting', () => {
    it('for a reply ends after rpcTimeout, with the channel closed and the connection open', () => {
      const { connection } = withPeer({}, { rpcTimeout: 400 });
      const channel = connection.channel();
      const began = connection.ioloop.time();
      const error = caught(() => channel.queueDeclare({ queue: 'q' }));
      expect(error).to.be.instanceOf(RpcTimeout);
      expect(connection.ioloop.time() - began).to.equal(400);
      expect([channel.isClosed, connection.isOpen]).to.deep.equal([true, true]);
      expect(connection.channel().isOpen).to.equal(true);
    });

    it('takes a time for one call, shorter or longer', () => {
      for (const timeout of [100, 50_000]) {
        const { connection } = withPeer();
        const channel = connection.channel();
        const began = connection.ioloop.time();
        expect(() => channel.txSelect({ timeout })).to.throw(
          RpcTimeout,
          `tx.select got no answer within ${timeout} ms`,
        );
        expect(connection.ioloop.time() - began).to.equal(timeout);
      }
    });

    it('is called off by a signal that a callback of the loop aborts', () => {
      const { connection, peer } = withPeer();
      const channel = connection.channel();
      const controller = new AbortController();
      connection.ioloop.callLater(30, () => controller.abort('enough'));
      const error = caught(() => channel.queueDeclare({}, { signal: controller.signal }));
      expect(error).to.be.instanceOf(WaitCancelled);
      expect(error.cause).to.equal('enough');
      expect([channel.isClosed, connection.isOpen]).to.deep.equal([true, true]);
      connection.sleep(1);
      expect(peer.names.at(-1)).to.equal('channel.close');
    });

    it('does not begin with a signal that was aborted before', () => {
      const { connection, peer } = withPeer();
      const channel = connection.channel();
      expect(() => channel.queueDeclare({}, { signal: AbortSignal.abort('no') })).to.throw(WaitCancelled);
      connection.sleep(1);
      expect(peer.names).not.to.include('queue.declare');
      expect(channel.isClosed).to.equal(true);
    });

    it('refuses limits that are none', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      expectFault(() => channel.txSelect({ timeout: 0 }), RangeError, 'ARG_RANGE', 'timeout');
      // @ts-expect-error not a number
      expectFault(() => channel.txSelect({ timeout: '5' }), TypeError, 'ARG_TYPE', 'timeout');
      // @ts-expect-error not a signal
      expectFault(() => channel.basicQos({}, { signal: {} }), TypeError, 'ARG_TYPE', 'signal');
      // @ts-expect-error there is no such limit
      expectFault(() => channel.basicQos({}, { limit: 5 }), TypeError, 'ARG_UNKNOWN_FIELD', 'limit');
      expect(channel.isOpen).to.equal(true);
    });

    it('survives an interrupt: the late reply is dropped, and a second call has its own', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      connection.ioloop.addCallback(() => {
        throw new KeyboardInterrupt();
      });
      expect(() => channel.queueDeclare({ queue: 'first' })).to.throw(KeyboardInterrupt);
      expect(channel.queueDeclare({ queue: 'second' }).queue).to.equal('second');
      expect(channel.queueDeclare({ queue: 'first', passive: true }).queue).to.equal('first');
    });

    it('in a callback of the loop is a ReentrancyError, and the outer wait goes on', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      const errors: Error[] = [];
      connection.ioloop.addCallback(() => {
        errors.push(
          caught(() => channel.basicQos()),
          caught(() => connection.sleep(1)),
          caught(() => connection.channel()),
          caught(() => connection.close()),
        );
      });
      expect(channel.queueDeclare({ queue: 'q' }).queue).to.equal('q');
      expect(errors).to.have.length(4);
      for (const error of errors) expect(error).to.be.instanceOf(ReentrancyError);
    });

    it('goes on when the loop is stopped by its callbacks', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      connection.ioloop.stop();
      connection.ioloop.addCallback(() => connection.ioloop.stop());
      expect(channel.queueDeclare({ queue: 'q' }).queue).to.equal('q');
    });
  });

  describe('sleep() and processDataEvents()', () => {
    it('take as long as they are told', () => {
      const { connection } = withBroker();
      const began = connection.ioloop.time();
      connection.sleep(25);
      expect(connection.ioloop.time() - began).to.equal(25);
      connection.processDataEvents(5);
      expect(connection.ioloop.time() - began).to.equal(30);
      connection.processDataEvents();
      connection.sleep(0);
      expect(connection.ioloop.time() - began).to.equal(30);
    });

    it('refuse what is no time', () => {
      const { connection } = withBroker();
      expectFault(() => connection.sleep(-1), RangeError, 'ARG_RANGE', 'duration');
      // @ts-expect-error not a number
      expectFault(() => connection.processDataEvents('1'), TypeError, 'ARG_TYPE', 'duration');
      expectFault(() => connection.callLater(-1, () => {}), RangeError, 'ARG_RANGE', 'delay');
    });

    it('sleep on through events, while processDataEvents() returns after one dispatch', () => {
      const { connection } = withBroker();
      const seen: number[] = [];
      for (const delay of [10, 20]) connection.callLater(delay, () => seen.push(connection.ioloop.time()));
      const began = connection.ioloop.time();
      connection.processDataEvents(null);
      expect(seen).to.deep.equal([began + 10]);
      connection.sleep(50);
      expect(seen).to.deep.equal([began + 10, began + 20]);
      expect(connection.ioloop.time()).to.equal(began + 60);
    });

    it('are called off by a signal, which closes nothing', () => {
      const { connection } = withBroker();
      const controller = new AbortController();
      connection.callLater(10, () => controller.abort());
      expect(() => connection.sleep(1000, { signal: controller.signal })).to.throw(WaitCancelled);
      expect(connection.isOpen).to.equal(true);
    });
  });

  describe('a timer', () => {
    it('runs in a dispatch only, not while another call waits', () => {
      const { connection } = withBroker();
      const seen: string[] = [];
      connection.callLater(0, () => seen.push('timer'));
      const channel = connection.channel();
      channel.queueDeclare({ queue: 'q' });
      expect(seen).to.deep.equal([]);
      connection.processDataEvents();
      expect(seen).to.deep.equal(['timer']);
    });

    it('can be removed before it is due, when it is due, and when it has run', () => {
      const { connection } = withBroker();
      const seen: string[] = [];
      const early = connection.callLater(5, () => seen.push('early'));
      connection.removeTimeout(early);
      const due = connection.callLater(0, () => seen.push('due'));
      connection.channel();
      connection.removeTimeout(due);
      const first = connection.callLater(1, () => {
        seen.push('first');
        connection.removeTimeout(first);
        connection.removeTimeout(second);
      });
      const second = connection.callLater(1, () => seen.push('second'));
      connection.sleep(20);
      expect(seen).to.deep.equal(['first']);
      connection.removeTimeout(first);
    });

    it('that was removed does not end processDataEvents()', () => {
      const { connection } = withBroker();
      connection.removeTimeout(connection.callLater(5, () => {}));
      const began = connection.ioloop.time();
      connection.processDataEvents(30);
      expect(connection.ioloop.time() - began).to.equal(30);
    });
  });

  describe('a dispatch', () => {
    it('runs the events of the connection that are there at its start', () => {
      const { connection } = withBroker();
      const seen: string[] = [];
      connection.addCallbackThreadsafe(() => {
        seen.push('first');
        connection.addCallbackThreadsafe(() => seen.push('third'));
      });
      connection.addCallbackThreadsafe(() => seen.push('second'));
      connection.processDataEvents();
      expect(seen).to.deep.equal(['first', 'second']);
      connection.processDataEvents();
      expect(seen).to.deep.equal(['first', 'second', 'third']);
    });

    it('is left by an error, with the rest for the next one', () => {
      const { connection } = withBroker();
      const seen: string[] = [];
      connection.addCallbackThreadsafe(() => {
        throw new Error('of a handler');
      });
      connection.addCallbackThreadsafe(() => seen.push('rest'));
      expect(() => connection.processDataEvents()).to.throw('of a handler');
      expect(seen).to.deep.equal([]);
      connection.processDataEvents();
      expect(seen).to.deep.equal(['rest']);
    });

    it('is not nested: in a handler calls only let the loop run', () => {
      const { connection } = withBroker();
      const seen: string[] = [];
      connection.addCallbackThreadsafe(() => {
        connection.addCallbackThreadsafe(() => seen.push('inner'));
        connection.processDataEvents(5);
        connection.sleep(5);
        expect(() => connection.processDataEvents(null)).to.throw(ReentrancyError);
        seen.push('outer');
      });
      const began = connection.ioloop.time();
      connection.processDataEvents();
      expect(seen).to.deep.equal(['outer']);
      expect(connection.ioloop.time() - began).to.equal(10);
    });

    it('tells of blocked and unblocked', () => {
      const { connection, peer } = withPeer();
      const seen: unknown[] = [];
      connection.addOnConnectionBlockedCallback((...args) => seen.push(args));
      connection.addOnConnectionUnblockedCallback((...args) => seen.push(args));
      peer.send(0, CONNECTION_BLOCKED, { reason: 'disk' });
      peer.send(0, CONNECTION_UNBLOCKED);
      connection.channel();
      expect(seen).to.deep.equal([]);
      connection.sleep(0);
      expect(seen).to.deep.equal([
        [connection, { name: 'connection.blocked', reason: 'disk' }],
        [connection, { name: 'connection.unblocked' }],
      ]);
    });

    it('throws the close of a channel that nobody waited for, once', () => {
      const { connection, peer } = withPeer();
      const [one, two] = [connection.channel(), connection.channel()];
      for (const { channelNumber } of [one, two]) {
        peer.send(channelNumber, CHANNEL_CLOSE, { replyCode: 404, replyText: 'gone', classId: 60, methodId: 40 });
      }
      connection.channel();
      expect(() => connection.sleep(0)).to.throw(ChannelClosedByBroker, 'channel 1');
      expect(() => connection.processDataEvents()).to.throw(ChannelClosedByBroker, 'channel 2');
      connection.processDataEvents();
      expect([one.isClosed, two.isClosed]).to.deep.equal([true, true]);
    });

    it('reports what an async handler rejects with to the loop', async () => {
      const { connection, log } = withBroker();
      connection.addCallbackThreadsafe(() => Promise.reject(new Error('later')));
      connection.processDataEvents();
      await Promise.resolve();
      await Promise.resolve();
      expect(log.join()).to.include('later');
    });
  });

  describe('other threads', () => {
    it('call what is exposed, by a handle; it runs in the next dispatch', () => {
      const { connection } = withBroker();
      const seen: unknown[] = [];
      connection.expose('note', (...args) => seen.push(...args));
      const handle = LoopHandle.attach(connection.handle());
      expect(handle.call('note', 1, 'two')).to.equal(true);
      connection.channel();
      expect(seen).to.deep.equal([]);
      connection.processDataEvents(10);
      expect(seen).to.deep.equal([1, 'two']);
      connection.close();
      expect(handle.call('note', 3)).to.equal(false);
    });

    it('have nothing to call once the connection is closed', () => {
      const { connection } = withBroker();
      connection.close();
      for (const late of [
        () => connection.addCallbackThreadsafe(() => {}),
        () => connection.callLater(1, () => {}),
        () => connection.expose('x', () => {}),
        () => connection.handle(),
      ]) {
        expect(late).to.throw(ConnectionWrongStateError);
      }
    });
  });

  it('may be used inside a handler of another one', () => {
    const [outer, inner] = [withBroker().connection, withBroker().connection];
    const names: string[] = [];
    outer.addCallbackThreadsafe(() => {
      inner.addCallbackThreadsafe(() => names.push('dispatched'));
      names.push(inner.channel().queueDeclare({ queue: 'q' }).queue);
      inner.processDataEvents();
    });
    outer.processDataEvents();
    expect(names).to.deep.equal(['q', 'dispatched']);
  });

  it('may be used inside a callback of the loop of another one', () => {
    const [outer, inner] = [withBroker().connection, withBroker().connection];
    const names: string[] = [];
    outer.ioloop.addCallback(() => names.push(inner.channel().queueDeclare({ queue: 'inner' }).queue));
    const channel: BlockingChannel = outer.channel();
    names.push(channel.queueDeclare({ queue: 'outer' }).queue);
    expect(names).to.deep.equal(['inner', 'outer']);
  });

  it('hands in a new secret', () => {
    const { connection, peer } = withPeer();
    connection.ioloop.callLater(5, () => peer.send(0, CONNECTION_UPDATE_SECRET_OK));
    connection.updateSecret({ newSecret: 's', reason: 'r' });
    expect(connection.isOpen).to.equal(true);
    // @ts-expect-error not a string
    expectFault(() => connection.updateSecret({ newSecret: 5, reason: 'r' }), TypeError, 'ARG_TYPE', 'newSecret');
  });

  it('tells of the broker as the other styles do', () => {
    const { connection } = withBroker();
    expect(connection).to.include({
      basicNackSupported: true,
      consumerCancelNotifySupported: true,
      exchangeExchangeBindingsSupported: true,
      publisherConfirmsSupported: true,
      basicNack: true,
    });
    expect(connection.serverProperties).to.have.property('capabilities');
    expect(connection.framesSent).to.be.greaterThan(0);
    expect(connection.params.host).to.equal('localhost');
  });
});
