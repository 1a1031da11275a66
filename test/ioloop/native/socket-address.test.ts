import { expect } from 'chai';
import { darwin } from '../../../ioloop/native/darwin.ts';
import { linux } from '../../../ioloop/native/linux.ts';
import {
  decodeSocketAddress,
  encodeInternetAddress,
  encodeUnixAddress,
} from '../../../ioloop/native/socket-address.ts';

describe('the address of a socket', () => {
  const here = linux('x64');

  it('of IPv4 has its family, and port and number in the order of the network', () => {
    const bytes = [0, 0, 0x16, 0x28, 10, 1, 2, 255, 0, 0, 0, 0, 0, 0, 0, 0];
    expect([...encodeInternetAddress(here, '10.1.2.255', 5672)]).to.deep.equal([2, ...bytes.slice(1)]);
    expect([...encodeInternetAddress(darwin(), '10.1.2.255', 5672)]).to.deep.equal([16, 2, ...bytes.slice(2)]);
  });

  it('of IPv6 has the numbers of its family on each system', () => {
    expect([...encodeInternetAddress(here, '::1', 1).subarray(0, 4)]).to.deep.equal([10, 0, 0, 1]);
    expect([...encodeInternetAddress(darwin(), '::1', 1).subarray(0, 4)]).to.deep.equal([28, 30, 0, 1]);
  });

  for (const [given, read = given] of [
    ['0.0.0.0'],
    ['::'],
    ['::1'],
    ['1::'],
    ['1:2:3:4:5:6:7:8'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:0:2::3', '1:0:0:2::3'],
    ['0:1:0:1:0:1:0:1'],
    ['::ffff:1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['fe80::1%3'],
  ] as const) {
    for (const facts of [here, darwin()]) {
      it(`${given} is read back as ${read} on ${facts.platform}`, () => {
        const bytes = encodeInternetAddress(facts, given, 65_535);
        const family = given.includes(':') ? 6 : 4;
        expect(decodeSocketAddress(facts, bytes, bytes.length)).to.deep.equal({ address: read, family, port: 65_535 });
      });
    }
  }

  it('of a path ends in a NUL, and is read without it', () => {
    for (const facts of [here, darwin()]) {
      const bytes = encodeUnixAddress(facts, '/tmp/ä');
      expect(bytes.at(-1)).to.equal(0);
      expect(decodeSocketAddress(facts, bytes, bytes.length)).to.deep.equal({ path: '/tmp/ä' });
    }
  });

  it('of an abstract name has no NUL at its end', () => {
    expect([...encodeUnixAddress(here, '\0ab')]).to.deep.equal([1, 0, 0, 97, 98]);
  });

  it('of a socket that nobody gave a name is none, and of a family that is not known too', () => {
    expect(decodeSocketAddress(here, new Uint8Array(16), 0)).to.equal(null);
    expect(decodeSocketAddress(here, new Uint8Array([16, 0, 1, 2]), 4)).to.equal(null);
    expect(decodeSocketAddress(here, new Uint8Array([1, 0]), 2)).to.deep.equal({ path: '' });
  });

  it('refuses what is no numeric address, or too long a path', () => {
    for (const address of ['localhost', '', '1.2.3', 'fe80::1%nosuch0', '::1::']) {
      expect(() => encodeInternetAddress(here, address, 1), address)
        .to.throw(RangeError)
        .with.property('code', 'ARG_RANGE');
    }
    expect(encodeUnixAddress(here, `/${'a'.repeat(106)}`)).to.have.length(110);
    expect(encodeUnixAddress(darwin(), `/${'a'.repeat(102)}`)).to.have.length(106);
    const refused = [`/${'a'.repeat(107)}`, '', '/a\0b', '\0a\0b'];
    for (const path of refused) expect(() => encodeUnixAddress(here, path), path).to.throw(RangeError);
  });
});
