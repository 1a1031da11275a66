import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  AMQPConnectionError,
  AMQPConnectionWorkflowFailed,
  AMQPConnectorStackTimeout,
  type AMQPError,
  ConnectionClosedByBroker,
  ConnectionClosedByClient,
  ConnectionWrongStateError,
  connect,
  InvalidChannelNumber,
  PlainCredentials,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
  PromiseConnection,
  RpcTimeout,
  StreamLostError,
  UnsupportedError,
} from '../../adapters/index.ts';
import { CONNECTION_BLOCKED, CONNECTION_CLOSE, CONNECTION_UNBLOCKED } from '../../amqp/index.ts';
import { brokerWorld, peerWorld, promiseWorld, rejection } from './promise-world.ts';

describe('connect()', () => {
  it('resolves to an open connection, which says where it is', () => {
    const { run, connect: open } = brokerWorld();
    run(async () => {
      const connection = await open('amqp://localhost/%2F');
      expect(connection).to.be.instanceOf(PromiseConnection);
      expect(connection).to.include({ isOpen: true, isClosed: false, publisherConfirms: true });
      expect(connection.params).to.include({ host: 'localhost', port: 5672 });
      await connection.close();
      expect(connection).to.include({ isOpen: false, isClosed: true });
    });
  });

  it('rejects for every mistake, and throws none', () => {
    const { run, connect: open } = promiseWorld();
    const mistakes: [where: unknown, options: object, field: string][] = [
      ['http://localhost', {}, 'scheme'],
      [{ prot: 1 }, {}, 'prot'],
      [[], {}, 'configs'],
      [7, {}, 'parameters'],
      [{}, { timout: 1 }, 'timout'],
      [{}, { timeout: -1 }, 'timeout'],
      [{}, { signal: 1 }, 'signal'],
      [{}, { onError: 1 }, 'onError'],
      [{}, { onReturn: 1 }, 'onReturn'],
      [{}, { logger: {} }, 'logger.warn'],
      [{}, { host: 'epoll' }, 'host'],
      [{}, { host: 1 }, 'host'],
      [{}, { keepAlive: 'always' }, 'keepAlive'],
      // beside the loop that these options are given
      [{}, { keepAlive: 'worker' }, 'keepAlive'],
      [{}, { recovery: { jitter: 2 } }, 'recovery.jitter'],
    ];
    run(async () => {
      for (const [where, options, field] of mistakes) {
        const error = await rejection(open(where as string, options));
        expect(error).to.satisfy((it: unknown) => it instanceof TypeError || it instanceof RangeError);
        expect(error.field, error.message).to.equal(field);
      }
    });
  });

  it('says which of its options are not to be had here', async () => {
    const kept = await rejection(connect({ webSocket: 'ws://127.0.0.1:1/' }, { keepAlive: 'worker' }));
    expect([kept.name, kept.field]).to.deep.equal(['RangeError', 'keepAlive']);
    const { cause } = await rejection(connect({}, { host: 'browser' }));
    expect(cause).to.be.instanceOf(UnsupportedError);
    expect(String(cause)).to.include('the parameter webSocket');
  });

  it('tries every host until one answers', () => {
    const { run, connect: open } = brokerWorld({});
    run(async () => {
      const connection = await open(['amqp://localhost:1', { host: 'localhost', port: 5672 }]);
      expect(connection.params.port).to.equal(5672);
      await connection.close();
    });
  });

  it('rejects with the error of the only attempt, and with all of several', () => {
    const { run, connect: open } = promiseWorld();
    run(async () => {
      const only = await rejection(open('amqp://localhost:1'));
      expect(only).to.be.instanceOf(AMQPConnectionError).and.to.include({ host: 'localhost', port: 1 });
      expect(only).not.to.be.instanceOf(AMQPConnectionWorkflowFailed);
      const both = await rejection(open(['amqp://localhost:1', 'amqp://localhost:2']));
      expect(both).to.be.instanceOf(AMQPConnectionWorkflowFailed).with.property('exceptions').that.has.length(4); // localhost has two addresses
    });
  });

  it('ends at once where a login or a virtual host is refused', () => {
    const { run, connect: open, broker, pass } = brokerWorld();
    const credentials = new PlainCredentials('guest', 'wrong');
    run(async () => {
      const options = { connectionAttempts: 5, retryDelay: 100 };
      const login = await rejection(open([{ credentials, ...options }, 'amqp://localhost:1']));
      expect(login).to.be.instanceOf(ProbableAuthenticationError);
      const access = await rejection(open({ virtualHost: 'missing', ...options }));
      expect(access).to.be.instanceOf(ProbableAccessDeniedError);
      await pass();
      expect(broker.sessions).to.have.length(0);
    });
  });

  it("rejects with a signal's reason, and leaves nothing open", () => {
    const { run, connect: open, peer, pass } = peerWorld({ until: 'start' });
    run(async () => {
      const controller = new AbortController();
      const opening = open({}, { signal: controller.signal });
      await pass(10);
      controller.abort('enough');
      expect(await opening.catch((reason: unknown) => reason)).to.equal('enough');
      await pass(10);
      expect(peer.streams.map(({ closedAt }) => closedAt !== null)).to.deep.equal([true]);
      const reason = await open({}, { signal: AbortSignal.abort('before') }).catch((it: unknown) => it);
      expect(reason).to.equal('before');
      expect(peer.streams).to.have.length(1);
    });
  });

  it('rejects when its time is over, and says how far it had come', () => {
    const { run, connect: open, loop } = peerWorld({ until: 'start' });
    run(async () => {
      const error = await rejection(open({}, { timeout: 300 }));
      expect(error).to.be.instanceOf(AMQPConnectorStackTimeout).with.property('stage', 'start');
      expect(loop.time()).to.be.closeTo(300, 1);
    });
  });

  it('tells onError of a failure that nobody awaits', () => {
    const { run, connect: open, errors, pass } = promiseWorld();
    run(async () => {
      void open('amqp://localhost:1');
      await pass(100);
      expect(errors.map(({ name }) => name)).to.deep.equal(['AMQPConnectionError']);
    });
  });

  it("lives on the runtime's own loop, and leaves nothing there", async () => {
    const error = await rejection(connect({ host: '127.0.0.1', port: 1 }));
    expect(error).to.be.instanceOf(AMQPConnectionError);
  });
});

describe('A connection in promises', () => {
  it('opens channels with what is asked of them', () => {
    const { run, connect: open, broker } = brokerWorld();
    run(async () => {
      const connection = await open();
      const channel = await connection.channel({ channelNumber: 7, confirm: true, prefetch: 3 });
      expect(channel).to.include({ channelNumber: 7, isOpen: true, connection });
      expect(await channel.basicPublish('', 'nowhere', 'x')).to.equal(1);
      expect(await rejection(connection.channel({ channelNumber: 7 }))).to.be.instanceOf(InvalidChannelNumber);
      expect((await rejection(connection.channel({ chanelNumber: 7 } as object))).code).to.equal('ARG_UNKNOWN_FIELD');
      expect((await rejection(connection.channel({}, { timout: 7 } as object))).code).to.equal('ARG_UNKNOWN_FIELD');
      await connection.close();
      expect(broker.sessions).to.have.length(0);
    });
  });

  it('has one listener on a signal, however many calls wait with it, and none when they have ended', () => {
    for (const end of ['abort', 'close'] as const) {
      const { run, connect, broker, pass, errors } = brokerWorld();
      run(async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const connection = await connect({}, { signal });
        const channel = await connection.channel({}, { signal });
        const { queue } = await channel.queueDeclare({ exclusive: true }, { signal });
        broker.block('memory');
        await pass();
        expect(getEventListeners(signal, 'abort')).to.have.length(0);
        const waiting: Promise<unknown>[] = Array.from({ length: 20 }, () =>
          channel.basicPublish('', queue, 'x', null, { signal }),
        );
        for (let i = 0; i < 20; i++) {
          waiting.push(channel.consume({ queue }, { signal }).next(), connection.request(queue, 'x', { signal }));
        }
        const ends = Promise.allSettled(waiting);
        await pass();
        expect(getEventListeners(signal, 'abort')).to.have.length(1);
        if (end === 'abort') controller.abort('enough');
        else await connection.close();
        for (const one of await ends) {
          if (end === 'abort') expect(one).to.deep.equal({ status: 'rejected', reason: 'enough' });
        }
        expect(getEventListeners(signal, 'abort')).to.have.length(0);
        await connection.close();
      });
      expect(errors).to.deep.equal([]);
    }
  });

  it('closes a channel whose opening was called off', () => {
    const { run, connect: open, peer, pass } = peerWorld();
    run(async () => {
      const connection = await open();
      const controller = new AbortController();
      const opening = connection.channel({}, { signal: controller.signal });
      controller.abort('enough');
      expect(await opening.catch((reason: unknown) => reason)).to.equal('enough');
      await pass(100);
      expect(peer.names.slice(-2)).to.deep.equal(['channel.open', 'channel.close']);
      await connection.close();
    });
  });

  it('closes a channel that did not open in time', () => {
    const { run, connect: open, loop } = peerWorld({ polite: false });
    run(async () => {
      const connection = await open({ closeTimeout: 10 });
      expect(await rejection(connection.channel({}, { timeout: 50 }))).to.be.instanceOf(RpcTimeout);
      expect(loop.time()).to.be.closeTo(50, 1);
      await connection.close();
    });
  });

  it('ends pending calls with the reason, and refuses later ones with it as their cause', () => {
    const { run, connect: open, peer } = peerWorld();
    run(async () => {
      const connection = await open();
      const channel = await connection.channel();
      const pending = [
        channel.queueDeclare({ queue: 'a' }),
        channel.queueDeclare({ queue: 'b' }),
        connection.channel(),
      ];
      const ends = Promise.allSettled(pending);
      peer.transport?.abort();
      const reason = await connection.closed;
      expect(reason).to.be.instanceOf(StreamLostError);
      for (const end of await ends) expect(end).to.deep.equal({ status: 'rejected', reason });
      for (const later of [connection.channel(), connection.updateSecret({ newSecret: 'x', reason: 'y' })]) {
        expect(await rejection(later))
          .to.be.instanceOf(ConnectionWrongStateError)
          .with.property('cause', reason);
      }
      expect(await rejection(channel.queueDeclare())).to.be.instanceOf(ConnectionWrongStateError);
      expect(await channel.closed).to.equal(reason);
    });
  });

  it('gives one promise to all who close it, and resolves it whoever closes', () => {
    const { run, connect: open } = brokerWorld();
    run(async () => {
      const connection = await open();
      const first = connection.close({ replyCode: 320, replyText: 'bye' });
      expect(connection.close()).to.equal(first);
      await Promise.all([first, connection.close()]);
      expect(await connection.closed)
        .to.be.instanceOf(ConnectionClosedByClient)
        .with.property('replyText', 'bye');
      await connection.close();
    });
  });

  it('closes at the end of its scope, however often it was closed before', () => {
    const { run, connect: open, broker } = brokerWorld();
    run(async () => {
      {
        await using connection = await open();
        await using channel = await connection.channel();
        await channel.close();
        expect(channel.isClosed).to.equal(true);
      }
      expect(broker.sessions).to.have.length(0);
    });
  });

  it('resolves its close in time where the broker says nothing', () => {
    const { run, connect: open, loop } = peerWorld({ polite: false });
    run(async () => {
      const connection = await open();
      await connection.close({}, { timeout: 70 });
      expect(loop.time()).to.be.closeTo(70, 5);
    });
  });

  it('tells of blocked, unblocked and lost by on(), once() and off()', () => {
    const { run, connect: open, peer, pass } = peerWorld();
    const seen: unknown[][] = [];
    run(async () => {
      const connection = await open();
      const off = (): unknown => seen.push(['off']);
      connection
        .on('blocked', (reason) => seen.push(['blocked', reason]))
        .on('blocked', off)
        .once('unblocked', () => seen.push(['unblocked']))
        .on('lost', ({ name }) => seen.push(['lost', name]))
        .off('blocked', off);
      for (let times = 0; times < 2; times++) {
        peer.send(0, CONNECTION_BLOCKED, { reason: 'memory' });
        peer.send(0, CONNECTION_UNBLOCKED);
      }
      await pass(10);
      peer.transport?.abort();
      await connection.closed;
      expect(seen).to.deep.equal([
        ['blocked', 'memory'],
        ['unblocked'],
        ['blocked', 'memory'],
        ['lost', 'StreamLostError'],
      ]);
      expect(() => connection.on('lots' as 'lost', off)).to.throw(RangeError);
    });
  });

  it('has the callbacks of the callback style', () => {
    const { run, connect: open, peer } = peerWorld();
    run(async () => {
      const connection = await open();
      const seen: unknown[] = [];
      connection.addOnConnectionBlockedCallback((it, { name }) => seen.push(it === connection, name));
      connection.addOnCloseCallback((it, error) => seen.push(it === connection, error.name));
      peer.send(0, CONNECTION_BLOCKED, { reason: 'memory' });
      peer.send(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'stop', classId: 0, methodId: 0 });
      await connection.closed;
      expect(seen).to.deep.equal([true, 'connection.blocked', true, 'ConnectionClosedByBroker']);
    });
  });

  it('tells onError of a loss that nobody would hear of', () => {
    const { run, connect: open, peer, errors, pass } = peerWorld();
    run(async () => {
      await open();
      peer.transport?.abort();
      await pass(10);
      expect(errors.map(({ name }) => name)).to.deep.equal(['StreamLostError']);
    });
  });

  it('tells onError of no loss that a call, a listener or a promise has told', () => {
    const { run, connect: open, peer, errors, pass } = peerWorld();
    run(async () => {
      const watchers: ((connection: PromiseConnection) => Promise<unknown>)[] = [
        async (connection) => void connection.on('lost', () => undefined),
        async (connection) => void connection.addOnCloseCallback(() => undefined),
        async (connection) => void connection.closed,
        async (connection) => void (await connection.channel()).queueDeclare().catch(() => undefined),
      ];
      for (const watch of watchers) {
        await watch(await open());
        peer.transport?.abort();
        await pass(10);
      }
      expect(errors).to.deep.equal([]);
    });
  });

  it('warns the process once of each kind, where there is no onError', () => {
    const { run, connect: open, pass } = brokerWorld();
    const emitWarning = sinon.stub(process, 'emitWarning');
    try {
      run(async () => {
        const connection = await open({}, { onError: null });
        const channel = await connection.channel();
        for (let times = 0; times < 3; times++) void channel.queueDeclare({ quewe: 'x' } as object);
        void connection.channel({ channelNumber: -1 });
        await pass(10);
        await connection.close();
      });
      expect(emitWarning.args.map(([text]) => String(text).split(':')[0])).to.deep.equal([
        'TypeError',
        'InvalidChannelNumber',
      ]);
    } finally {
      emitWarning.restore();
    }
  });

  it('hears what onError throws as a warning, and goes on', () => {
    const { run, connect: open, pass } = brokerWorld();
    const emitWarning = sinon.stub(process, 'emitWarning');
    try {
      run(async () => {
        const connection = await open();
        connection.onError = () => {
          throw new Error('in the handler');
        };
        void connection.channel({ channelNumber: -1 });
        await pass(10);
        await connection.close();
      });
      expect(emitWarning.args.map(([text]) => String(text)).join()).to.include('in the handler');
    } finally {
      emitWarning.restore();
    }
  });

  it("gives the broker's close as the reason", () => {
    const { run, connect: open, peer } = peerWorld();
    run(async () => {
      const connection = await open();
      peer.send(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'stop', classId: 0, methodId: 0 });
      const reason: AMQPError = await connection.closed;
      expect(reason).to.be.instanceOf(ConnectionClosedByBroker).with.property('replyCode', 320);
    });
  });
});
