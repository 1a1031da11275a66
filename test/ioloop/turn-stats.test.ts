import { expect } from 'chai';
import { IOLoop } from '../../ioloop/index.ts';

describe('What a loop tells of its turns', () => {
  it('is how many there were, and how long the longest took since that was asked', () => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false });
    const { clock } = loop.poller;
    const seen: number[] = [];
    const compute = (duration: number): void => void clock?.jump(duration);
    loop.addCallback(() => compute(500));
    loop.callLater(1000, () => seen.push(loop.turns.count, loop.turns.longest));
    loop.callLater(2000, () => compute(70));
    loop.callLater(3000, () => compute(30));
    loop.callLater(4000, () => {
      seen.push(loop.turns.count, loop.turns.longest);
      loop.stop();
    });
    loop.start();
    expect(seen[1]).to.equal(0);
    expect(seen[3]).to.equal(70);
    expect(seen[2]).to.be.within((seen[0] ?? 0) + 3, (seen[0] ?? 0) + 6);
    loop.close();
  });
});
