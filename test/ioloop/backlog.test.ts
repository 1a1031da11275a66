import { expect } from 'chai';
import { StreamMemory } from '../../ioloop/ring.ts';
import { Backlog } from '../../ioloop/transports/backlog.ts';
import { mismatch, pattern } from '../support/peers.ts';

describe('the backlog of a stream', () => {
  function open(capacity = 4096): {
    backlog: Backlog;
    push(bytes: Uint8Array, unitEnd: boolean): void;
    read(limit?: number): number;
    ends(): boolean;
  } {
    const memory = StreamMemory.allocate(capacity);
    const backlog = new Backlog(memory, memory.txWriter());
    const reader = memory.txReader();
    let at = 0;
    return {
      backlog,
      push(bytes, unitEnd) {
        backlog.push(bytes, unitEnd);
        backlog.move();
      },
      /** Takes what is in the ring, as the I/O thread does. @returns how much it was */
      read(limit = Number.POSITIVE_INFINITY) {
        const size = Math.min(reader.size, limit);
        for (let left = size; left > 0; ) {
          const bytes = reader.view(0, left);
          expect(mismatch(bytes, at)).to.equal(-1);
          reader.consume(bytes.length);
          at += bytes.length;
          left -= bytes.length;
        }
        return size;
      },
      ends: () => memory.unitEnd === reader.head,
    };
  }

  it('moves whole units only, so that others can be put between', () => {
    const { backlog, push, read, ends } = open();
    for (let i = 0; i < 20; i++) push(pattern(i * 1000, 1000), true);
    let total = 0;
    while (total < 20_000) {
      const size = read();
      expect(size).to.be.above(0);
      expect(ends(), `after ${total + size}`).to.equal(true);
      total += size;
      backlog.move();
    }
    expect(backlog.size).to.equal(0);
  });

  it('moves part of a unit only when it is larger than half the ring', () => {
    const { backlog, push, read, ends } = open();
    push(pattern(0, 10_000), true);
    expect(read()).to.equal(4096);
    expect(ends()).to.equal(false);
    backlog.move();
    read();
    backlog.move();
    read();
    expect([backlog.size, ends()]).to.deep.equal([0, true]);
  });

  it('waits for the end of a unit that has not come yet', () => {
    const { backlog, push, read, ends } = open();
    push(pattern(0, 3000), true);
    push(pattern(3000, 1500), false);
    read();
    expect(ends()).to.equal(true);
    backlog.move();
    push(pattern(4500, 100), true);
    read();
    expect([backlog.size, ends()]).to.deep.equal([0, true]);
  });

  it('runs what waits for it to be empty, in order and once', () => {
    const { backlog, push, read } = open();
    const order: string[] = [];
    backlog.whenEmpty(() => order.push('at once'));
    push(pattern(0, 9000), true);
    backlog.whenEmpty(() => order.push('first'));
    backlog.whenEmpty(() => order.push('second'));
    expect(order).to.deep.equal(['at once']);
    while (backlog.size > 0) {
      read();
      backlog.move();
    }
    backlog.move();
    expect(order).to.deep.equal(['at once', 'first', 'second']);
  });
});
