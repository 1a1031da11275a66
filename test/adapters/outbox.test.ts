import { expect } from 'chai';
import { Outbox } from '../../adapters/outbox.ts';
import type { Transport } from '../../ioloop/index.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A transport that takes bytes as the real ones do, and whose socket takes what a test says. */
class SlowTransport {
  readonly written: { bytes: Uint8Array; unitEnd: boolean }[] = [];
  writeBufferSize = 0;

  write(bytes: Uint8Array, unitEnd = true): boolean {
    if (bytes.length === 0) throw new TypeError('empty');
    if (this.writeBufferSize + bytes.length > 16 * MIB) throw new RangeError('hard limit');
    // smaller ones may be reused by their owner, larger ones belong to the stream
    this.written.push({ bytes: bytes.length < 64 * KIB ? Uint8Array.from(bytes) : bytes, unitEnd });
    this.writeBufferSize += bytes.length;
    return this.writeBufferSize <= MIB;
  }
  writev(parts: readonly Uint8Array[]): boolean {
    return parts.map((part, i) => this.write(part, i === parts.length - 1)).at(-1) ?? true;
  }
  get text(): Buffer {
    return Buffer.concat(this.written.map(({ bytes }) => bytes));
  }
}

describe('Outbox', () => {
  let transport: SlowTransport;
  let outbox: Outbox;
  let threshold: number;
  let pressed: number[];
  let looks: (() => void)[];

  beforeEach(() => {
    transport = new SlowTransport();
    threshold = Number.POSITIVE_INFINITY;
    pressed = [];
    looks = [];
    outbox = new Outbox(transport as unknown as Transport, {
      // an outbox calls no more of a transport than what is there
      limit: 16 * MIB,
      threshold: () => threshold,
      pressed: (unsent) => pressed.push(unsent),
      nextTurn: (look) => looks.push(look),
    });
  });

  const drain = (): void => {
    transport.writeBufferSize = 0;
    outbox.drained();
  };

  it('passes bytes on at once while the transport takes them', () => {
    outbox.write([Buffer.from('abc')]);
    outbox.write([Buffer.from('de'), Buffer.from('f')]);
    expect(String(transport.text)).to.equal('abcdef');
    expect(outbox.unsent).to.equal(6);
  });

  it('feeds one large message in pieces of 1 MiB, none of them above the hard limit', () => {
    const body = Buffer.alloc(40 * MIB, 'x');
    outbox.write([Buffer.from('head'), body, Buffer.from('tail')]);
    expect(outbox.unsent).to.equal(40 * MIB + 8);
    for (let i = 0; i < 60 && outbox.unsent > 0; i++) drain();
    expect(transport.text.length).to.equal(40 * MIB + 8);
    expect(transport.text.subarray(0, 4).toString()).to.equal('head');
    expect(transport.text.subarray(-4).toString()).to.equal('tail');
    expect(Math.max(...transport.written.map(({ bytes }) => bytes.length))).to.equal(MIB);
  });

  it('says of a piece that it ends a unit only where a whole write ended', () => {
    outbox.write([Buffer.alloc(3 * MIB, 'x'), Buffer.from('end')]);
    drain();
    drain();
    drain();
    expect(transport.written.map(({ unitEnd }) => unitEnd)).to.deep.equal([false, false, false, true]);
  });

  it('keeps the order of bytes that came while the transport was full, and copies those that may be reused', () => {
    const scratch = Buffer.alloc(2000);
    const expected: Buffer[] = [];
    for (let i = 0; i < 3000; i++) {
      scratch.fill(i % 251);
      expected.push(Buffer.from(scratch));
      outbox.write([scratch]);
    }
    for (let i = 0; i < 20; i++) drain();
    expect(transport.text.equals(Buffer.concat(expected))).to.equal(true);
    expect(outbox.unsent).to.equal(0);
  });

  it('takes up to four times its limit, then throws RangeError OUTBOUND_FULL', () => {
    const body = Buffer.alloc(MIB);
    for (let i = 0; i < 64; i++) {
      outbox.reserve(MIB);
      outbox.write([body]);
    }
    expect(() => outbox.reserve(1))
      .to.throw(RangeError, /64 MiB|67108864/)
      .with.property('code', 'OUTBOUND_FULL');
    drain();
    outbox.reserve(1);
  });

  it('takes a single message of any size into an empty buffer', () => {
    outbox.reserve(100 * MIB);
    outbox.write([Buffer.alloc(1)]);
    expect(() => outbox.reserve(100 * MIB)).to.throw(RangeError);
  });

  it('calls pressed at each hand-over that leaves the limit or more unsent, whatever the threshold', () => {
    outbox.handedOver();
    expect(pressed).to.deep.equal([]);
    outbox.write([Buffer.alloc(16 * MIB)]);
    outbox.handedOver();
    outbox.handedOver();
    expect(pressed).to.deep.equal([16 * MIB, 16 * MIB]);
  });

  it('says which hand-over is the first that leaves too much, again once all had left', () => {
    const firsts: boolean[] = [];
    outbox = new Outbox(transport as unknown as Transport, {
      // an outbox calls no more of a transport than what is there
      limit: 16 * MIB,
      threshold: () => threshold,
      pressed: (_unsent, isFirst) => firsts.push(isFirst),
      nextTurn: (look) => looks.push(look),
    });
    for (let episode = 0; episode < 2; episode++) {
      outbox.write([Buffer.alloc(16 * MIB)]);
      outbox.handedOver();
      outbox.handedOver();
      while (outbox.unsent > 0) drain();
      outbox.handedOver();
    }
    expect(firsts).to.deep.equal([true, false, true, false]);
  });

  it('looks once in the next turn at what piled up while the transport was full, which hands over nothing then', () => {
    outbox.write([Buffer.alloc(8 * MIB)]);
    outbox.handedOver();
    for (let i = 0; i < 3; i++) outbox.write([Buffer.alloc(4 * MIB)]);
    expect(pressed).to.deep.equal([]);
    for (const look of looks.splice(0)) look();
    expect(pressed).to.deep.equal([20 * MIB]);
    outbox.write([Buffer.alloc(1)]);
    expect(looks).to.have.length(1);
  });

  it('calls pressed above the threshold, not at it', () => {
    threshold = 1000;
    outbox.write([Buffer.alloc(1000)]);
    outbox.handedOver();
    expect(pressed).to.deep.equal([]);
    outbox.write([Buffer.alloc(1)]);
    outbox.handedOver();
    expect(pressed).to.deep.equal([1001]);
  });
});
