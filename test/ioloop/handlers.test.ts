import { expect } from 'chai';
import { IOLoop } from '../../ioloop/index.ts';

describe('IOLoop.runHandler()', () => {
  it('reports an error of the handler and lets its caller go on', () => {
    const errors: string[] = [];
    const loop = new IOLoop({
      poller: 'virtual',
      makeCurrent: false,
      logger: { warn() {}, error: (text) => errors.push(text) },
    });
    const seen: string[] = [];
    loop.addCallback(() => {
      loop.runHandler((name: string) => {
        seen.push(name);
        throw new Error('handler broke');
      }, 'first');
      seen.push('after');
      loop.stop();
    });
    loop.start();
    expect(seen).to.deep.equal(['first', 'after']);
    expect(errors).to.have.length(1);
    expect(errors[0]).to.include('handler broke');
  });

  it("lets the error leave start() at the next boundary when the loop's onError is throw", () => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false, onError: 'throw' });
    let wentOn = false;
    loop.addCallback(() => {
      loop.runHandler(() => {
        throw new Error('handler broke');
      });
      wentOn = true;
    });
    expect(() => loop.start()).to.throw('handler broke');
    expect(wentOn).to.equal(true);
  });
});

describe('IOLoop.fail()', () => {
  it('makes start() throw whatever onError says, and start() may be called again', () => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false });
    const later: string[] = [];
    loop.addCallback(() => loop.fail(new Error('no connection')));
    loop.addCallback(() => {
      later.push('kept');
      loop.stop();
    });
    expect(() => loop.start()).to.throw('no connection');
    expect(later).to.deep.equal([]);
    loop.start();
    expect(later).to.deep.equal(['kept']);
  });
});
