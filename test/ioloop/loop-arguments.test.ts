import { expect } from 'chai';
import { type HostLoop, IOLoop, PeriodicCallback, UnsupportedError } from '../../ioloop/index.ts';
import { describeError } from '../../ioloop/logger.ts';
import { describeEachPoller, keepingLogger } from '../support/each-poller.ts';

describe('Options of a loop', () => {
  const wrongOptions: [string, object, typeof TypeError | typeof RangeError][] = [
    ['a clock that is no function', { clock: 5 }, TypeError],
    ['an unknown way with errors', { onError: 'ignore' }, RangeError],
    ['an unknown way with Ctrl-C', { interrupt: 'never' }, RangeError],
    ['a logger without its methods', { logger: { warn() {} } }, TypeError],
    ['a poller that is no name', { poller: 5 }, TypeError],
    ['an empty list of pollers', { poller: [] }, RangeError],
  ];
  for (const [what, options, error] of wrongOptions) {
    it(`refuse ${what}`, () => {
      expect(() => new IOLoop({ makeCurrent: false, ...options })).to.throw(error);
    });
  }

  it('refuse hosts that are none, or not here', () => {
    expect(() => IOLoop.fromHost(wrong('libev'))).to.throw(RangeError, 'libev');
    expect(() => IOLoop.fromHost(wrong(null))).to.throw(TypeError);
    expect(() => IOLoop.fromHost(wrong<HostLoop>({ now: () => 0 }))).to.throw(TypeError, 'soon()');
  });
});

describeEachPoller('Arguments of a loop', ({ open, virtual }) => {
  it('are named in the error, and so is the call on a closed loop', () => {
    const loop = open();
    expect(() => loop.runSync(() => {}, -1))
      .to.throw(RangeError, 'timeout')
      .with.property('field', 'timeout');
    expect(() => loop.addFuture(wrong<Promise<void>>(5), () => {}))
      .to.throw(TypeError, 'promise')
      .with.property('code', 'ARG_TYPE');
    loop.close();
    expect(() => loop.callAt(1, () => {})).to.throw('callAt: the loop is closed');
    expect(() => loop.addTimeout(1, () => {})).to.throw('addTimeout: the loop is closed');
  });

  it('warn of a promise that was added before start() and cannot settle inside it', async () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    await Promise.resolve();
    loop.addCallback(() => loop.stop());
    loop.start();
    expect(logger.warnings).to.deep.equal([]);
    loop.addFuture(Promise.resolve(), () => {});
    loop.addCallback(() => loop.stop());
    loop.start();
    expect(logger.warnings).to.have.length(1);
    expect(logger.warnings[0]).to.include('PIKALOOP_MICROTASKS');
  });

  it('leave a PeriodicCallback at rest whose loop is closed', () => {
    const loop = open();
    loop.close();
    const ticks = new PeriodicCallback(() => {}, 5, { loop });
    expect(() => ticks.start()).to.throw('closed');
    expect(ticks.isRunning()).to.equal(false);
  });

  it('leave no listener behind for a signal that nobody waits for any more', () => {
    const before = process.listenerCount('SIGINT');
    if (virtual) expect(() => open().addSignal('SIGINT', () => {})).to.throw(UnsupportedError);
    else
      open()
        .addSignal('SIGINT', () => {})
        [Symbol.dispose]();
    expect(process.listenerCount('SIGINT')).to.equal(before);
  });
});

describe('Arguments of a PeriodicCallback', () => {
  it('are refused when they are no numbers, no function, or out of range', () => {
    const made =
      (period: unknown, options: object = {}) =>
      (): unknown =>
        new PeriodicCallback(() => {}, wrong(period), options);
    expect(made('5')).to.throw(TypeError, 'period');
    expect(made(5, { jitter: '0.1' })).to.throw(TypeError, 'jitter');
    expect(made(5, { jitter: 2 })).to.throw(RangeError, 'jitter');
    expect(made(5, { random: 4 })).to.throw(TypeError, 'random');
  });
});

describe('The text of an error', () => {
  it('ends where causes go in a circle', () => {
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;
    expect(describeError(first)).to.match(/^Error: first[\s\S]*\n\[cause\] Error: second[\s\S]*$/);
  });
});

/** What the types forbid: programs in JavaScript have none. */
function wrong<T>(value: unknown): T {
  return value as T;
}
