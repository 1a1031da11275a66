import { expect } from 'chai';
import { AMQPConnectionWorkflowFailed, type ConnectionFields, SelectConnection } from '../../adapters/index.ts';
import {
  AMQPConnectionError,
  type AMQPError,
  CONNECTION_CLOSE,
  ConnectionOpenAborted,
  ConnectionWrongStateError,
  IncompatibleProtocolError,
  PlainCredentials,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
} from '../../amqp/index.ts';
import { ScriptedPeer, type Until } from './scripted-peer.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

describe('A connection that opens', () => {
  let world: World;
  let calls: string[];
  let errors: AMQPError[];

  beforeEach(() => {
    world = virtualWorld();
    calls = [];
    errors = [];
  });

  function connect(fields: ConnectionFields = {}): SelectConnection {
    return new SelectConnection(fields, {
      ioloop: world.loop,
      stopIoloopOnClose: true,
      onOpen: () => calls.push('open'),
      onOpenError: (_connection, error) => {
        calls.push('open error');
        errors.push(error);
      },
      onClose: () => calls.push('close'),
    });
  }

  /** Runs the loop until nothing is left to happen. */
  function runOut(): void {
    world.loop.callLater(1_000_000, () => world.loop.stop());
    world.loop.start();
    world.loop.callLater(1_000_000, () => world.loop.stop());
    world.loop.start();
  }

  it('goes through the states of pika, and tells each callback once', () => {
    const peer = new ScriptedPeer(world);
    const states: number[] = [];
    const connection = connect();
    const look = (): void => {
      if (states.at(-1) !== connection.state) states.push(connection.state);
    };
    look();
    peer.seen.push = (...items) => {
      look();
      return Array.prototype.push.apply(peer.seen, items);
    };
    connection.addOnOpenCallback(() => {
      look();
      connection.close();
      look();
    });
    runOut();
    look();
    const { INIT, PROTOCOL, START, TUNE, OPEN, CLOSING, CLOSED } = SelectConnection;
    expect(states).to.deep.equal([INIT, PROTOCOL, START, TUNE, OPEN, CLOSING, CLOSED]);
    expect([CLOSED, INIT, PROTOCOL, START, TUNE, OPEN, CLOSING]).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(calls).to.deep.equal(['open', 'close']);
  });

  it('is neither open, closing nor closed until it is open', () => {
    new ScriptedPeer(world, { until: 'start' });
    const connection = connect();
    world.loop.callLater(100, () => world.loop.stop());
    world.loop.start();
    expect([connection.isOpen, connection.isClosing, connection.isClosed]).to.deep.equal([false, false, false]);
    expect(() => connection.channel()).to.throw(ConnectionWrongStateError);
  });

  it("keeps in params the host that answered and the limits agreed on, and leaves the caller's parameters alone", () => {
    virtualBroker(world, { host: '10.0.0.2', port: 5673, heartbeat: 30, channelMax: 100, frameMax: 8192 });
    const hosts = [{ host: '10.0.0.1' }, { host: '10.0.0.2', port: 5673 }];
    const fields = { hosts, clientProperties: { a: 1 } };
    const connection = connect(fields);
    connection.addOnOpenCallback(() => connection.close());
    runOut();
    const { host, port, heartbeat, channelMax, frameMax } = connection.params;
    expect({ host, port, heartbeat, channelMax, frameMax }).to.deep.equal({
      host: '10.0.0.2',
      port: 5673,
      heartbeat: 30,
      channelMax: 100,
      frameMax: 8192,
    });
    expect(hosts[0]).to.deep.equal({ host: '10.0.0.1' });
  });

  it('tells what the broker can do', () => {
    virtualBroker(world);
    const connection = connect();
    const before = [connection.basicNack, connection.publisherConfirms, connection.serverProperties];
    connection.addOnOpenCallback(() => connection.close());
    runOut();
    expect(before).to.deep.equal([false, false, {}]);
    const { basicNack, consumerCancelNotify, exchangeExchangeBindings, publisherConfirms } = connection;
    expect([basicNack, consumerCancelNotify, exchangeExchangeBindings, publisherConfirms]).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect(connection.serverProperties).to.have.property('capabilities', connection.serverCapabilities);
    expect(connection.framesSent).to.equal(4);
    expect(connection.framesReceived).to.equal(4);
    expect(connection.bytesSent).to.be.above(100);
  });

  it('asks the function for the heartbeat with itself and the value of the broker', () => {
    virtualBroker(world, { heartbeat: 30 });
    const asked: unknown[] = [];
    const connection = connect({
      heartbeat: (...args) => {
        asked.push(...args);
        return 7;
      },
    });
    connection.addOnOpenCallback(() => connection.close());
    runOut();
    expect(asked).to.deep.equal([connection, 30]);
    expect(connection.params.heartbeat).to.equal(7);
  });

  it('does not open when that function throws or gives no interval', () => {
    virtualBroker(world);
    const wrong: ConnectionFields['heartbeat'][] = [
      () => {
        throw new Error('no idea');
      },
      () => null as never,
    ];
    for (const heartbeat of wrong) connect({ heartbeat });
    runOut();
    expect(calls).to.deep.equal(['open error', 'open error']);
    expect(errors.map(({ name }) => name)).to.deep.equal(['AMQPConnectionError', 'AMQPConnectionError']);
    expect(errors[1]?.cause).to.be.instanceOf(TypeError);
  });

  it('erases the credentials that it holds when they say so, and not those of the caller', () => {
    virtualBroker(world);
    const credentials = new PlainCredentials('guest', 'guest', true);
    const connection = connect({ credentials });
    connection.addOnOpenCallback(() => connection.close());
    runOut();
    expect(calls).to.deep.equal(['open', 'close']);
    expect(connection.params.credentials).to.include({ username: null, password: null });
    expect(credentials).to.include({ username: 'guest', password: 'guest' });
  });

  it("sends its name, the library's client properties and the caller's, capabilities merged one level deep", () => {
    const peer = new ScriptedPeer(world);
    connect({
      connectionName: 'mine',
      clientProperties: { product: 'app', capabilities: { extra: true, 'basic.nack': false } },
    });
    runOut();
    const [, , fields] = peer.seen.find(([, name]) => name === 'connection.start-ok') ?? expect.fail('no start-ok');
    const { clientProperties } = fields as { clientProperties: Record<string, unknown> }; // what start-ok carries
    expect(clientProperties).to.include({ product: 'app', connection_name: 'mine' });
    expect(clientProperties.version).to.match(/^\d+\.\d+\.\d+/);
    expect(clientProperties.capabilities).to.include({ extra: true, 'basic.nack': false, publisher_confirms: true });
  });

  it('tells the logger, where it listens, that it came up and why it went', () => {
    virtualBroker(world);
    const lines: string[] = [];
    const connection = connect({ logger: { info: (text) => lines.push(text), warn: () => {}, error: () => {} } });
    connection.addOnOpenCallback(() => connection.close());
    runOut();
    expect(lines).to.have.length(2);
    expect(lines[0]).to.equal('connected to localhost:5672');
    expect(lines[1]).to.include('localhost:5672').and.include('200 Normal shutdown');
  });

  describe('close()', () => {
    it('refuses a code or a text that is none, in any state', () => {
      const connection = connect();
      for (const fields of [{ replyCode: '200' }, { replyText: 5 }] as never[]) {
        expect(() => connection.close(fields))
          .to.throw(TypeError)
          .with.property('code', 'ARG_TYPE');
      }
      for (const replyCode of [-1, 65_536, 1.5, Number.NaN]) {
        expect(() => connection.close({ replyCode }))
          .to.throw(RangeError)
          .with.property('code', 'ARG_RANGE');
      }
      expect(connection.isClosing).to.equal(false);
    });

    for (const until of ['constructor', 'nothing', 'start', 'tune'] as const) {
      it(`${until === 'constructor' ? 'right after the constructor' : `when the peer has sent ${until}`} gives ConnectionOpenAborted to open-error, from the loop`, () => {
        const peer = new ScriptedPeer(world, { until: until === 'constructor' ? 'open' : until });
        const connection = connect();
        const close = (): void => {
          connection.close();
          expect(calls).to.deep.equal([]);
          expect(connection.isClosing).to.equal(true);
          expect(() => connection.close()).to.throw(ConnectionWrongStateError, 'close() was called already');
        };
        if (until === 'constructor') close();
        else world.loop.callLater(100, close);
        runOut();
        expect(calls).to.deep.equal(['open error']);
        expect(errors[0]).to.be.instanceOf(ConnectionOpenAborted);
        expect(connection.isClosed).to.equal(true);
        expect(peer.names).not.to.include('connection.close');
        expect(peer.streams.every(({ closedAt }) => closedAt !== null)).to.equal(true);
      });
    }

    it('while the TCP connect is under way or the workflow pauses gives ConnectionOpenAborted too', () => {
      world.network.swallow({ host: '10.0.0.1', port: 5672 });
      for (const host of ['10.0.0.1', '10.0.0.2']) {
        const connection = connect({ host, connectionAttempts: 5 });
        world.loop.callLater(100, () => connection.close());
        runOut();
      }
      expect(calls).to.deep.equal(['open error', 'open error']);
      expect(errors.map(({ name }) => name)).to.deep.equal(['ConnectionOpenAborted', 'ConnectionOpenAborted']);
    });

    it('in the turn in which open-ok comes still gives open-error, and never open', () => {
      const peer = new ScriptedPeer(world, { until: 'tune' });
      const connection = connect();
      world.loop.callLater(100, () => {
        peer.send(0, 0x000a0029); // connection.open-ok
        connection.close();
      });
      runOut();
      expect(calls).to.deep.equal(['open error']);
    });

    it('without a workflow of its own gives ConnectionOpenAborted too', () => {
      const connection = new SelectConnection(
        null,
        null,
        (_connection, error) => errors.push(error),
        null,
        world.loop,
        false,
      );
      connection.close();
      expect(errors).to.deep.equal([]);
      runOut();
      expect(errors.map(({ name }) => name)).to.deep.equal(['ConnectionOpenAborted']);
    });
  });

  describe('and fails', () => {
    const lostAt: readonly [Until, new (...args: never[]) => AMQPError][] = [
      ['nothing', IncompatibleProtocolError],
      ['start', ProbableAuthenticationError],
      ['tune', ProbableAccessDeniedError],
    ];
    for (const [until, expected] of lostAt) {
      it(`is told ${expected.name} when the stream ends after the peer has sent ${until}`, () => {
        const peer = new ScriptedPeer(world, { until });
        connect();
        world.loop.callLater(100, () => peer.end());
        runOut();
        expect(calls).to.deep.equal(['open error']);
        expect(errors[0]).to.be.instanceOf(expected).and.include({ host: 'localhost', port: 5672 });
        expect(errors[0]?.cause).to.have.property('name', 'StreamLostError');
      });
    }

    it('is told ProbableAccessDeniedError when the broker closes with 530, and answers with close-ok', () => {
      const peer = new ScriptedPeer(world, { until: 'tune' });
      connect({ virtualHost: 'nowhere' });
      world.loop.callLater(100, () => peer.send(0, CONNECTION_CLOSE, { replyCode: 530, replyText: 'NOT_ALLOWED' }));
      runOut();
      expect(errors[0]).to.be.instanceOf(ProbableAccessDeniedError);
      expect(peer.names.at(-1)).to.equal('connection.close-ok');
    });

    it('is told AMQPConnectionError with host, port and the cause when the only address was not reached', () => {
      connect({ host: '10.0.0.1', port: 1234 });
      runOut();
      expect(errors[0])
        .to.be.instanceOf(AMQPConnectionError)
        .and.include({ name: 'AMQPConnectionError', host: '10.0.0.1', port: 1234 });
      expect(errors[0]?.cause).to.have.property('code', 'ECONNREFUSED');
      expect(errors[0]?.message).to.include('10.0.0.1:1234');
    });

    it('is told AMQPConnectionError with all attempts in its cause when there were several', () => {
      connect({ hosts: [{ host: '10.0.0.1' }, { host: '10.0.0.2' }], connectionAttempts: 2 });
      runOut();
      expect(errors[0]).to.be.instanceOf(AMQPConnectionError).and.include({ host: '10.0.0.2' });
      expect(errors[0]?.cause).to.be.instanceOf(AMQPConnectionWorkflowFailed);
      expect(errors[0]?.cause).to.have.property('exceptions').with.length(4);
    });

    it('stops at the first handshake, and goes on past addresses that were not reached', () => {
      world.network.addHost('broker', ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
      const second = virtualBroker(world, { host: '10.0.0.2', users: {} });
      const third = new ScriptedPeer(world, { host: '10.0.0.3' });
      connect({ host: 'broker', connectionAttempts: 3 });
      runOut();
      expect(errors).to.have.length(1);
      expect(errors[0]).to.be.instanceOf(ProbableAuthenticationError);
      expect(third.streams).to.deep.equal([]);
      expect(second.sessions).to.deep.equal([]);
    });

    it('throws the error out of start() when nobody registered for it, and start() may be called again', () => {
      for (const onError of ['log', 'throw'] as const) {
        world = virtualWorld({ onError });
        new SelectConnection({ host: '10.0.0.1' }, null, null, null, world.loop);
        expect(() => world.loop.start()).to.throw(AMQPConnectionError, 'ECONNREFUSED');
        world.loop.callLater(10, () => world.loop.stop());
        world.loop.start();
        expect(world.log).to.deep.equal([]);
      }
    });

    it('throws it beside a callback that was added with removeDefault: false', () => {
      const connection = new SelectConnection({ host: '10.0.0.1' }, null, null, null, world.loop);
      connection.addOnOpenErrorCallback(() => calls.push('heard'), { removeDefault: false });
      expect(() => world.loop.start()).to.throw(AMQPConnectionError);
      expect(calls).to.deep.equal(['heard']);
    });
  });
});
