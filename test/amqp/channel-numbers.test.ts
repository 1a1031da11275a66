import { expect } from 'chai';
import { ChannelNumbers } from '../../amqp/channel-numbers.ts';

describe('ChannelNumbers', () => {
  it('give the lowest that is free, and null when there is none', () => {
    const numbers = new ChannelNumbers(3);
    expect([numbers.take(), numbers.take(), numbers.take(), numbers.take()]).to.deep.equal([1, 2, 3, null]);
    numbers.release(3);
    numbers.release(1);
    expect([numbers.take(), numbers.take(), numbers.take()]).to.deep.equal([1, 3, null]);
  });

  it('give up a number that is claimed, and refuse one that is in use or out of range', () => {
    const numbers = new ChannelNumbers(3);
    expect(numbers.claim(2)).to.equal(true);
    expect([2, 0, 4, 1.5, Number.NaN].map((number) => numbers.claim(number))).to.deep.equal(new Array(5).fill(false));
    expect([numbers.take(), numbers.take(), numbers.take()]).to.deep.equal([1, 3, null]);
  });

  it('do not give a number twice that was claimed and released before its turn', () => {
    const numbers = new ChannelNumbers(3);
    numbers.claim(2);
    numbers.release(2);
    expect([numbers.take(), numbers.take(), numbers.take(), numbers.take()]).to.deep.equal([1, 2, 3, null]);
  });
});
