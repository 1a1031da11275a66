import { expect } from 'chai';
import { ReadyBits } from '../../ioloop/ready-bits.ts';
import { BELL_BYTES, Bell, type RingReader, type RingWriter, StreamMemory, TURN_WORDS } from '../../ioloop/ring.ts';
import { mismatch, pattern } from '../support/peers.ts';
import { Random } from '../support/random.ts';

describe('rings in shared memory', () => {
  it('keep every byte over random writes and reads, across wraps of ring and positions', () => {
    const { writer, reader } = ring(4096);
    startAt(writer, reader, 0x7fff_f000);
    const random = new Random(1);
    let written = 0;
    let read = 0;
    while (read < 500_000) {
      const piece = random.below(writer.free + 1);
      if (piece > 0) writer.push(pattern(written, piece));
      written += piece;
      expect(writer.used).to.equal(written - read);
      for (let left = random.below(reader.size + 1); left > 0; ) {
        const bytes = reader.view(0, left);
        expect(mismatch(bytes, read)).to.equal(-1);
        reader.consume(bytes.length);
        read += bytes.length;
        left -= bytes.length;
      }
    }
  });

  it('tell a full ring from an empty one', () => {
    const { writer, reader } = ring(4096);
    expect([writer.free, reader.size, writer.fits(4096)]).to.deep.equal([4096, 0, true]);
    writer.push(pattern(0, 4096));
    expect([writer.free, reader.size, writer.fits(1)]).to.deep.equal([0, 4096, false]);
    reader.consume(1);
    expect([writer.fits(1), writer.fits(2)]).to.deep.equal([true, false]);
  });

  it('show what was not consumed in two pieces at most', () => {
    const { writer, reader } = ring(4096);
    startAt(writer, reader, 4000);
    writer.push(pattern(0, 500));
    const first = reader.view(0, 500);
    const second = reader.view(first.length, 500 - first.length);
    expect([first.length, second.length]).to.deep.equal([96, 404]);
    expect([mismatch(first, 0), mismatch(second, 96)]).to.deep.equal([-1, -1]);
  });
});

describe('ready bits', () => {
  it('give each number that was set once, from every page', () => {
    const bits = new ReadyBits(new Int32Array(new SharedArrayBuffer(BELL_BYTES)), 64);
    bits.add(new Int32Array(new SharedArrayBuffer(BELL_BYTES)));
    const numbers = [0, 1, 31, 32, 63, 1023, 1024, 1500, 2047];
    for (const number of [...numbers, ...numbers]) bits.set(number);
    expect(bits.any).to.equal(true);
    const taken: number[] = [];
    bits.take((number) => taken.push(number));
    expect(taken).to.deep.equal(numbers);
    expect(bits.any).to.equal(false);
  });
});

describe('the bell', () => {
  it('does not let a loop sleep that was rung since it looked', () => {
    const bell = new Bell();
    const seen = bell.rings;
    bell.ringLoop();
    expect(bell.sleep(seen, 10_000)).to.equal(true);
    expect(bell.sleep(bell.rings, 1)).to.equal(false);
  });

  it('has ended the turn when it tells that bytes were handed over, and leaves it ended', () => {
    const bell = new Bell();
    for (const turn of [6, 7]) {
      bell.words[TURN_WORDS] = turn;
      const began = performance.now();
      bell.handOver();
      // the I/O thread that looks only then: in an odd turn it would wait
      bell.awaitHandOver(5000);
      expect(performance.now() - began).to.be.below(4000);
      expect(bell.words[TURN_WORDS]).to.equal(turn === 6 ? 6 : 8);
    }
  });

  it('asks for one message per sleep of the I/O thread, however often it is rung', () => {
    const bell = new Bell();
    expect(bell.ringIo()).to.equal(false);
    bell.ioSleep();
    expect([bell.ioSleeps, bell.ringIo(), bell.ringIo(), bell.ioSleeps]).to.deep.equal([true, true, false, false]);
    bell.ioSleep();
    expect([bell.ioWake(), bell.ioWake()]).to.deep.equal([true, false]);
  });
});

function ring(capacity: number): { writer: RingWriter; reader: RingReader } {
  const memory = StreamMemory.allocate(capacity);
  return { writer: memory.txWriter(), reader: memory.txReader() };
}

/** As after that many bytes. */
function startAt(writer: RingWriter, reader: RingReader, position: number): void {
  for (let left = position; left > 0; ) {
    const step = Math.min(left, 0x1000_0000);
    writer.tail += step;
    reader.consume(step);
    left -= step;
  }
  // a look refreshes what the writer believes of the reader
  expect(writer.used).to.equal(0);
}
