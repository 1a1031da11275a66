import { expect } from 'chai';
import { FrameScanner } from './frame-scanner.ts';
import * as wire from './wire.ts';

describe('The frame scanner of the benchmarks', () => {
  const stream = Buffer.concat([
    wire.publish(1, 'key', Buffer.from('sixteen bytes...')),
    wire.ack(2, 7, true),
    wire.frame(wire.BODY, 3, Buffer.alloc(1_000, 'x')),
  ]);
  const lengths = [20, 22, 24, 21, 1_008];

  it('finds the same frames however the reads cut the bytes', () => {
    for (const size of [1, 2, 7, 8, 9, 100, stream.length]) expect(framesOf(size)).to.deep.equal(lengths);
  });

  it('hands over frames that are whole, also where reads had cut them', () => {
    const got: Buffer[] = [];
    const scanner = new FrameScanner((bytes, start, end) => got.push(Buffer.from(bytes.subarray(start, end))));
    for (const part of cut(11)) scanner.receive(part);
    expect(Buffer.concat(got)).to.deep.equal(stream);
  });

  it('refuses a frame above 128 KiB', () => {
    const scanner = new FrameScanner(() => {});
    expect(() => scanner.receive(Buffer.from([1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0]))).to.throw(RangeError, 'a frame of');
  });

  function framesOf(size: number): number[] {
    const found: number[] = [];
    const scanner = new FrameScanner((_bytes, start, end) => found.push(end - start));
    for (const part of cut(size)) scanner.receive(part);
    return found;
  }

  function cut(size: number): Buffer[] {
    const count = Math.ceil(stream.length / size);
    return Array.from({ length: count }, (_, i) => stream.subarray(i * size, (i + 1) * size));
  }
});
