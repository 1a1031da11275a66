import { constants } from 'node:os';
import { expect } from 'chai';
import { darwin } from '../../../ioloop/native/darwin.ts';
import { freebsd } from '../../../ioloop/native/freebsd.ts';
import { linux } from '../../../ioloop/native/linux.ts';
import { openbsd } from '../../../ioloop/native/openbsd.ts';
import type { PlatformFacts } from '../../../ioloop/native/platform.ts';
import { openSystem } from '../../../ioloop/native/system.ts';
import { standInSystem } from '../../support/stand-in-system.ts';

const PLATFORMS: readonly PlatformFacts[] = [linux('x64'), linux('arm64'), darwin(), freebsd(), openbsd()];

describe('the numbers of the systems', () => {
  it('are those of the host where it tells them', () => {
    const { errors } = openSystem();
    const wrong = Object.entries(errors).filter(([name, value]) => Reflect.get(constants.errno, name) !== value);
    expect(wrong).to.deep.equal([]);
  });

  for (const facts of PLATFORMS) {
    it(`tell errors apart, on ${facts.platform}`, () => {
      const values = Object.values(facts.errors);
      expect(new Set(values).size).to.equal(values.length);
    });
  }

  it('have the same names everywhere', () => {
    const names = PLATFORMS.map(({ constants }) => Object.keys(constants).sort());
    for (const list of names) expect(list).to.deep.equal(names[0]);
  });

  it('have an event of epoll packed on x86-64 alone', () => {
    expect(linux('x64').layout.epollEvent).to.deep.equal({ data: 4, size: 12 });
    expect(linux('arm64').layout.epollEvent).to.deep.equal({ data: 8, size: 16 });
  });

  it('are given to a stand-in for the C library, which has no call but those of the test', () => {
    const system = standInSystem(darwin(), { close: () => 0 });
    expect([system.platform, system.close(3), system.epoll]).to.deep.equal(['darwin', 0, undefined]);
    expect(() => system.read).to.throw("the test's C library has no read");
  });
});
