import { expect } from 'chai';
import { type Timer, TimerHeap } from '../../ioloop/timer-heap.ts';
import { seededRandom } from '../support/seeded-random.ts';

const nothing = (): void => {};

describe('TimerHeap', () => {
  it('gives timers by deadline, then by order of creation', () => {
    const heap = new TimerHeap();
    const random = seededRandom(1);
    const made = Array.from({ length: 5000 }, () => heap.add(Math.floor(random() * 100), nothing, null));
    expect(drain(heap)).to.deep.equal([...made].sort((a, b) => a.deadline - b.deadline || a.sequence - b.sequence));
  });

  it('takes only what is due', () => {
    const heap = new TimerHeap();
    for (const deadline of [3, 1, 2]) heap.add(deadline, nothing, null);
    const due: Timer[] = [];
    expect(heap.takeDue(2, due)).to.equal(2);
    expect(due.map((timer) => timer.deadline)).to.deep.equal([1, 2]);
    expect(heap.soonest()).to.equal(3);
  });

  it('holds at most 1,100 entries after two million pairs of add and cancel (rule 12)', () => {
    const heap = new TimerHeap();
    let most = 0;
    for (let i = 0; i < 2_000_000; i++) {
      heap.add(3_600_000 + (i % 1000), nothing, null).cancel();
      most = Math.max(most, heap.size);
    }
    expect(most).to.be.at.most(1100);
    expect(heap.soonest()).to.equal(Number.POSITIVE_INFINITY);
    expect(heap.size).to.equal(0);
  });

  it('keeps the order of those left after a sweep', () => {
    const heap = new TimerHeap();
    const random = seededRandom(2);
    const made = Array.from({ length: 4000 }, () => heap.add(Math.floor(random() * 50), nothing, null));
    const kept = made.filter((timer) => {
      if (random() < 0.3) return true;
      timer.cancel();
      return false;
    });
    expect(heap.size).to.be.below(2500);
    const more = Array.from({ length: 100 }, () => heap.add(Math.floor(random() * 50), nothing, null));
    expect(drain(heap)).to.deep.equal(
      [...kept, ...more].sort((a, b) => a.deadline - b.deadline || a.sequence - b.sequence),
    );
  });

  it('finds the soonest that was not cancelled', () => {
    const heap = new TimerHeap();
    const first = heap.add(1, nothing, null);
    heap.add(2, nothing, null);
    first.cancel();
    expect(heap.soonest()).to.equal(2);
  });

  it('puts a timer back where it was', () => {
    const heap = new TimerHeap();
    const timers = [5, 5, 5].map((deadline) => heap.add(deadline, nothing, null));
    const due: Timer[] = [];
    heap.takeDue(5, due);
    for (const timer of [...due].reverse()) heap.put(timer);
    expect(drain(heap)).to.deep.equal(timers);
  });

  it('tells of what comes and of a cancel in the heap, and of none after', () => {
    const heap = new TimerHeap();
    let told = 0;
    heap.onChange = () => told++;
    const timer = heap.add(1, nothing, null);
    timer.cancel();
    timer.cancel();
    heap.add(Number.POSITIVE_INFINITY, nothing, null).cancel();
    expect(told).to.equal(2);
  });

  it('leaves every handle inactive when it is cleared', () => {
    const heap = new TimerHeap();
    const timers = Array.from({ length: 1000 }, (_, i) => heap.add(i, nothing, null));
    heap.clear();
    expect(timers.some((timer) => timer.active)).to.equal(false);
    expect(heap.soonest()).to.equal(Number.POSITIVE_INFINITY);
    heap.add(7, nothing, null);
    expect(heap.soonest()).to.equal(7);
  });
});

function drain(heap: TimerHeap): Timer[] {
  const due: Timer[] = [];
  heap.takeDue(Number.POSITIVE_INFINITY, due);
  return due;
}
