import { expect } from 'chai';
import { ageOf, stamp } from '../../ioloop/io-clock.ts';

describe('Stamps in shared memory', () => {
  const day = 86_400_000;

  it('tell ages after the word has overflowed, weeks from its origin', () => {
    for (const days of [0, 24, 25, 49, 50, 1000]) {
      const written = 1234 + days * day;
      const word = new Int32Array([stamp(1234, written)])[0] ?? 0;
      expect(ageOf(word, 1234, written)).to.equal(0);
      expect(ageOf(word, 1234, written + day)).to.equal(day);
    }
  });
});
