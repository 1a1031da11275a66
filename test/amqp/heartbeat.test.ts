import { expect } from 'chai';
import { type AMQPError, FRAME_HEARTBEAT } from '../../amqp/index.ts';
import { frame, Peer } from './peer.ts';

function end(peer: Peer): AMQPError {
  const ends = peer.told.filter(([what]) => what === 'closed');
  expect(ends).to.have.lengthOf(1);
  return ends[0]?.[1] as AMQPError;
}

describe('the heartbeats of a connection', () => {
  const beats = (peer: Peer): number => peer.names.filter((name) => name === 'heartbeat').length;

  it('go out after half an interval without output', () => {
    const peer = new Peer().login({ heartbeat: 10 });
    peer.wait(4999);
    expect(beats(peer)).to.equal(0);
    peer.wait(1);
    expect(beats(peer)).to.equal(1);
    peer.wait(2500);
    peer.channel();
    peer.wait(4999);
    expect(beats(peer)).to.equal(1);
  });

  it('count what the socket wrote where the output was taken with an earlier time', () => {
    const peer = new Peer().login({ heartbeat: 10 });
    peer.now += 6000;
    peer.machine.handleTimeout(peer.now, undefined, peer.now - 4000);
    peer.wait(999);
    expect(beats(peer)).to.equal(0);
    peer.wait(1);
    expect(beats(peer)).to.equal(1);
  });

  it('end the connection after 1.5 to 2 intervals of silence, not before (N9)', () => {
    const peer = new Peer().login({ heartbeat: 10 });
    for (let i = 0; i < 20; i++) {
      peer.wait(14_999);
      peer.bytes(frame(FRAME_HEARTBEAT, 0));
    }
    expect(peer.machine.state).to.equal('open');
    peer.wait(15_000);
    expect(peer.machine.state).to.equal('open');
    peer.wait(5_000);
    expect(end(peer)).to.include({ name: 'AMQPHeartbeatTimeout' });
    expect((end(peer) as AMQPError & { silentMs: number }).silentMs).to.be.within(15_000, 20_250);
  });

  it('take any byte for a sign of life, also the first of a frame', () => {
    const peer = new Peer().login({ heartbeat: 10 });
    for (const byte of frame(FRAME_HEARTBEAT, 0).subarray(0, 7)) {
      peer.wait(14_000);
      peer.bytes(Uint8Array.of(byte));
    }
    expect(peer.machine.state).to.equal('open');
  });

  it('raise no false alarm when the loop stood still while bytes waited (K2)', () => {
    const known = new Peer().login({ heartbeat: 10 });
    known.now += 30_000;
    known.machine.handleTimeout(known.now, known.now - 1000);
    expect(known.machine.state).to.equal('open');
    const unknown = new Peer().login({ heartbeat: 10 });
    unknown.now += 30_000;
    unknown.machine.handleTimeout(unknown.now);
    expect(unknown.machine.state).to.equal('open');
    unknown.bytes(frame(FRAME_HEARTBEAT, 0));
    unknown.wait(10_000);
    expect(unknown.machine.state).to.equal('open');
  });

  it('end the connection soon after the host slept, when nothing waited (K3)', () => {
    const peer = new Peer().login({ heartbeat: 10 });
    peer.now += 3_600_000;
    peer.machine.handleTimeout(peer.now);
    peer.wait(2000);
    expect(end(peer).name).to.equal('AMQPHeartbeatTimeout');
    const known = new Peer().login({ heartbeat: 10 });
    known.machine.handleTimeout(known.now + 3_600_000, known.now);
    expect(end(known).name).to.equal('AMQPHeartbeatTimeout');
  });

  it('are off at 0', () => {
    const peer = new Peer().login({ heartbeat: 0 });
    expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
  });
});
