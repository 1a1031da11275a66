import { expect } from 'chai';
import { Fifo } from './fifo.ts';

describe('Fifo', () => {
  it('gives back in order what was put, however puts and takes alternate', () => {
    const fifo = new Fifo<number>();
    const taken: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      fifo.put(i);
      if (i % 3 !== 0) taken.push(fifo.take() ?? -1);
    }
    while (fifo.length > 0) taken.push(fifo.take() ?? -1);
    expect(taken).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => i));
    expect(fifo.take()).to.equal(undefined);
  });

  it('is empty after clear', () => {
    const fifo = new Fifo<string>();
    fifo.put('a');
    fifo.clear();
    expect(fifo.length).to.equal(0);
    expect(fifo.take()).to.equal(undefined);
  });
});
