import { expect } from 'chai';
import { alternateFamilies } from '../../adapters/address-race.ts';
import {
  AMQPConnectionWorkflow,
  AMQPConnectionWorkflowAborted,
  AMQPConnectionWorkflowFailed,
  AMQPConnectionWorkflowWrongState,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
  type Connectable,
  type ConnectionFields,
  ConnectionParameters,
  Connector,
  type Parameters,
  SelectConnection,
} from '../../adapters/index.ts';
import type { AMQPError } from '../../amqp/index.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

/** One attempt: when it began and where it went. */
type Attempt = readonly [at: number, address: string, port: number];

/** A workflow under way in virtual time, and what it did. */
class Watched {
  readonly attempts: Attempt[] = [];
  readonly results: (Connectable | AMQPError)[] = [];
  readonly workflow: AMQPConnectionWorkflow;
  endedAt = Number.NaN;
  readonly #world: World;

  constructor(world: World, configs: readonly ConnectionFields[], options: { untilHandshake?: boolean } = {}) {
    this.#world = world;
    this.workflow = new AMQPConnectionWorkflow(options);
    this.workflow.start(
      configs.map((fields) => new ConnectionParameters(fields)),
      () => this.#connector(),
      world.loop,
      (result) => {
        this.results.push(result);
        this.endedAt = world.loop.time();
        world.loop.stop();
      },
    );
  }

  get failure(): AMQPConnectionWorkflowFailed {
    expect(this.results).to.have.length(1);
    expect(this.results[0]).to.be.instanceOf(AMQPConnectionWorkflowFailed);
    return this.results[0] as AMQPConnectionWorkflowFailed;
  }

  run(): this {
    this.#world.loop.start();
    return this;
  }

  #connector(): Connector {
    const { attempts } = this;
    const { loop } = this.#world;
    return new (class extends Connector {
      override start(...args: Parameters_): void {
        attempts.push([loop.time(), args[1].address?.address ?? '', args[1].port]);
        super.start(...args);
      }
    })(loop, (parameters) => new SelectConnection(parameters, null, null, null, loop, false));
  }
}
type Parameters_ = globalThis.Parameters<Connector['start']>;

/** A name with these addresses, and one config for it. */
function host(world: World, addresses: readonly string[], fields: ConnectionFields = {}): ConnectionFields {
  world.network.addHost('broker', addresses);
  return { host: 'broker', ...fields };
}

describe('AMQPConnectionWorkflow', () => {
  let world: World;
  beforeEach(() => {
    world = virtualWorld();
  });

  describe('start()', () => {
    const start = (workflow: AMQPConnectionWorkflow, configs: unknown): void =>
      workflow.start(
        configs as Parameters[],
        () => new Connector(world.loop, () => expect.fail()),
        world.loop,
        () => {},
      );

    it('throws a TypeError for what is not iterable or holds something else', () => {
      for (const configs of [5, null, undefined, {}, [{}]]) {
        expect(() => start(new AMQPConnectionWorkflow(), configs))
          .to.throw(TypeError)
          .with.property('code', 'ARG_TYPE');
      }
    });

    it('throws a RangeError for an empty list', () => {
      expect(() => start(new AMQPConnectionWorkflow(), []))
        .to.throw(RangeError)
        .with.property('code', 'ARG_RANGE');
    });

    it('throws AMQPConnectionWorkflowWrongState the second time', () => {
      const workflow = new AMQPConnectionWorkflow();
      start(workflow, [new ConnectionParameters()]);
      expect(() => start(workflow, [new ConnectionParameters()])).to.throw(AMQPConnectionWorkflowWrongState);
    });

    it('does nothing before the loop runs', () => {
      virtualBroker(world);
      const watched = new Watched(world, [{}]);
      expect(watched.attempts).to.deep.equal([]);
      watched.run();
      expect(watched.results[0]).to.be.instanceOf(SelectConnection);
    });
  });

  it('tries each host of each config in order, and each address of a host', () => {
    world.network.addHost('a', ['10.0.0.1', '10.0.0.2']);
    world.network.addHost('b', ['10.0.0.3']);
    const hosts = [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ];
    const watched = new Watched(world, [{ hosts }, { host: 'a', port: 3 }]).run();
    expect(watched.attempts.map(([, address, port]) => `${address}:${port}`)).to.deep.equal([
      '10.0.0.1:1',
      '10.0.0.2:1',
      '10.0.0.3:2',
      '10.0.0.1:3',
      '10.0.0.2:3',
    ]);
    expect(watched.failure.exceptions.map((error) => (error as AMQPConnectorSocketConnectError).port)).to.deep.equal([
      1, 1, 2, 3, 3,
    ]);
    expect(watched.failure.cause).to.equal(watched.failure.exceptions.at(-1));
  });

  it('takes attempts and pause of the last config for the whole list', () => {
    const watched = new Watched(world, [
      { host: '10.0.0.1', connectionAttempts: 9, retryDelay: 1 },
      { host: '10.0.0.2', connectionAttempts: 3, retryDelay: 700 },
    ]).run();
    expect(watched.attempts.map(([at, address]) => [at, address])).to.deep.equal([
      [0, '10.0.0.1'],
      [0, '10.0.0.2'],
      [700, '10.0.0.1'],
      [700, '10.0.0.2'],
      [1400, '10.0.0.1'],
      [1400, '10.0.0.2'],
    ]);
    expect(watched.failure.exceptions).to.have.length(6);
  });

  it('connects in a later cycle to the first config that has come up meanwhile', () => {
    world.loop.callLater(1000, () => virtualBroker(world, { host: '10.0.0.1' }));
    const watched = new Watched(world, [
      { host: '10.0.0.1' },
      { host: '10.0.0.2', connectionAttempts: 2, retryDelay: 2000 },
    ]).run();
    expect((watched.results[0] as SelectConnection).params.host).to.equal('10.0.0.1');
    expect(watched.attempts).to.have.length(3);
  });

  it('goes on to the next host when a name does not resolve, and keeps the error', () => {
    virtualBroker(world, { host: '10.0.0.2' });
    const watched = new Watched(world, [{ host: 'nowhere' }, { host: '10.0.0.2' }]).run();
    expect(watched.results[0]).to.be.instanceOf(SelectConnection);
    const failed = new Watched(world, [{ host: 'nowhere' }, { host: '10.0.0.3' }]).run().failure;
    expect(failed.exceptions[0]).to.be.instanceOf(AMQPConnectorSocketConnectError).and.include({ host: 'nowhere' });
    expect(failed.exceptions[0]?.cause).to.have.property('code', 'ENOTFOUND');
    expect(failed.exceptions[1]?.cause).to.have.property('code', 'ECONNREFUSED');
  });

  it('gives up a name that nobody resolves within stackTimeout', () => {
    let cancelled = 0;
    world.network.resolve = () => ({ cancel: () => ++cancelled > 0 });
    const watched = new Watched(world, [{ host: 'slow', stackTimeout: 3000 }]).run();
    expect(watched.endedAt).to.equal(3000);
    expect(watched.failure.exceptions[0]?.cause)
      .to.be.instanceOf(AMQPConnectorStackTimeout)
      .and.include({ stage: 'dns' });
    expect(cancelled).to.equal(1);
  });

  describe('the addresses of one host', () => {
    it('take turns by family, the first of the resolver first', () => {
      const list = ['::1', '::2', '::3', '10.0.0.1'].map((address) => ({
        address,
        port: 1,
        family: address.includes(':') ? (6 as const) : (4 as const),
      }));
      expect(alternateFamilies(list).map(({ address }) => address)).to.deep.equal(['::1', '10.0.0.1', '::2', '::3']);
      expect(alternateFamilies(list.toReversed()).map(({ address }) => address)).to.deep.equal([
        '10.0.0.1',
        '::3',
        '::2',
        '::1',
      ]);
    });

    it('start 250 ms apart while none has its stream', () => {
      for (const address of ['::1', '10.0.0.1', '::2']) world.network.swallow({ host: address, port: 5672 });
      const config = host(world, ['::1', '10.0.0.1', '::2'], { socketTimeout: 2000 });
      const watched = new Watched(world, [config]).run();
      expect(watched.attempts.map(([at, address]) => [at, address])).to.deep.equal([
        [0, '::1'],
        [250, '10.0.0.1'],
        [500, '::2'],
      ]);
      expect(watched.endedAt).to.equal(2500);
    });

    it('start at once when the one before is refused', () => {
      virtualBroker(world, { host: '10.0.0.1' });
      const watched = new Watched(world, [host(world, ['::1', '10.0.0.1'])]).run();
      expect(watched.attempts.map(([at]) => at)).to.deep.equal([0, 0]);
      expect(watched.results[0]).to.be.instanceOf(SelectConnection);
    });

    it('are given up when another one has its stream: AMQP begins on that one alone', () => {
      world.network.swallow({ host: '::1', port: 5672 });
      const peer = new ScriptedPeer(world, { host: '10.0.0.1' });
      const watched = new Watched(world, [host(world, ['::1', '10.0.0.1', '10.0.0.2'])]).run();
      expect(watched.results[0]).to.be.instanceOf(SelectConnection);
      expect(watched.endedAt).to.equal(250);
      expect(watched.attempts).to.have.length(2);
      expect(peer.streams).to.have.length(1);
    });

    it('are tried after all when the handshake fails on the one that was first', () => {
      world.network.swallow({ host: '::1', port: 5672 });
      const peer = new ScriptedPeer(world, { host: '10.0.0.1', until: 'nothing' });
      const config = host(world, ['::1', '10.0.0.1'], { stackTimeout: 1000, socketTimeout: 900 });
      const watched = new Watched(world, [config]).run();
      expect(peer.names).to.deep.equal(['header']);
      expect(watched.attempts.map(([at, address]) => [at, address])).to.deep.equal([
        [0, '::1'],
        [250, '10.0.0.1'],
        [1250, '::1'],
      ]);
      expect(watched.failure.exceptions.map(({ name }) => name)).to.deep.equal([
        'AMQPConnectorAMQPHandshakeError',
        'AMQPConnectorSocketConnectError',
      ]);
    });

    it('are tried again in their order', () => {
      for (const address of ['10.0.0.1', '10.0.0.2']) world.network.swallow({ host: address, port: 5672 });
      new ScriptedPeer(world, { host: '10.0.0.3', until: 'nothing' });
      const config = host(world, ['10.0.0.1', '10.0.0.2', '10.0.0.3'], { stackTimeout: 1000, socketTimeout: 900 });
      const watched = new Watched(world, [config]).run();
      expect(watched.attempts.map(([at, address]) => [at, address])).to.deep.equal([
        [0, '10.0.0.1'],
        [250, '10.0.0.2'],
        [500, '10.0.0.3'],
        [1500, '10.0.0.1'],
        [1750, '10.0.0.2'],
      ]);
    });

    it('are of one family only when the parameters ask for it', () => {
      const watched = new Watched(world, [host(world, ['::1', '10.0.0.1'], { family: 4 })]).run();
      expect(watched.attempts.map(([, address]) => address)).to.deep.equal(['10.0.0.1']);
    });
  });

  it('is not done with a refused login, unless it was told to stop there', () => {
    virtualBroker(world, { host: '10.0.0.1', users: { other: 'secret' } });
    virtualBroker(world, { host: '10.0.0.2' });
    const configs = [{ host: '10.0.0.1' }, { host: '10.0.0.2' }];
    expect(new Watched(world, configs).run().results[0]).to.be.instanceOf(SelectConnection);
    const stopped = new Watched(world, configs, { untilHandshake: true }).run();
    expect(stopped.attempts).to.have.length(1);
    expect(stopped.failure.exceptions[0]).to.be.instanceOf(AMQPConnectorAMQPHandshakeError);
    expect(stopped.failure.exceptions[0]?.cause).to.have.property('name', 'ProbableAuthenticationError');
  });

  it('connects through a Unix socket without asking the resolver', () => {
    world.network.resolve = () => expect.fail('asked the resolver');
    const peer = new ScriptedPeer(world, { path: '/run/broker.sock' });
    const watched = new Watched(world, [{ socketPath: '/run/broker.sock' }]).run();
    expect(watched.results[0]).to.be.instanceOf(SelectConnection);
    expect(peer.streams).to.have.length(1);
  });

  describe('abort()', () => {
    const abortAfter = (watched: Watched, delay: number): Watched => {
      world.loop.callLater(delay, () => {
        watched.workflow.abort();
        expect(watched.results, 'onDone was called from inside abort()').to.deep.equal([]);
        watched.workflow.abort();
      });
      return watched.run();
    };
    const expectAborted = (watched: Watched): void => {
      world.loop.callLater(100_000, () => world.loop.stop());
      world.loop.start();
      expect(watched.results).to.have.length(1);
      expect(watched.results[0]).to.be.instanceOf(AMQPConnectionWorkflowAborted);
    };

    it('throws AMQPConnectionWorkflowWrongState before start() and after the end', () => {
      expect(() => new AMQPConnectionWorkflow().abort()).to.throw(AMQPConnectionWorkflowWrongState);
      const watched = new Watched(world, [{ host: '10.0.0.1' }]).run();
      expect(() => watched.workflow.abort()).to.throw(AMQPConnectionWorkflowWrongState);
    });

    it('right after start() ends it without an attempt', () => {
      const watched = new Watched(world, [{}]);
      watched.workflow.abort();
      expectAborted(watched.run());
      expect(watched.attempts).to.deep.equal([]);
    });

    it('ends it while a name is resolved', () => {
      let cancelled = false;
      world.network.resolve = () => ({ cancel: () => (cancelled = true) });
      const watched = new Watched(world, [{ host: 'slow' }]);
      expectAborted(abortAfter(watched, 500));
      expect(cancelled).to.equal(true);
    });

    it('ends it while two addresses are being connected', () => {
      for (const address of ['::1', '10.0.0.1']) world.network.swallow({ host: address, port: 5672 });
      const watched = new Watched(world, [host(world, ['::1', '10.0.0.1'])]);
      expectAborted(abortAfter(watched, 500));
      expect(watched.endedAt).to.equal(500);
    });

    it('ends it in the handshake, and the stream with it', () => {
      const peer = new ScriptedPeer(world, { until: 'start' });
      const watched = new Watched(world, [{}]);
      expectAborted(abortAfter(watched, 500));
      expect(peer.streams.map(({ closedAt }) => closedAt)).to.deep.equal([500]);
    });

    it('ends it in the pause between two cycles', () => {
      const watched = new Watched(world, [{ host: '10.0.0.1', connectionAttempts: 2, retryDelay: 1000 }]);
      expectAborted(abortAfter(watched, 500));
      expect(watched.attempts).to.have.length(1);
      expect(watched.endedAt).to.equal(500);
    });
  });
});
