import { expect } from 'chai';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, FrameReader, InvalidFrameError } from '../../amqp/index.ts';
import { frame, join } from './peer.ts';

function reading(): { reader: FrameReader; frames: string[] } {
  const frames: string[] = [];
  const reader = new FrameReader({
    frame: (type, channel, bytes, start, end) => frames.push(`${type}/${channel}: ${bytes.subarray(start, end)}`),
  });
  return { reader, frames };
}

const STREAM = join(frame(FRAME_METHOD, 1, [1, 2, 3, 4]), frame(FRAME_BODY, 0x203, []), frame(FRAME_BODY, 7, [9]));
const FRAMES = ['1/1: 1,2,3,4', '3/515: ', '3/7: 9'];

describe('FrameReader', () => {
  it('gives whole frames, however the stream is cut', () => {
    for (let size = 1; size <= STREAM.length; size++) {
      const { reader, frames } = reading();
      for (let at = 0; at < STREAM.length; at += size) {
        const chunk = STREAM.slice(at, at + size);
        reader.feed(chunk);
        chunk.fill(0);
      }
      expect(frames, `chunks of ${size}`).to.deep.equal(FRAMES);
      expect(reader.frames).to.equal(3);
    }
  });

  it('takes frames of frame_max, and headers of more', () => {
    const { reader, frames } = reading();
    reader.frameMax = 4096;
    reader.feed(join(frame(FRAME_BODY, 1, new Uint8Array(4088)), frame(FRAME_HEADER, 1, new Uint8Array(2 ** 20 - 8))));
    expect(frames).to.have.lengthOf(2);
    expect(() => reader.feed(frame(FRAME_BODY, 1, new Uint8Array(4089)).subarray(0, 7))).to.throw(InvalidFrameError);
  });

  it('stays in error, and keeps nothing', () => {
    const { reader, frames } = reading();
    let first: unknown;
    try {
      reader.feed(join(frame(9, 1), STREAM));
    } catch (error) {
      first = error;
    }
    expect(first).to.be.instanceOf(InvalidFrameError);
    expect(() => reader.feed(STREAM))
      .to.throw()
      .and.equal(first);
    expect(frames).to.deep.equal([]);
  });

  it('gives nothing more once it was stopped, not even of the same chunk', () => {
    const frames: number[] = [];
    const reader: FrameReader = new FrameReader({
      frame: (type) => {
        frames.push(type);
        reader.stop();
      },
    });
    reader.feed(STREAM);
    reader.feed(STREAM);
    expect(frames).to.deep.equal([FRAME_METHOD]);
  });

  it('lets its sink take frames by itself', () => {
    const taken: number[] = [];
    const frames: number[] = [];
    const reader = new FrameReader({
      frame: (type) => frames.push(type),
      run: (_bytes, at) => {
        taken.push(at);
        return at === 0 ? 12 : at;
      },
    });
    reader.feed(STREAM);
    expect(taken).to.deep.equal([0, 12, 20]);
    expect(frames).to.deep.equal([FRAME_BODY, FRAME_BODY]);
  });
});
