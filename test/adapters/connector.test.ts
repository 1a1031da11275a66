import { expect } from 'chai';
import {
  AMQPConnectorAborted,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
  AMQPConnectorTransportSetupError,
  AMQPConnectorWrongState,
  type Connectable,
  type ConnectionFields,
  ConnectionParameters,
  Connector,
  type ConnectStage,
  SelectConnection,
} from '../../adapters/index.ts';
import type { AMQPError } from '../../amqp/index.ts';
import type { ConnectOptions, Transport, TransportHandlers } from '../../ioloop/index.ts';
import { ScriptedPeer, type Until } from './scripted-peer.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

const ADDRESS = { address: '127.0.0.1', port: 5672, family: 4 } as const;
const TARGET = { host: 'broker', port: 5672, index: 0, address: ADDRESS } as const;

describe('Connector', () => {
  let world: World;
  let connector: Connector;
  let ends: { error: AMQPError | null; connection: Connectable | null; at: number }[];

  beforeEach(() => {
    world = virtualWorld();
    ends = [];
    connector = new Connector(
      world.loop,
      (parameters) => new SelectConnection(parameters, null, null, null, world.loop, false),
    );
  });

  /** Starts the attempt; the loop stops at its end. */
  function attempt(fields: ConnectionFields = {}, target: typeof TARGET = TARGET): void {
    connector.start(new ConnectionParameters({ host: 'broker', ...fields }), target, {
      onDone: (error, connection) => {
        ends.push({ error, connection, at: world.loop.time() });
        world.loop.stop();
      },
    });
  }

  function runToEnd(): { error: AMQPError | null; at: number } {
    world.loop.start();
    world.loop.callLater(60_000, () => world.loop.stop());
    world.loop.start();
    expect(ends).to.have.length(1);
    return ends[0] as (typeof ends)[0];
  }

  it('gives a connection that is open', () => {
    virtualBroker(world, { host: '127.0.0.1' });
    attempt();
    expect(ends, 'nothing from inside start()').to.deep.equal([]);
    world.loop.start();
    expect(ends[0]?.error).to.equal(null);
    expect(ends[0]?.connection).to.have.property('isOpen', true);
  });

  it('fails with AMQPConnectorSocketConnectError when nobody listens, with host, port and cause', () => {
    attempt();
    const { error } = runToEnd();
    expect(error).to.be.instanceOf(AMQPConnectorSocketConnectError).and.include({ host: 'broker', port: 5672 });
    expect(error).to.have.property('exception', error?.cause);
    expect(error?.cause).to.have.property('code', 'ECONNREFUSED');
  });

  it('limits TCP by socketTimeout, and names the stage', () => {
    world.network.swallow({ host: '127.0.0.1', port: 5672 });
    attempt({ socketTimeout: 3000 });
    const { error, at } = runToEnd();
    expect(at).to.equal(3000);
    expect(error).to.be.instanceOf(AMQPConnectorSocketConnectError);
    expect(error?.cause).to.be.instanceOf(AMQPConnectorStackTimeout).and.include({ stage: 'tcp' });
    expect(error?.message).to.include('socketTimeout');
  });

  it('limits everything by stackTimeout when socketTimeout is null', () => {
    world.network.swallow({ host: '127.0.0.1', port: 5672 });
    attempt({ socketTimeout: null, stackTimeout: 4000 });
    expect(runToEnd().at).to.equal(4000);
  });

  const silences: readonly [Until, ConnectStage][] = [
    ['nothing', 'header'],
    ['start', 'start'],
    ['tune', 'open'],
  ];
  for (const [until, stage] of silences) {
    it(`ends at stackTimeout in stage ${stage} when the peer sends ${until} and then is silent`, () => {
      const peer = new ScriptedPeer(world, { host: '127.0.0.1', until });
      attempt();
      const { error, at } = runToEnd();
      expect(at).to.equal(15_000);
      expect(error).to.be.instanceOf(AMQPConnectorAMQPHandshakeError);
      expect(error?.cause).to.be.instanceOf(AMQPConnectorStackTimeout).and.include({ stage });
      expect(peer.streams[0]?.closedAt).to.equal(15_000);
    });
  }

  it('has no limit at all where both are null', () => {
    const peer = new ScriptedPeer(world, { host: '127.0.0.1', until: 'nothing' });
    attempt({ socketTimeout: null, stackTimeout: null });
    world.loop.callLater(3_600_000, () => peer.end());
    expect(runToEnd().at).to.equal(3_600_000);
  });

  it('does not count the time for which user code held the loop up', () => {
    virtualBroker(world, { host: '127.0.0.1' });
    attempt({ stackTimeout: 1000 });
    // user code that computes for ten seconds, in virtual time
    world.loop.callLater(0, () => world.loop.poller.clock?.sleep(10_000));
    world.loop.start();
    expect(ends[0]?.error).to.equal(null);
  });

  it("gives the handshake's own error as exception", () => {
    virtualBroker(world, { host: '127.0.0.1', users: { somebody: 'else' } });
    attempt();
    const { error } = runToEnd();
    expect(error).to.be.instanceOf(AMQPConnectorAMQPHandshakeError);
    expect(error?.cause).to.have.property('name', 'ProbableAuthenticationError');
  });

  it('counts what the connection class throws as a failure of the attempt, and ends the stream', () => {
    const peer = new ScriptedPeer(world, { host: '127.0.0.1' });
    const broken = new Error('constructor broke');
    connector = new Connector(world.loop, () => {
      throw broken;
    });
    attempt();
    const { error } = runToEnd();
    expect(error).to.be.instanceOf(AMQPConnectorAMQPHandshakeError).and.have.property('exception', broken);
    expect(peer.streams[0]?.closedAt).to.equal(0);
    expect(peer.names).to.deep.equal([]);
  });

  describe('abort()', () => {
    it('throws AMQPConnectorWrongState before start() and after the end, as start() does the second time', () => {
      expect(() => connector.abort()).to.throw(AMQPConnectorWrongState);
      attempt();
      expect(() => attempt()).to.throw(AMQPConnectorWrongState);
      runToEnd();
      expect(() => connector.abort()).to.throw(AMQPConnectorWrongState);
    });

    for (const [phase, prepare] of [
      ['TCP', () => world.network.swallow({ host: '127.0.0.1', port: 5672 })],
      ['the handshake', () => new ScriptedPeer(world, { host: '127.0.0.1', until: 'start' })],
    ] as const) {
      it(`ends ${phase} with AMQPConnectorAborted, from the loop`, () => {
        prepare();
        attempt();
        world.loop.callLater(500, () => {
          connector.abort();
          expect(ends).to.deep.equal([]);
        });
        const { error, at } = runToEnd();
        expect(error).to.be.instanceOf(AMQPConnectorAborted);
        expect(at).to.equal(500);
      });
    }
  });

  describe('with TLS', () => {
    let ears: TransportHandlers;
    let options: ConnectOptions | undefined;
    let state: Transport['state'];

    /** A transport that a test drives by hand; streams in memory have no TLS. */
    beforeEach(() => {
      state = 'connecting';
      world.network.create = ((handlers: TransportHandlers) => {
        ears = handlers;
        return {
          get state() {
            return state;
          },
          connect: (_to: unknown, given: ConnectOptions) => {
            options = given;
          },
          abort: () => world.loop.addCallback(() => handlers.onClose(null)),
        };
      }) as never; // the connector calls no more than this before the stream stands
    });

    it('asks for the name that was connected to, unless another one is given', () => {
      attempt({ sslOptions: {} });
      expect(options?.tls).to.deep.equal({ serverHostname: 'broker' });
      connector = new Connector(world.loop, () => expect.fail());
      attempt({ sslOptions: { serverHostname: 'other', rejectUnauthorized: false } });
      expect(options?.tls).to.deep.equal({ serverHostname: 'other', rejectUnauthorized: false });
    });

    it('fails with AMQPConnectorTransportSetupError once TCP stood', () => {
      attempt({ sslOptions: {} });
      world.loop.addCallback(() => ears.onSecuring?.());
      world.loop.addCallback(() => ears.onClose(new Error('certificate has expired')));
      const { error } = runToEnd();
      expect(error).to.be.instanceOf(AMQPConnectorTransportSetupError);
      expect(error?.message).to.include('certificate has expired');
    });

    it('does not count the TLS handshake as TCP: stackTimeout ends it, in stage tls', () => {
      attempt({ sslOptions: {}, socketTimeout: 1000 });
      world.loop.callLater(500, () => ears.onSecuring?.());
      const { error, at } = runToEnd();
      expect(at).to.equal(15_000);
      expect(error).to.be.instanceOf(AMQPConnectorTransportSetupError);
      expect(error?.cause).to.include({ stage: 'tls' });
    });
  });

  it('hands TCP keep-alive to the stream where tcpOptions ask for it', () => {
    const asked: (number | undefined)[] = [];
    world.network.create = (() => ({
      connect: (_to: unknown, given: ConnectOptions) => asked.push(given.keepAlive),
    })) as never;
    for (const tcpOptions of [null, {}, { TCP_KEEPIDLE: 30 }, { TCP_KEEPCNT: 3 }]) {
      connector = new Connector(world.loop, () => expect.fail());
      attempt({ tcpOptions });
    }
    expect(asked).to.deep.equal([undefined, undefined, 30_000, 7_200_000]);
  });
});
