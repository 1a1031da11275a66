import { expect } from 'chai';
import { IOLoop, UnsupportedError } from '../../ioloop/index.ts';
import { POLLERS } from '../../ioloop/pollers/choose.ts';

describe('The choice of a poller', () => {
  const variable = process.env.PIKALOOP_POLLER;
  beforeEach(() => {
    delete process.env.PIKALOOP_POLLER;
  });
  afterEach(() => {
    IOLoop.configure(null);
    if (variable !== undefined) process.env.PIKALOOP_POLLER = variable;
  });

  it('by itself takes the best that works, and tells why the better ones were passed over', () => {
    for (const value of [undefined, '']) {
      if (value !== undefined) process.env.PIKALOOP_POLLER = value;
      const loop = new IOLoop({ makeCurrent: false });
      const better = POLLERS.slice(
        0,
        POLLERS.findIndex(({ name }) => name === loop.poller.name),
      );
      const missed = better.filter(({ automatic }) => automatic).map(({ name }) => name);
      expect(loop.poller.notTaken.map(({ name }) => name)).to.deep.equal(missed);
      for (const { reason } of loop.poller.notTaken) expect(reason).not.to.equal('');
      expect(loop.poller.blocking).to.equal(true);
      loop.close();
    }
  });

  it('by name gives the reason where that one does not work here', () => {
    const absent = POLLERS.find(({ missing }) => missing !== null);
    if (absent === undefined) return;
    const make = (): IOLoop => new IOLoop({ poller: absent.name, makeCurrent: false });
    expect(make).to.throw(UnsupportedError, `${absent.name}: ${absent.missing}`).with.property('code', 'UNSUPPORTED');
  });

  it('by a list goes on to the next that works', () => {
    IOLoop.configure(['kqueue', 'virtual']);
    const loop = new IOLoop({ makeCurrent: false });
    expect(loop.poller.name).to.equal('virtual');
    loop.close();
  });

  it("by a factory asks nobody, and an error of the factory's is not hidden", () => {
    const reason = new Error('no such device');
    const failing = (): never => {
      throw reason;
    };
    expect(() => new IOLoop({ poller: failing, makeCurrent: false })).to.throw(reason);
    IOLoop.configure(failing);
    expect(() => new IOLoop({ makeCurrent: false })).to.throw(reason);
    new IOLoop({ poller: 'virtual', makeCurrent: false }).close();
  });
});
