import { expect } from 'chai';
import { LOOP, Outlet, WATCHDOG } from '../../ioloop/fd-outlet.ts';
import { monotonic } from '../../ioloop/io-clock.ts';
import { KEEP_ALIVE_LENGTH, type RingWriter, StreamMemory } from '../../ioloop/ring.ts';
import { BEAT, pattern } from '../support/peers.ts';

describe('the outlet of a stream that two threads send from', () => {
  let memory: StreamMemory;
  let ring: RingWriter;
  let loop: Outlet;
  let watchdog: Outlet;
  let wire: number[];

  beforeEach(() => {
    memory = StreamMemory.allocate(4096, 0);
    memory.keepAlive.set(BEAT);
    Atomics.store(memory.words, KEEP_ALIVE_LENGTH, BEAT.length);
    ring = memory.txWriter();
    const origin = monotonic();
    loop = new Outlet(memory, LOOP, origin);
    watchdog = new Outlet(memory, WATCHDOG, origin);
    wire = [];
  });

  function write(bytes: Uint8Array, unitEnd: boolean): void {
    ring.push(bytes);
    if (unitEnd) memory.endUnit(ring.tail);
  }

  /** A socket that takes so many bytes and is full then. */
  function socket(room = Infinity): (piece: Uint8Array) => number {
    let left = room;
    return (piece) => {
      const taken = piece.subarray(0, left);
      wire.push(...taken);
      left -= taken.length;
      return taken.length === 0 ? -1 : taken.length;
    };
  }

  function sendBy(outlet: Outlet, room?: number): boolean {
    expect(outlet.tryAcquire()).to.equal(true);
    const all = outlet.send(socket(room));
    outlet.release();
    return all;
  }

  it('goes on where the other one has stopped, in the middle of a piece', () => {
    write(pattern(0, 1000), true);
    expect(sendBy(watchdog, 300)).to.equal(false);
    expect(sendBy(loop, 500)).to.equal(false);
    write(pattern(1000, 3500), true);
    expect(sendBy(watchdog)).to.equal(true);
    expect(wire).to.deep.equal([...pattern(0, 4500)]);
    expect([loop.pending, watchdog.pending]).to.deep.equal([false, false]);
  });

  for (const [first, second] of [
    ['watchdog', 'loop'],
    ['loop', 'watchdog'],
  ]) {
    it(`finishes the keep-alive that the ${first} could send a part of, before the ${second} sends a unit`, () => {
      const [one, other] = first === 'loop' ? [loop, watchdog] : [watchdog, loop];
      expect(one.tryAcquire()).to.equal(true);
      expect(one.beginBeat()).to.equal(true);
      expect(one.send(socket(3))).to.equal(false);
      one.release();
      write(pattern(0, 20), true);
      // the bytes that are being sent stay as they were
      memory.keepAlive.fill(0);
      sendBy(other);
      expect(wire).to.deep.equal([...BEAT, ...pattern(0, 20)]);
    });
  }

  it('begins no keep-alive inside a unit, before what was written, or within another one', () => {
    const begins = (): boolean => {
      watchdog.tryAcquire();
      const began = watchdog.beginBeat();
      watchdog.release();
      return began;
    };
    write(pattern(0, 10), false);
    expect(begins(), 'unsent').to.equal(false);
    sendBy(loop);
    expect(begins(), 'half a unit').to.equal(false);
    write(pattern(10, 10), true);
    sendBy(loop);
    expect(begins(), 'the end of a unit').to.equal(true);
    expect(begins(), 'one has begun').to.equal(false);
  });

  it('belongs to one of them at a time', () => {
    expect(loop.tryAcquire()).to.equal(true);
    expect(watchdog.tryAcquire()).to.equal(false);
    loop.release();
    expect(watchdog.tryAcquire()).to.equal(true);
    expect(loop.tryAcquire()).to.equal(false);
    watchdog.release();
  });

  it('is nobody’s once it is sealed', () => {
    expect(loop.seal()).to.equal(true);
    expect([loop.tryAcquire(), watchdog.tryAcquire(), watchdog.sealed]).to.deep.equal([false, false, true]);
    watchdog.release();
    expect(watchdog.sealed).to.equal(true);
  });

  it('is not waited for without end when a thread has died with it', function () {
    this.timeout(20_000);
    watchdog.tryAcquire();
    expect(loop.acquire()).to.equal(false);
    expect(loop.seal(), 'its descriptor may be closed').to.equal(false);
    expect(loop.sealed).to.equal(true);
  });

  it('is sealed at once by who holds it, and stays so when that one releases it', () => {
    loop.tryAcquire();
    expect(loop.sealAtOnce()).to.equal(true);
    loop.release();
    expect([watchdog.sealed, watchdog.tryAcquire()]).to.deep.equal([true, false]);
  });

  it('counts what was sent past the ring in the ring’s positions', () => {
    write(pattern(0, 100), true);
    loop.tryAcquire();
    const parts: Uint8Array[] = [];
    loop.peek(parts);
    expect(parts.map(({ length }) => length)).to.deep.equal([100]);
    expect(loop.took(150)).to.equal(50);
    ring.skip(50);
    loop.skipped(50);
    loop.release();
    write(pattern(0, 4096), true);
    sendBy(watchdog);
    expect(wire).to.deep.equal([...pattern(0, 4096)]);
  });
});
