import { expect } from 'chai';
import { TagWindow } from '../../amqp/tag-window.ts';
import { Unacked } from '../../amqp/unacked.ts';
import { Random } from '../support/random.ts';

describe('TagWindow', () => {
  it('agrees with a set, whatever is added and taken', () => {
    const random = new Random(7);
    const window = new TagWindow<string>();
    const model = new Map<number, string>();
    let next = 1;
    for (let step = 0; step < 20_000; step++) {
      const tags = [...model.keys()];
      const some =
        random.boolean() && tags.length > 0 ? (tags[random.below(tags.length)] ?? 0) : random.below(next + 2);
      const action = random.below(100);
      if (action < 55) {
        next += random.below(10) === 0 ? 1 + random.below(1000) : 1;
        window.add(next, `m${next}`);
        model.set(next, `m${next}`);
      } else if (action < 97) {
        expect(window.get(some)).to.equal(model.get(some));
        expect(window.take(some)).to.equal(model.delete(some));
      } else {
        const told: [number, string | undefined][] = [];
        window.takeUpTo(some, (tag, value) => told.push([tag, value]));
        const due = [...model].filter(([tag]) => tag <= some);
        expect(told).to.deep.equal(due);
        for (const [tag] of due) model.delete(tag);
      }
      expect(window.size).to.equal(model.size);
      expect(window.lowest).to.equal(model.keys().next().value ?? 0);
    }
  });

  it('opens tags again in their place', () => {
    const window = new TagWindow();
    for (let tag = 1; tag <= 5; tag++) window.add(tag);
    for (const tag of [1, 3, 5]) window.take(tag);
    window.reopen([5, 1]);
    expect([1, 2, 3, 4, 5].map((tag) => window.has(tag))).to.deep.equal([true, true, false, true, true]);
    window.add(6);
    expect(window.size).to.equal(5);
  });

  it('holds no more than what is open needs, though the oldest stays open', () => {
    const window = new TagWindow();
    const before = process.memoryUsage().arrayBuffers;
    window.add(1);
    for (let tag = 2; tag < 2_000_000; tag++) {
      window.add(tag);
      window.take(tag);
    }
    expect(window.size).to.equal(1);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1_000_000);
  });
});

describe('Unacked', () => {
  it('takes tags of more than 53 bits exactly', () => {
    const unacked = new Unacked();
    const high = 2n ** 60n;
    expect(unacked.deliver(1, true)).to.equal(true);
    expect(unacked.deliver(high + 1n, true)).to.equal(true);
    expect(unacked.deliver(high + 2n, true)).to.equal(true);
    expect(unacked.deliver(high + 2n, true)).to.equal(false);
    expect(unacked.settle(high, false)).to.equal(false);
    expect(unacked.settle(high + 1n, true)).to.equal(true);
    expect(unacked.size).to.equal(1);
    expect(unacked.settle(0, true)).to.equal(true);
    expect(unacked.size).to.equal(0);
  });

  it('opens again only what the transaction that was rolled back had settled', () => {
    const unacked = new Unacked();
    for (let tag = 1; tag <= 3; tag++) unacked.deliver(tag, true);
    unacked.deliver(2n ** 60n, true);
    unacked.settle(1, false);
    unacked.beginTransaction();
    unacked.settle(2, false);
    unacked.settle(2n ** 60n, false);
    unacked.endTransaction();
    unacked.settle(3, false);
    unacked.rolledBack();
    expect([1, 2, 3, 2n ** 60n].map((tag) => unacked.settle(tag, false))).to.deep.equal([false, true, false, true]);
  });
});
