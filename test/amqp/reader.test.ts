import { expect } from 'chai';
import { FieldError, Reader } from '../../amqp/index.ts';

describe('Reader', () => {
  it('reads within its bounds, and tells where it is and what is left', () => {
    const r = new Reader().reset(Uint8Array.of(9, 1, 0, 2, 0, 0, 0, 3, 9), 1, 8);
    expect([r.octet(), r.short(), r.long()]).to.deep.equal([1, 2, 3]);
    expect([r.offset, r.remaining]).to.deep.equal([7, 0]);
    expect(() => r.octet())
      .to.throw(FieldError, 'at byte 7')
      .and.include({ offset: 7 });
  });

  it('reads signed and unsigned integers and floating point', () => {
    const reader = (...bytes: number[]): Reader => new Reader().reset(Uint8Array.from(bytes));
    expect(reader(0xff).signedOctet()).to.equal(-1);
    expect(reader(0xff, 0xfe).signedShort()).to.equal(-2);
    expect(reader(0xff, 0xff, 0xff, 0xfe).signedLong()).to.equal(-2);
    expect(reader(0xff, 0xff, 0xff, 0xfe).long()).to.equal(0xffff_fffe);
    expect(reader(0x3f, 0x80, 0, 0).float()).to.equal(1);
    expect(reader(0x7f, 0xf8, 0, 0, 0, 0, 0, 0).double()).to.be.NaN;
  });

  it('gives an unsigned integer of 64 bits as a number while that is exact', () => {
    const reader = (high: number, low: number): Reader => {
      const view = new DataView(new ArrayBuffer(8));
      view.setUint32(0, high);
      view.setUint32(4, low);
      return new Reader().reset(new Uint8Array(view.buffer));
    };
    expect(reader(0x1f_ffff, 0xffff_ffff).longlong()).to.equal(Number.MAX_SAFE_INTEGER);
    expect(reader(0x20_0000, 0).longlong()).to.equal(2n ** 53n);
    expect(reader(0xffff_ffff, 0xffff_ffff).longlong()).to.equal(2n ** 64n - 1n);
  });

  it('takes up other bytes, at another place of the same memory too', () => {
    const memory = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const r = new Reader().reset(memory);
    expect(r.short()).to.equal(0x0102);
    expect(r.reset(memory.subarray(2)).short()).to.equal(0x0304);
    expect(r.reset(memory.subarray(2), 2).short()).to.equal(0x0506);
    expect(r.reset(memory.subarray(0, 2)).short()).to.equal(0x0102);
    expect(r.reset(memory.subarray(0, 4)).long()).to.equal(0x0102_0304);
    expect(r.reset(Uint8Array.of(9, 9)).short()).to.equal(0x0909);
  });

  it('gives a repeated string as it is each time, whatever came before it at its slot or another', () => {
    const texts = ['', 'a', 'b', 'abcd', 'abcde', 'abcdf', 'Abcdf', 'ä', 'x'.repeat(255), 'a', 'a', '', 'abcd', 'é€'];
    const r = new Reader();
    for (const text of texts) {
      const utf8 = new TextEncoder().encode(text);
      r.reset(Uint8Array.of(utf8.length, ...utf8, 0xce));
      expect(r.repeatedString(0)).to.equal(text);
      r.reset(Uint8Array.of(utf8.length, ...utf8));
      expect(r.repeatedString(1)).to.equal(text);
    }
  });

  it('does not read a repeated string past the end', () => {
    const r = new Reader().reset(Uint8Array.of(2, 0x61, 0x62));
    expect(r.repeatedString(0)).to.equal('ab');
    expect(() => r.reset(Uint8Array.of(2, 0x61, 0x62), 0, 2).repeatedString(0)).to.throw(FieldError);
  });

  it('gives bytes as the host wants them', () => {
    const r = new Reader();
    r.slice = (buffer, offset, length) => Buffer.from(buffer, offset, length);
    expect(r.reset(Uint8Array.of(0, 0, 0, 2, 1, 2)).longString()).to.be.instanceOf(Buffer);
  });
});
