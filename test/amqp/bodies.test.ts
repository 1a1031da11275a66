import { expect } from 'chai';
import { Bodies } from '../../amqp/bodies.ts';

describe('Bodies', () => {
  const chunk = Uint8Array.from({ length: 8192 }, (_, i) => i);
  let bodies: Bodies;
  beforeEach(() => {
    bodies = new Bodies((buffer, offset, length) => new Uint8Array(buffer, offset, length));
  });

  it('gives the bytes of a body, whatever its size', () => {
    for (const size of [1, 64, 65, 1024, 1025, 4096, 8000]) {
      expect(bodies.copy(chunk, 100, 100 + size), `${size} bytes`).to.deep.equal(chunk.slice(100, 100 + size));
    }
  });

  it('keeps a body as it was when its chunk changes', () => {
    const mine = chunk.slice();
    const kept = [bodies.copy(mine, 0, 16), bodies.copy(mine, 16, 2016)];
    mine.fill(0);
    expect(kept).to.deep.equal([chunk.slice(0, 16), chunk.slice(16, 2016)]);
  });

  it('puts many small bodies into one buffer, none over another', () => {
    const many = Array.from({ length: 256 }, (_, i) => bodies.copy(chunk, i, i + 16));
    expect(new Set(many.map((body) => body.buffer)).size).to.equal(1);
    expect(many).to.deep.equal(many.map((_, i) => chunk.slice(i, i + 16)));
  });

  it('lets no body hold more than 4 KiB besides itself alive', () => {
    for (const size of [1, 700, 1024, 1025, 8000]) {
      expect(bodies.copy(chunk, 0, size).buffer.byteLength - size, `${size} bytes`).to.be.below(4096);
    }
  });
});
