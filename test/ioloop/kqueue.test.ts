import { expect } from 'chai';
import { IOLoop, type PollerFactory, UnsupportedError } from '../../ioloop/index.ts';
import { whyNoSystem } from '../../ioloop/native/system.ts';
import { FfiPoller } from '../../ioloop/pollers/ffi.ts';
import { KQUEUE } from '../../ioloop/pollers/kqueue.ts';
import { Descriptors } from '../support/descriptors.ts';
import { pollerUnderTest } from '../support/each-poller.ts';
import { systemWithKqueue } from '../support/kqueue-stand-in.ts';
import { descriptors } from './conformance-descriptors.ts';
import { handlers } from './conformance-handlers.ts';
import { threads } from './conformance-threads.ts';

const { READ, WRITE, ERROR } = IOLoop;

// no kqueue can be had here: what is shown is that the calls are made as the manuals have them
for (const manual of ['darwin', 'freebsd'] as const) {
  describe(`kqueue over a stand-in for ${manual}`, () => {
    const missing = whyNoSystem();
    if (missing !== null) {
      it(`cannot run here: ${missing}`);
      return;
    }
    const factory: PollerFactory = (services) => new FfiPoller(services, systemWithKqueue(manual), KQUEUE);
    describe('handlers', () => handlers(pollerUnderTest('kqueue', factory)));
    describe('descriptors', () => descriptors(pollerUnderTest('kqueue', factory)));
    describe('calls from other threads', () => threads(pollerUnderTest('kqueue', factory, { watching: true })));
    describe('its filters', () => filters(factory));
  });
}

function filters(factory: PollerFactory): void {
  const fds = new Descriptors();
  afterEach(() => fds.closeAll());

  it('of one descriptor make one call of its handler', () => {
    const loop = new IOLoop({ poller: factory, makeCurrent: false });
    const [ours, theirs] = fds.pair();
    const seen: number[] = [];
    loop.addHandler(ours, (_fd, bits) => seen.push(bits), READ | WRITE);
    fds.send(theirs, 'x');
    loop.runOnce(0);
    expect(seen).to.deep.equal([READ | WRITE]);
    loop.close();
  });

  it('tell the end of what can be read as something to read, and no error', () => {
    const loop = new IOLoop({ poller: factory, makeCurrent: false });
    const [client, server] = fds.connection();
    const { SHUT_WR } = fds.system.constants;
    fds.system.shutdown(server, SHUT_WR);
    let seen = 0;
    loop.addHandler(client, (_fd, bits) => (seen |= bits), READ | WRITE);
    for (let turn = 0; turn < 20 && (seen & READ) === 0; turn++) loop.runOnce(50);
    expect(seen).to.equal(READ | WRITE);
    loop.close();
  });

  it('tell whoever writes that nobody reads any more', () => {
    const loop = new IOLoop({ poller: factory, makeCurrent: false });
    const [reads, writes] = fds.pipe();
    fds.close(reads);
    let seen = 0;
    loop.addHandler(writes, (_fd, bits) => (seen |= bits), WRITE);
    loop.runOnce(0);
    expect(seen).to.equal(WRITE | ERROR);
    loop.close();
  });
}

if (process.platform === 'linux' && whyNoSystem() === null) {
  describe('kqueue on Linux', () => {
    it('is refused with the systems that have it', () => {
      expect(() => new IOLoop({ poller: 'kqueue', makeCurrent: false })).to.throw(UnsupportedError, 'macOS and BSD');
    });
  });
}
