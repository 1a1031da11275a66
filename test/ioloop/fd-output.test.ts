import { expect } from 'chai';
import { spy } from 'sinon';
import { Outlet, WATCHDOG } from '../../ioloop/fd-outlet.ts';
import type { FdSocket } from '../../ioloop/fd-socket.ts';
import { KEEP_ALIVE_LENGTH, StreamMemory } from '../../ioloop/ring.ts';
import { FdOutput } from '../../ioloop/transports/fd-output.ts';
import { WatchdogThread } from '../../ioloop/watchdog-thread.ts';
import { mismatch, pattern } from '../support/peers.ts';

describe('the output of a stream on a real socket', () => {
  /** Of a stream whose socket takes `room` bytes; nobody else sends. */
  function open(room = Infinity): {
    memory: StreamMemory;
    output: FdOutput;
    sent: number[];
    other: Outlet;
    broken: Error[];
    more(bytes: number): void;
  } {
    let left = room;
    let position = 0;
    const sent: number[] = [];
    const take = (parts: readonly Uint8Array[]): number => {
      let taken = 0;
      for (const part of parts.slice(0, 16)) {
        const piece = part.subarray(0, left);
        if (left < 0) throw new Error('planted');
        expect(mismatch(piece, position)).to.equal(-1);
        left -= piece.length;
        position += piece.length;
        taken += piece.length;
      }
      sent.push(taken);
      return taken === 0 ? -1 : taken;
    };
    const broken: Error[] = [];
    const memory = StreamMemory.allocate(1 << 18, 0);
    const watchdog = new WatchdogThread(new URL('./no-such-program.js', import.meta.url));
    const output = new FdOutput(memory, watchdog, {
      wrote() {},
      broken: (error) => broken.push(error),
    });
    // of a socket it uses nothing else
    output.open({ fd: -1, send: (bytes) => take([bytes]), sendParts: take } as Partial<FdSocket> as FdSocket);
    return {
      memory,
      output,
      other: new Outlet(memory, WATCHDOG, watchdog.origin),
      sent,
      broken,
      more: (bytes) => {
        left += bytes;
      },
    };
  }

  function write(output: FdOutput, start: number, length: number): boolean {
    output.put(pattern(start, length), true);
    return output.announce();
  }

  it('leaves at each write where no watchdog sees to it', () => {
    const { output, sent } = open();
    write(output, 0, 60);
    write(output, 60, 60);
    expect(sent).to.deep.equal([60, 60]);
    expect(output.totalTaken).to.equal(120);
  });

  it('sends keep-alives itself where no watchdog does, between units only', () => {
    const { memory, output, sent } = open();
    Atomics.store(memory.words, KEEP_ALIVE_LENGTH, 8);
    memory.keepAlive.set(pattern(0, 8));
    expect([output.beat(), sent]).to.deep.equal([true, [8]]);
    output.put(pattern(8, 60), false);
    output.announce();
    expect([output.beat(), sent]).to.deep.equal([false, [8, 60]]);
  });

  it('is the watchdog’s no more once the socket takes nothing, and may be closed', () => {
    const { output, other, broken } = open(-1);
    write(output, 0, 60);
    expect([broken.length, other.sealed, output.seal()]).to.deep.equal([1, true, true]);
  });

  it('waits once for a watchdog that has died while it sent, and leaves the descriptor open then', function () {
    this.timeout(20_000);
    const { output, other, broken } = open();
    other.tryAcquire();
    write(output, 0, 60);
    expect(broken[0]).to.have.property('code', 'WATCHDOG_LOST');
    const waits = spy(Atomics, 'wait');
    try {
      expect(output.seal()).to.equal(false);
    } finally {
      waits.restore();
    }
    expect(waits.callCount, 'not another second').to.equal(0);
  });

  it('asks a full socket for nothing until it is told to', () => {
    const { output, sent, more } = open(100);
    write(output, 0, 200);
    for (let at = 200; at < 1000; at += 200) write(output, at, 200);
    expect([sent, output.full, output.size]).to.deep.equal([[100], true, 900]);
    more(Infinity);
    expect(output.send()).to.equal(true);
    expect([output.full, output.size]).to.deep.equal([false, 0]);
  });

  it('sends large bodies from where they lie, in order with small writes, however little the socket takes at a time', () => {
    const { output, more } = open(0);
    let at = 0;
    for (const size of [10, 100_000, 20, 300_000, 5, 70_000, 200_000, 7]) {
      output.put(pattern(at, size), true);
      at += size;
    }
    output.announce();
    for (let turns = 0; output.size > 0 && turns < 1000; turns++) {
      more(12_345);
      output.send();
    }
    expect(output.totalTaken).to.equal(at);
    expect(output.endsUnit).to.equal(true);
  });

  it('asks to wait above high water, and tells once when it is over', () => {
    const { output, more } = open(0);
    let at = 0;
    for (let goesOn = true; goesOn; at += 100_000) goesOn = write(output, at, 100_000);
    expect(at).to.be.within(1 << 20, (1 << 20) + 400_000);
    expect(output.takeDrain()).to.equal(false);
    more(Infinity);
    output.send();
    expect([output.takeDrain(), output.takeDrain()]).to.deep.equal([true, false]);
  });
});
