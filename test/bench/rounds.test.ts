import { expect } from 'chai';
import { quartiles, rotated, type Sample, summarize } from './rounds.ts';

describe('The statistics of the benchmarks', () => {
  it('find median and quartiles of an odd and an even number of values, in any order', () => {
    expect(quartiles([5, 1, 3, 2, 4])).to.deep.equal({ q1: 2, median: 3, q3: 4 });
    expect(quartiles([4, 1, 3, 2])).to.deep.equal({ q1: 1.75, median: 2.5, q3: 3.25 });
    expect(quartiles([7])).to.deep.equal({ q1: 7, median: 7, q3: 7 });
  });

  it('refuse an empty list', () => {
    expect(() => quartiles([])).to.throw(RangeError, 'no quartiles of an empty list');
  });

  it('form the ratio within each round, so that a round that slowed both does not count against one', () => {
    const reference = [sample(1000), sample(100), sample(1000)];
    const client = [sample(500), sample(50), sample(500)];
    expect(summarize(client, reference).ratio).to.deep.equal({ q1: 0.5, median: 0.5, q3: 0.5 });
  });

  it('give processor time in microseconds a piece', () => {
    const { cpuEach, perSecond, ratio } = summarize([{ count: 2_000, seconds: 2, cpuSeconds: 0.01 }], null);
    expect({ cpuEach: cpuEach.median, perSecond: perSecond.median, ratio }).to.deep.equal({
      cpuEach: 5,
      perSecond: 1_000,
      ratio: null,
    });
  });

  it('refuse to compare lists of different lengths', () => {
    expect(() => summarize([sample(1)], [sample(1), sample(2)])).to.throw(RangeError, '1 rounds');
  });

  it('let each client be first equally often', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).to.deep.equal([
      'abc',
      'bca',
      'cab',
      'abc',
    ]);
  });
});

function sample(perSecond: number): Sample {
  return { count: perSecond, seconds: 1, cpuSeconds: 1 };
}
