import { expect } from 'chai';
import { type Channel, type ConnectionFields, SelectConnection } from '../../adapters/index.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { virtualWorld, type World } from './virtual-world.ts';

const MIB = 1024 * 1024;

describe('Backpressure', () => {
  let world: World;
  let peer: ScriptedPeer;
  let heard: SelectConnection[];
  let log: string[];

  beforeEach(() => {
    world = virtualWorld();
    heard = [];
    log = [];
  });

  /** Opens a connection and a channel, has the peer read nothing from then on, and runs `publish` in one turn. */
  function run(
    fields: ConnectionFields,
    publish: (channel: Channel, connection: SelectConnection) => void,
  ): SelectConnection {
    peer = new ScriptedPeer(world);
    const logger = { warn: (text: string) => log.push(text), error: (text: string) => log.push(text) };
    const connection = new SelectConnection({ logger, ...fields }, null, null, null, world.loop);
    connection.addBackpressureCallback((given) => heard.push(given));
    connection.addOnOpenCallback(() => {
      connection.channel((channel) => {
        peer.transport?.pause();
        publish(channel, connection);
      });
    });
    world.loop.callLater(100, () => world.loop.stop());
    world.loop.start();
    return connection;
  }

  const publish = (channel: Channel, count: number, body: Uint8Array): void => {
    for (let i = 0; i < count; i++) channel.basicPublish('', 'q', body);
  };

  it('is not looked for unless backpressureDetection is on', () => {
    run({}, (channel) => publish(channel, 1, Buffer.alloc(8 * MIB)));
    expect(heard).to.deep.equal([]);
  });

  it('is told after the hand-over that leaves more than ten average frames unsent, with the connection', () => {
    const connection = run({ backpressureDetection: true }, (channel) => publish(channel, 1, Buffer.alloc(8 * MIB)));
    expect(heard).to.deep.equal([connection]);
    expect(log[0]).to.include('bytes wait to be sent');
  });

  it('is not told while the socket takes all of it, whatever a turn collects', () => {
    peer = new ScriptedPeer(world);
    const connection = new SelectConnection({ backpressureDetection: true }, null, null, null, world.loop);
    connection.addBackpressureCallback((given) => heard.push(given));
    connection.addOnOpenCallback(() => {
      connection.channel((channel) => publish(channel, 500, Buffer.alloc(100)));
    });
    world.loop.callLater(100, () => world.loop.stop());
    world.loop.start();
    expect(heard).to.deep.equal([]);
  });

  it('is told of what a later turn adds, though the stream is full and nothing of it is handed over', () => {
    const connection = run({ outboundLimit: 16 * MIB }, (channel) => {
      publish(channel, 1, Buffer.alloc(8 * MIB));
      world.loop.callLater(10, () => {
        expect(heard).to.deep.equal([]);
        publish(channel, 2, Buffer.alloc(6 * MIB));
      });
    });
    expect(heard).to.deep.equal([connection]);
    expect(log).to.have.length(1);
  });

  it('is told by another multiple of the average frame after setBackpressureMultiplier()', () => {
    run({ backpressureDetection: true }, (channel, connection) => {
      connection.setBackpressureMultiplier(1e9);
      publish(channel, 1, Buffer.alloc(8 * MIB));
    });
    expect(heard).to.deep.equal([]);
    const connection = new SelectConnection(null, null, null, null, world.loop);
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => connection.setBackpressureMultiplier(wrong))
        .to.throw(RangeError)
        .with.property('code', 'ARG_RANGE');
    }
    expect(() => connection.setBackpressureMultiplier('10' as never))
      .to.throw(TypeError)
      .with.property('code', 'ARG_TYPE');
    connection.setBackpressureMultiplier();
  });

  it('is told from outboundLimit on whether detection is on or not', () => {
    run({ outboundLimit: MIB }, (channel) => publish(channel, 3, Buffer.alloc(MIB)));
    expect(heard).to.have.length(1);
  });

  it('ends in RangeError OUTBOUND_FULL above four times outboundLimit, with nothing of the message written', () => {
    let thrown: unknown;
    let framesBefore = 0;
    const connection = run({ outboundLimit: MIB }, (channel, { framesSent }) => {
      framesBefore = framesSent;
      try {
        for (let i = 0; i < 1000; i++) {
          channel.basicPublish('', 'q', Buffer.alloc(100_000));
          framesBefore += 3;
        }
      } catch (error) {
        thrown = error;
      }
    });
    expect(thrown).to.be.instanceOf(RangeError).and.include({ code: 'OUTBOUND_FULL' });
    expect(connection.framesSent).to.equal(framesBefore);
    expect((framesBefore / 3) * 100_000).to.be.within(3.5 * MIB, 4.5 * MIB);
    expect(connection.isOpen).to.equal(true);
  });

  it('goes away when the peer reads again: everything arrives, in order', () => {
    const connection = run({ outboundLimit: MIB }, (channel) => publish(channel, 30, Buffer.alloc(100_000)));
    peer.transport?.resume();
    world.loop.callLater(100, () => world.loop.stop());
    world.loop.start();
    expect(peer.names.filter((name) => name === 'basic.publish')).to.have.length(30);
    expect(connection.isOpen).to.equal(true);
    const before = heard.length;
    connection.addTimeout(0, () => connection.close());
    world.loop.callLater(100, () => world.loop.stop());
    world.loop.start();
    expect(heard.length).to.equal(before);
    expect(connection.isClosed).to.equal(true);
  });
});
