import { expect } from 'chai';
import { Bodies } from '../../amqp/bodies.ts';

describe('Bodies', () => {
  const chunk = Uint8Array.from({ length: 16_384 }, (_, i) => i);
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

  it('copies a piece of a chunk once for the bodies in it that are too large to copy byte by byte', () => {
    const many = Array.from({ length: 20 }, (_, i) => bodies.copy(chunk, i * 200, i * 200 + 100));
    expect(new Set(many.map((body) => body.buffer)).size).to.equal(1);
    expect(many).to.deep.equal(many.map((_, i) => chunk.slice(i * 200, i * 200 + 100)));
    const [last, first] = [bodies.copy(chunk, 4050, 4150), bodies.copy(chunk, 0, 100)];
    expect([last, first]).to.deep.equal([chunk.slice(4050, 4150), chunk.slice(0, 100)]);
  });

  it('takes nothing for copied once the chunk has other bytes', () => {
    const mine = chunk.slice();
    const before = bodies.copy(mine, 0, 100);
    mine.reverse();
    bodies.renew();
    expect(bodies.copy(mine, 0, 100)).to.deep.equal(mine.slice(0, 100));
    expect(before).to.deep.equal(chunk.slice(0, 100));
  });

  it('lets no body hold more than 8 KiB besides itself alive', () => {
    for (const size of [1, 700, 1024, 1025, 8000]) {
      expect(bodies.copy(chunk, 0, size).buffer.byteLength - size, `${size} bytes`).to.be.below(8192);
    }
  });
});
