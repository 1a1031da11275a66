import { expect } from 'chai';
import { topicMatches } from './topic.ts';

const TAKEN: readonly (readonly [bindingKey: string, routingKey: string])[] = [
  ['', ''],
  ['a.b', 'a.b'],
  ['*', 'a'],
  ['a.*.c', 'a.b.c'],
  ['#', ''],
  ['#', 'a.b.c'],
  ['a.#', 'a'],
  ['#.c', 'a.b.c'],
  ['a.#.c', 'a.c'],
  ['#.b.#', 'a.b.b.c'],
  ['*.#', 'a'],
  ['#.*.#', 'a'],
  ['a..b', 'a..b'],
  ['a.*.b', 'a..b'],
];

const REFUSED: typeof TAKEN = [
  ['', 'a'],
  ['a', ''],
  ['*', ''],
  ['*', 'a.b'],
  ['a.b', 'a.b.c'],
  ['a.*', 'a'],
  ['#.c', 'c.d'],
  ['*.#', ''],
  ['#.*.*', 'a'],
  ['a*', 'ab'],
];

describe('topicMatches', () => {
  for (const [bindingKey, routingKey] of TAKEN) {
    it(`lets '${bindingKey}' take '${routingKey}'`, () => {
      expect(topicMatches(bindingKey, routingKey)).to.equal(true);
    });
  }

  for (const [bindingKey, routingKey] of REFUSED) {
    it(`does not let '${bindingKey}' take '${routingKey}'`, () => {
      expect(topicMatches(bindingKey, routingKey)).to.equal(false);
    });
  }

  it('takes as many steps as parts times words, also where every split would do', () => {
    const started = performance.now();
    expect(topicMatches(`${'#.'.repeat(100)}z`, 'a.'.repeat(100))).to.equal(false);
    expect(performance.now() - started).to.be.lessThan(10_000); // tried one by one, the ways would outlast the sun
  });
});
