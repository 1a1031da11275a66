import { expect } from 'chai';
import { FRAME_BODY, Writer } from '../../amqp/index.ts';

describe('Writer.take()', () => {
  it('gives away a slab of 64 KiB or more, since a stream may keep it by reference', () => {
    const writer = new Writer();
    const body = new Uint8Array(70_000).fill(1);
    writer.copyFrame(FRAME_BODY, 1, body, 0, body.length);
    const [kept] = writer.take();
    const before = kept?.slice();
    writer.copyFrame(FRAME_BODY, 2, body.fill(2), 0, body.length);
    expect(kept).to.deep.equal(before);
  });

  it('gives what was written last, also where the slab was another one when as much was taken before', () => {
    const writer = new Writer();
    for (const [fill, forgotten] of [0, 100_000, 0, 300_000, 0, 0].entries()) {
      // what is forgotten has made the slab grow too
      const mark = writer.mark();
      writer.copyFrame(FRAME_BODY, 1, new Uint8Array(forgotten), 0, forgotten);
      writer.truncate(mark);
      const body = new Uint8Array(10).fill(fill);
      writer.copyFrame(FRAME_BODY, 1, body, 0, body.length);
      expect(writer.take()[0]?.slice(7, -1)).to.deep.equal(body);
    }
  });
});
