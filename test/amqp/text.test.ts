import { expect } from 'chai';
import { plainText, Reader, setTextCodec, type TextCodec, Writer } from '../../amqp/index.ts';
import { isUtf8, isWellFormed } from '../../amqp/text.ts';
import { Random } from '../support/random.ts';

const oracle = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

describe('UTF-8 by the language alone', () => {
  it('writes what the platform writes, and counts its bytes', () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const text = new Random(seed).text(seed % 100);
      const bytes = new TextEncoder().encode(text);
      expect(written(text), `seed ${seed}`).to.deep.equal(bytes);
      expect(plainText.byteLength(text)).to.equal(bytes.length);
      expect(plainText.read(bytes, 0, bytes.length)).to.equal(text);
    }
  });

  it('writes half of a pair as U+FFFD, as the platform does', () => {
    for (const text of ['\ud800', '\udc00', 'a\ud83d', '\ud83da', '\ude00\ud83d', '\ud800\ud800\udc00']) {
      expect(written(text)).to.deep.equal(new TextEncoder().encode(text));
      expect(isWellFormed(text)).to.equal(false);
    }
    expect(isWellFormed('a🐰\uffff')).to.equal(true);
  });

  it('reads any bytes as the platform reads them', () => {
    const telling = [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef];
    telling.push(0xf0, 0xf1, 0xf4, 0xf5, 0xff);
    for (let seed = 0; seed < 20_000; seed++) {
      const random = new Random(seed);
      const bytes = Uint8Array.from({ length: random.below(9) }, () => random.pick(telling));
      expect(plainText.read(bytes, 0, bytes.length), `seed ${seed}`).to.equal(oracle.decode(bytes));
      expect(isUtf8(bytes, 0, bytes.length), `seed ${seed}`).to.equal(isStrict(bytes));
    }
  });

  it('reads from within and not past the end', () => {
    const bytes = Uint8Array.of(0xe2, 0x82, 0xac, 0x41);
    expect(plainText.read(bytes, 3, 4)).to.equal('A');
    expect(plainText.read(bytes, 0, 2)).to.equal('\ufffd');
  });

  it('reads a megabyte', () => {
    const bytes = new TextEncoder().encode('ä🐰x'.repeat(150_000));
    expect(plainText.read(bytes, 0, bytes.length)).to.equal('ä🐰x'.repeat(150_000));
  });

  it('gives way to the codec that was handed in', () => {
    const asked: string[] = [];
    const shouting: TextCodec = {
      ...plainText,
      read: (bytes, start, end) => {
        const text = plainText.read(bytes, start, end);
        asked.push(text);
        return text.toUpperCase();
      },
    };
    const w = new Writer();
    const frame = w.beginFrame(1, 0);
    w.shortString('text', 'field');
    w.endFrame(frame);
    const [bytes] = w.take();
    setTextCodec(shouting);
    try {
      expect(new Reader().reset(bytes ?? new Uint8Array(0), 7).shortString()).to.equal('TEXT');
      expect(asked).to.deep.equal(['text']);
    } finally {
      setTextCodec(plainText);
    }
  });
});

function written(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length);
  return bytes.slice(0, plainText.write(text, bytes, 0));
}

function isStrict(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    // the decoder's way to say no
    return false;
  }
}
