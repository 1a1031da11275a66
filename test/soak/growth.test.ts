import { expect } from 'chai';
import { growthOf, type Sample } from './growth.ts';

describe('the growth that a soak looks for', () => {
  const steady: Sample = { rss: 100, heap: 10, threads: 12, fds: 30 };
  const run = (at: (i: number) => Partial<Sample>): string[] =>
    growthOf(Array.from({ length: 90 }, (_, i) => ({ ...steady, ...at(i) })))
      .filter(({ grew }) => grew)
      .map(({ quantity }) => quantity);

  it('is none where everything stays, or peaks now and then', () => {
    expect(run(() => ({}))).to.deep.equal([]);
    expect(run((i) => (i % 7 === 0 ? { rss: 500, threads: 20, fds: 60 } : {}))).to.deep.equal([]);
  });

  it('does not count how a run begins', () => {
    expect(run((i) => (i < 9 ? { rss: 40, heap: 2, threads: 3, fds: 5 } : {}))).to.deep.equal([]);
  });

  it('is seen in each quantity', () => {
    expect(run((i) => ({ rss: 100 + i }))).to.deep.equal(['rss']);
    expect(run((i) => ({ heap: 10 + i / 5 }))).to.deep.equal(['heap']);
    expect(run((i) => ({ threads: 12 + Math.floor(i / 20) }))).to.deep.equal(['threads']);
    expect(run((i) => ({ fds: 30 + Math.floor(i / 15) }))).to.deep.equal(['fds']);
  });

  it('is what cannot be compared, too', () => {
    expect(growthOf([]).every(({ grew }) => grew)).to.equal(true);
  });
});
