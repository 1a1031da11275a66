import { inspect } from 'node:util';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  AMQPConnectionWorkflow,
  AMQPConnectionWorkflowAborted,
  AMQPConnectionWorkflowFailed,
  AMQPConnectionWorkflowWrongState,
  AMQPConnectorAMQPHandshakeError,
  type Connectable,
  type ConnectionWorkflow,
  IOLoop,
  SelectConnection,
} from '../../adapters/index.ts';
import { type AMQPError, ConnectionClosedByClient } from '../../amqp/index.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

describe('SelectConnection', () => {
  let world: World;
  beforeEach(() => {
    world = virtualWorld();
  });

  describe('its constructor', () => {
    it('makes a loop of its own, which is not made current', () => {
      const connection = new SelectConnection();
      expect(connection.ioloop).to.be.instanceOf(IOLoop);
      expect(connection.ioloop).not.to.equal(new SelectConnection().ioloop);
      connection.ioloop.close();
      expect(IOLoop.current(false)).to.equal(undefined);
    });

    it('takes callbacks by position or in one object, and calls them the same', () => {
      virtualBroker(world);
      const heard: string[] = [];
      const note = (what: string) => (connection: SelectConnection) => {
        heard.push(what);
        if (what.startsWith('open')) connection.close();
      };
      new SelectConnection('amqp://localhost', note('open 1'), note('error 1'), note('close 1'), world.loop);
      new SelectConnection(
        { host: 'localhost' },
        { onOpen: note('open 2'), onClose: note('close 2'), ioloop: world.loop },
      );
      new SelectConnection({ host: '10.0.0.1' }, { onOpenError: note('error 3'), ioloop: world.loop });
      world.loop.callLater(100, () => world.loop.stop());
      world.loop.start();
      expect(heard.toSorted()).to.deep.equal(['close 1', 'close 2', 'error 3', 'open 1', 'open 2']);
    });

    it('throws a TypeError for parameters and callbacks that are none', () => {
      for (const wrong of [5, true, { hosst: 'x' }]) {
        expect(() => new SelectConnection(wrong as never, null, null, null, world.loop))
          .to.throw(TypeError)
          .with.property('code');
      }
      for (const wrong of ['x', 5, {}] as never[]) {
        expect(() => new SelectConnection(null, null, wrong, null, world.loop))
          .to.throw(TypeError)
          .with.property('code', 'ARG_TYPE');
      }
    });

    it('copies its parameters: the credentials that are erased are its own', () => {
      virtualBroker(world);
      const connection = new SelectConnection('amqp://guest:guest@localhost', {
        ioloop: world.loop,
        stopIoloopOnClose: true,
        onOpen: (opened) => opened.close(),
      });
      world.loop.start();
      expect(connection.params.credentials).to.have.property('password', 'guest');
    });

    it("connects the same with the library's workflow and with one that was handed in", () => {
      new ScriptedPeer(world);
      const started: unknown[] = [];
      class Own extends AMQPConnectionWorkflow {
        override start(...args: globalThis.Parameters<ConnectionWorkflow['start']>): void {
          started.push(this);
          super.start(...args);
        }
      }
      const workflow = new Own();
      const connection = new SelectConnection(null, { workflow, ioloop: world.loop, onOpen: () => world.loop.stop() });
      world.loop.start();
      expect(started).to.deep.equal([workflow]);
      expect(connection.isOpen).to.equal(true);
    });
  });

  it('prints decoded frames with PIKALOOP_TRACE=frames, and never the password', () => {
    const lines: string[] = [];
    const print = sinon.stub(console, 'error').callsFake((line: string) => lines.push(line));
    const before = process.env.PIKALOOP_TRACE;
    process.env.PIKALOOP_TRACE = 'frames';
    try {
      virtualBroker(world, { users: { app: 's3cret' } });
      new SelectConnection('amqp://app:s3cret@localhost', {
        ioloop: world.loop,
        stopIoloopOnClose: true,
        onOpen: (opened) => opened.close(),
      });
      world.loop.start();
    } finally {
      print.restore();
      if (before === undefined) delete process.env.PIKALOOP_TRACE;
      else process.env.PIKALOOP_TRACE = before;
    }
    expect(lines.map((line) => line.split(' ').slice(1, 5).join(' '))).to.include.members([
      '-> protocol header AMQP',
      '<- ch 0 connection.start',
      '-> ch 0 connection.start-ok',
      '<- ch 0 connection.close-ok',
    ]);
    expect(lines.join()).not.to.include('s3cret');
  });

  it('shows its state and where it leads when it is inspected, and nothing secret', () => {
    const connection = new SelectConnection('amqp://app:s3cret@broker/orders', null, null, null, world.loop);
    const shown = "{ state: 'init', host: 'broker', port: 5672, virtualHost: 'orders' }";
    expect(inspect(connection, { showHidden: true })).to.equal(`SelectConnection ${shown}`);
    expect(JSON.stringify(connection.params)).not.to.include('s3cret');
  });

  it('has its own loop report to the logger of its parameters', () => {
    const lines: string[] = [];
    const { ioloop } = new SelectConnection({ logger: { warn: () => {}, error: (text) => lines.push(text) } });
    ioloop.addCallback(() => {
      ioloop.stop();
      throw new Error('callback broke');
    });
    ioloop.start();
    ioloop.close();
    expect(lines.join()).to.include('callback broke');
  });

  describe('its callbacks', () => {
    const kinds = ['Open', 'OpenError', 'Close', 'ConnectionBlocked', 'ConnectionUnblocked'] as const;
    for (const kind of kinds) {
      it(`are added and removed for ${kind}; a function is due`, () => {
        const logger = { warn: (text: string) => world.log.push(text), error: () => {} };
        const connection = new SelectConnection({ logger }, null, null, null, world.loop);
        const callback = (): void => {};
        expect(connection[`removeOn${kind}Callback`](callback)).to.equal(false);
        connection[`addOn${kind}Callback`](callback);
        connection[`addOn${kind}Callback`](callback);
        expect(world.log).to.have.length(1);
        expect(world.log[0]).to.include('added twice');
        expect(connection[`removeOn${kind}Callback`](callback)).to.equal(true);
        expect(connection[`removeOn${kind}Callback`](callback)).to.equal(false);
        expect(() => connection[`addOn${kind}Callback`](5 as never))
          .to.throw(TypeError)
          .with.property('code', 'ARG_TYPE');
      });
    }

    it('run in the order of registration, each once', () => {
      new ScriptedPeer(world);
      const heard: number[] = [];
      const connection = new SelectConnection(null, null, null, null, world.loop);
      for (const number of [1, 2, 3]) connection.addOnOpenCallback(() => heard.push(number));
      connection.addOnOpenCallback(() => connection.addOnOpenCallback(() => heard.push(4)));
      world.loop.callLater(10, () => world.loop.stop());
      world.loop.start();
      expect(heard).to.deep.equal([1, 2, 3]);
    });
  });

  describe('its loop', () => {
    it('stops after the close callbacks when it is its own or stopIoloopOnClose says so', () => {
      new ScriptedPeer(world);
      let last = '';
      const connection = new SelectConnection(null, {
        ioloop: world.loop,
        stopIoloopOnClose: true,
        onOpen: (opened) => opened.close(),
      });
      connection.addOnCloseCallback(() => {
        last = 'close callback';
      });
      world.loop.start();
      expect(last).to.equal('close callback');
      expect(world.loop.time()).to.equal(0);
      world.loop.callLater(1, () => world.loop.stop());
      world.loop.start();
      expect(world.loop.time(), 'no stop is left pending').to.equal(1);
    });

    it('goes on when it was given', () => {
      new ScriptedPeer(world);
      new SelectConnection(null, (opened) => opened.close(), null, null, world.loop);
      world.loop.callLater(100, () => world.loop.stop());
      world.loop.start();
      expect(world.loop.time()).to.equal(100);
    });

    it('stops after the open-error callbacks too', () => {
      let heard = 0;
      new SelectConnection(
        { host: '10.0.0.1' },
        { ioloop: world.loop, stopIoloopOnClose: true, onOpenError: () => heard++ },
      );
      world.loop.start();
      expect(heard).to.equal(1);
    });

    it('carries timers of addTimeout() until removeTimeout()', () => {
      const fired: number[] = [];
      const connection = new SelectConnection(null, null, () => {}, null, world.loop);
      connection.addTimeout(10, () => fired.push(10));
      connection.removeTimeout(connection.addTimeout(20, () => fired.push(20)));
      world.loop.callLater(30, () => world.loop.stop());
      world.loop.start();
      expect(fired).to.deep.equal([10]);
    });
  });

  describe('createConnection()', () => {
    let results: (SelectConnection | AMQPError)[];
    const onDone = (result: SelectConnection | AMQPError): void => {
      results.push(result);
      world.loop.stop();
    };
    beforeEach(() => {
      results = [];
    });

    it('gives an instance of the class that it was called on', () => {
      new ScriptedPeer(world);
      class Mine extends SelectConnection {
        mine = true;
      }
      const closed: AMQPError[] = [];
      const workflow = Mine.createConnection(
        ['amqp://localhost'],
        (result) => {
          expect(result).to.be.instanceOf(Mine);
          (result as Mine).addOnCloseCallback((_connection, error) => {
            closed.push(error);
            world.loop.stop();
          });
          (result as Mine).close();
        },
        world.loop,
      );
      expect(workflow).to.be.instanceOf(AMQPConnectionWorkflow);
      world.loop.start();
      expect(closed[0]).to.be.instanceOf(ConnectionClosedByClient);
      expect(() => workflow.abort()).to.throw(AMQPConnectionWorkflowWrongState);
    });

    it('connects to the second config when the first is refused', () => {
      virtualBroker(world, { port: 5673 });
      SelectConnection.createConnection(['amqp://localhost:1', { host: 'localhost', port: 5673 }], onDone, world.loop);
      world.loop.start();
      expect(results[0]).to.be.instanceOf(SelectConnection);
      expect((results[0] as SelectConnection).params.port).to.equal(5673);
      expect(world.log).to.deep.equal([]);
    });

    it('gives AMQPConnectionWorkflowFailed with every attempt, and throws nothing out of start()', () => {
      new ScriptedPeer(world, { until: 'nothing', host: '10.0.0.2' });
      const configs = [{ host: '10.0.0.1' }, { host: '10.0.0.2', stackTimeout: 1000 }];
      SelectConnection.createConnection(configs, onDone, world.loop);
      world.loop.start();
      expect(results[0]).to.be.instanceOf(AMQPConnectionWorkflowFailed);
      const [refused, silent] = (results[0] as AMQPConnectionWorkflowFailed).exceptions;
      expect(refused).to.have.property('name', 'AMQPConnectorSocketConnectError');
      expect(silent).to.be.instanceOf(AMQPConnectorAMQPHandshakeError);
      expect(silent?.cause).to.have.property('name', 'AMQPConnectorStackTimeout');
    });

    it('counts a constructor that throws as the failure of its attempt', () => {
      new ScriptedPeer(world, { host: '10.0.0.1' });
      new ScriptedPeer(world, { host: '10.0.0.2' });
      const broken = new RangeError('constructor broke');
      class Fussy extends SelectConnection {
        constructor(...args: ConstructorParameters<typeof SelectConnection>) {
          super(...args);
          if (this.params.host === '10.0.0.1') throw broken;
        }
      }
      Fussy.createConnection([{ host: '10.0.0.1' }], onDone, world.loop);
      world.loop.start();
      const [only] = (results[0] as AMQPConnectionWorkflowFailed).exceptions;
      expect(only).to.have.property('exception', broken);
      Fussy.createConnection([{ host: '10.0.0.1' }, { host: '10.0.0.2' }], onDone, world.loop);
      world.loop.start();
      expect(results[1]).to.be.instanceOf(Fussy);
    });

    it('returns the workflow that was given, and passes its result on', () => {
      const given: unknown[] = [];
      const connection = new SelectConnection(null, null, null, null, world.loop, false);
      const own: ConnectionWorkflow = {
        start(configs, connectorFactory, loop, done) {
          given.push([...configs].length, typeof connectorFactory, loop);
          loop.callLater(5, () => done(connection as Connectable));
        },
        abort() {},
      };
      expect(SelectConnection.createConnection('amqp://localhost', onDone, world.loop, own)).to.equal(own);
      world.loop.start();
      expect(given).to.deep.equal([1, 'function', world.loop]);
      expect(results).to.deep.equal([connection]);
    });

    for (const when of ['at once', 'from the loop'] as const) {
      it(`gives AMQPConnectionWorkflowAborted when it is aborted ${when}`, () => {
        new ScriptedPeer(world, { until: 'start' });
        const workflow = SelectConnection.createConnection([{}], onDone, world.loop);
        if (when === 'at once') workflow.abort();
        else world.loop.callLater(10, () => workflow.abort());
        world.loop.start();
        expect(results[0]).to.be.instanceOf(AMQPConnectionWorkflowAborted);
      });
    }

    it('reports what onDone throws, and goes on', () => {
      new ScriptedPeer(world);
      SelectConnection.createConnection(
        [{}],
        () => {
          world.loop.stop();
          throw new Error('onDone broke');
        },
        world.loop,
      );
      world.loop.start();
      expect(world.log.join()).to.include('onDone broke');
    });
  });
});
