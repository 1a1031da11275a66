import { expect } from 'chai';
import { FRAME_BODY, FRAME_METHOD, Writer } from '../../amqp/index.ts';

describe('Writer', () => {
  it('gives the frames that ended, in one part, and starts again', () => {
    const w = new Writer();
    w.copyFrame(FRAME_BODY, 1, Uint8Array.of(1, 2, 3, 4), 1, 3);
    w.copyFrame(FRAME_BODY, 0x102, Uint8Array.of(), 0, 0);
    expect(w.size).to.equal(18);
    expect(hex(w.take())).to.deep.equal(['030001000000020203ce03010200000000ce']);
    expect(w.size).to.equal(0);
    expect(w.take()).to.deep.equal([]);
  });

  it('uses the slab again after each take', () => {
    const w = new Writer();
    w.copyFrame(FRAME_BODY, 1, Uint8Array.of(7), 0, 1);
    const [first] = w.take();
    w.copyFrame(FRAME_BODY, 1, Uint8Array.of(8), 0, 1);
    const [second] = w.take();
    expect(second?.buffer).to.equal(first?.buffer);
    expect(first?.[7]).to.equal(8);
  });

  it('forgets a frame that did not end', () => {
    const w = new Writer();
    w.copyFrame(FRAME_BODY, 1, Uint8Array.of(7), 0, 1);
    const frame = w.beginMethod(1, 0x0032_000a);
    expect(() => w.octet(256, 'it')).to.throw(RangeError);
    expect(frame).to.equal(9);
    expect(w.size).to.equal(9);
    expect(w.frames).to.equal(1);
    expect(hex(w.take())).to.deep.equal(['03000100000001' + '07ce']);
  });

  it('refuses to end a frame longer than frameMax', () => {
    const w = new Writer();
    w.frameMax = 4_096;
    w.copyFrame(FRAME_BODY, 1, new Uint8Array(4_088), 0, 4_088);
    expect(() => w.copyFrame(FRAME_BODY, 1, new Uint8Array(4_089), 0, 4_089))
      .to.throw(RangeError, '4097')
      .and.include({ code: 'TOO_LONG' });
    expect(w.size).to.equal(4_096);
  });

  it('gives bodies by reference as parts of their own, in their places', () => {
    const w = new Writer();
    const large = new Uint8Array(70_000);
    w.copyFrame(FRAME_BODY, 1, Uint8Array.of(7), 0, 1);
    w.referenceFrame(FRAME_BODY, 1, large);
    w.referenceFrame(FRAME_BODY, 2, large);
    w.copyFrame(FRAME_BODY, 3, Uint8Array.of(8), 0, 1);
    expect(w.size).to.equal(2 * 70_008 + 18);
    const parts = w.take();
    expect(parts[1]).to.equal(large);
    expect(parts[3]).to.equal(large);
    expect(hex([parts[0], parts[2], parts[4]])).to.deep.equal([
      '0300010000000107ce' + '03000100011170',
      'ce' + '03000200011170',
      'ce' + '0300030000000108ce',
    ]);
    expect(w.take()).to.deep.equal([]);
  });

  it('forgets all frames from a mark on, those by reference too', () => {
    const w = new Writer();
    const large = new Uint8Array(70_000);
    w.referenceFrame(FRAME_BODY, 1, large);
    const mark = w.mark();
    w.copyFrame(FRAME_BODY, 2, Uint8Array.of(7), 0, 1);
    w.referenceFrame(FRAME_BODY, 2, large);
    w.referenceFrame(FRAME_BODY, 2, large);
    w.copyFrame(FRAME_BODY, 2, Uint8Array.of(), 0, 0);
    w.beginMethod(2, 1);
    expect(w.frames).to.equal(5);
    w.truncate(mark);
    expect(w.frames).to.equal(1);
    expect(w.size).to.equal(70_008);
    w.copyFrame(FRAME_BODY, 3, Uint8Array.of(8), 0, 1);
    const parts = w.take();
    expect(parts).to.have.length(3);
    expect(hex([parts[0], parts[2]])).to.deep.equal(['03000100011170', 'ce' + '0300030000000108ce']);
  });

  it('counts the frames and bytes of all that ended', () => {
    const w = new Writer();
    w.copyFrame(FRAME_BODY, 1, new Uint8Array(10), 0, 10);
    w.take();
    w.referenceFrame(FRAME_BODY, 1, new Uint8Array(70_000));
    w.beginFrame(FRAME_METHOD, 1);
    expect(w.frames).to.equal(2);
    expect(w.written).to.equal(18 + 70_008);
  });

  it('grows for a burst and gives the room back by halves', () => {
    const w = new Writer();
    const mebibyte = new Uint8Array(1_048_576).fill(7);
    const small = Uint8Array.of(1);
    const capacities = [mebibyte, small, small, small, small, small, small].map((body) => {
      w.copyFrame(FRAME_BODY, 1, body, 0, body.length);
      const [part] = w.take();
      expect(part?.subarray(7, -1)).to.deep.equal(body);
      return part?.buffer.byteLength;
    });
    expect(capacities).to.deep.equal([2_097_152, 2_097_152, 1_048_576, 524_288, 262_144, 131_072, 65_536]);
  });

  it('keeps what was written when it grows, whatever stands at the border', () => {
    const texts = ['short', 'x'.repeat(300), 'ä'.repeat(100), '🐰'.repeat(63), ''];
    for (let offset = 65_400; offset < 65_540; offset++) {
      const w = new Writer();
      const frame = w.beginFrame(FRAME_METHOD, 1);
      w.raw(new Uint8Array(offset).fill(1), 0, offset);
      for (const text of texts) w.longText(text, 'text');
      w.shortString('🐰'.repeat(63), 'text');
      w.longlong(2n ** 64n - 1n, 'tag');
      w.longlong(2 ** 53 - 1, 'tag');
      w.endFrame(frame);
      const wanted = texts.map((text) => `${hexLength(text, 8)}${Buffer.from(text).toString('hex')}`).join('');
      const [bytes] = hex(w.take());
      const short = `${hexLength('🐰'.repeat(63), 2)}${Buffer.from('🐰'.repeat(63)).toString('hex')}`;
      const tail = `${wanted}${short}ffffffffffffffff001fffffffffffffce`;
      expect(bytes?.slice(2 * (7 + offset)), `offset ${offset}`).to.equal(tail);
    }
  });
});

function hex(parts: readonly (Uint8Array | undefined)[]): string[] {
  return parts.map((part) => Buffer.from(part ?? []).toString('hex'));
}

function hexLength(text: string, digits: number): string {
  return Buffer.byteLength(text).toString(16).padStart(digits, '0');
}
