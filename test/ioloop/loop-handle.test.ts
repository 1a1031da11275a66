import { expect } from 'chai';
import { IOLoop, type Logger, LoopHandle } from '../../ioloop/index.ts';
import { runGuarded } from '../support/run-loop.ts';

describe('LoopHandle', () => {
  const loops: IOLoop[] = [];
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });

  function opened(logger: Logger): IOLoop {
    const loop = new IOLoop({ poller: 'worker', makeCurrent: false, logger });
    loops.push(loop);
    return loop;
  }

  it('starves neither timers nor other handles when its thread calls faster than the loop takes', () => {
    let left = 100_000;
    // called while the calls are taken in: as if another thread sent the next one by then
    const error = (): void => {
      if (left-- > 0) eager.call('unknown');
    };
    const loop = opened({ warn() {}, error });
    const [eager, other] = [LoopHandle.attach(loop.handle()), LoopHandle.attach(loop.handle())];
    const leftThen: number[] = [];
    loop.expose('other', () => leftThen.push(left));
    eager.call('unknown');
    other.call('other');
    loop.callLater(0, () => leftThen.push(left));
    loop.callLater(10, () => loop.stop());
    runGuarded(loop);
    expect(leftThen).to.have.length(2);
    expect(leftThen[0]).to.be.above(90_000);
    expect(leftThen[1]).to.be.above(90_000);
  });

  it('has every call of a long row heard, in order, also of names that are not exposed', () => {
    const loop = opened({ warn() {}, error() {} });
    const handle = LoopHandle.attach(loop.handle());
    const heard: unknown[] = [];
    loop.expose('heard', (n) => heard.push(n));
    loop.expose('stop', () => loop.stop());
    for (let i = 0; i < 5000; i++) handle.call(i % 2 === 0 ? 'unknown' : 'heard', i);
    for (let i = 0; i < 3000; i++) handle.call('unknown');
    handle.call('stop');
    runGuarded(loop);
    expect(heard).to.deep.equal(Array.from({ length: 2500 }, (_, i) => 2 * i + 1));
  });
});
