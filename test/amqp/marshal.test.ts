import { expect } from 'chai';
import {
  BASIC_PUBLISH,
  CHANNEL_CLOSE_OK,
  encodeContentFrames,
  encodeMethodFrame,
  HEARTBEAT_FRAME,
  PROTOCOL_HEADER,
} from '../../amqp/index.ts';

describe('whole frames as bytes', () => {
  it('are the protocol header and the heartbeat of the specification', () => {
    expect(Buffer.from(PROTOCOL_HEADER).toString('latin1')).to.equal('AMQP\x00\x00\x09\x01');
    expect(hex(HEARTBEAT_FRAME)).to.equal('08000000000000ce');
  });

  it('carry a method', () => {
    expect(hex(encodeMethodFrame(3, CHANNEL_CLOSE_OK, {}))).to.equal('0100030000000400140029ce');
  });

  it('hold nothing but their own bytes', () => {
    expect(encodeMethodFrame(3, CHANNEL_CLOSE_OK, {}).buffer.byteLength).to.equal(12);
  });

  it('carry a method, its header and a body in frames of at most frameMax', () => {
    const body = Uint8Array.from({ length: 10_000 }, (_, i) => i);
    const frames = framesOf(encodeContentFrames(1, BASIC_PUBLISH, { routingKey: 'q' }, { priority: 5 }, body, 4_096));
    expect(frames.map((f) => [f[0], f.length])).to.deep.equal([
      [1, 18],
      [2, 23],
      [3, 4_096],
      [3, 4_096],
      [3, 1_832],
    ]);
    expect(hex(frames[1])).to.equal('0200010000000f' + '003c0000' + '0000000000002710' + '080005ce');
    expect(Buffer.concat(frames.slice(2).map((f) => f.subarray(7, -1)))).to.deep.equal(Buffer.from(body));
  });

  it('carry a body of any size in one frame when frameMax is 0, and an empty one in none', () => {
    const count = (size: number): number =>
      framesOf(encodeContentFrames(1, BASIC_PUBLISH, {}, {}, new Uint8Array(size), 0)).length;
    expect(count(1_000_000)).to.equal(3);
    expect(count(0)).to.equal(2);
  });

  it('carry a string as UTF-8', () => {
    const frames = framesOf(encodeContentFrames(1, BASIC_PUBLISH, {}, {}, 'ä', 4_096));
    expect(hex(frames[2]?.subarray(7, -1))).to.equal('c3a4');
  });

  it('are refused for a body that is neither text nor bytes, and a frameMax too small for any', () => {
    const refused = (body: unknown, frameMax: number) => () =>
      encodeContentFrames(1, BASIC_PUBLISH, {}, {}, body as string, frameMax);
    expect(refused(5, 0)).to.throw(TypeError, 'body').and.include({ code: 'ARG_TYPE' });
    expect(refused('x', 8)).to.throw(RangeError);
  });
});

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 + view.getUint32(at + 3);
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
