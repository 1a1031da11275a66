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
});
