import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { IOLoop } from '../../ioloop/index.ts';
import { keepingLogger, type PollerUnderTest } from '../support/each-poller.ts';
import { runLoop } from '../support/run-loop.ts';

/** Rows C20 to C30 and C38: order, fairness, errors, context. */
export function callbacks(poller: PollerUnderTest): void {
  describe('order', () => order(poller));
  describe('fairness', () => fairness(poller));
  describe('errors', () => errors(poller));
  describe('context', () => context(poller));
}

function order({ open, test, blocking }: PollerUnderTest): void {
  test('runs callbacks first in, first out, with their arguments (C20)', async () => {
    const loop = open();
    const seen: unknown[] = [];
    loop.addCallback((...args: unknown[]) => seen.push(args));
    loop.addCallback((...args: unknown[]) => seen.push(args), 1, 'two', null);
    loop.addCallbackThreadsafe((n: number) => seen.push(n), 3);
    loop.addCallbackFromSignal((n: number) => seen.push(n), 4);
    loop.spawnCallback((n: number) => seen.push(n), 5);
    loop.addCallback(() => loop.stop());
    await runLoop(loop);
    expect(seen).to.deep.equal([[], [1, 'two', null], 3, 4, 5]);
  });

  blocking('runs a callback that a callback added in the next turn, without a wait (C21, rule 1)', () => {
    const loop = open();
    const seen: string[] = [];
    loop.addCallback(() => {
      loop.addCallback(() => seen.push('added'));
      seen.push('first');
    });
    loop.addCallback(() => seen.push('second'));
    loop.runOnce(0);
    expect(seen).to.deep.equal(['first', 'second']);
    loop.callLater(60_000, () => {});
    const began = loop.time();
    loop.addCallback(() => loop.addCallback(() => loop.stop()));
    loop.start();
    expect(seen).to.deep.equal(['first', 'second', 'added']);
    expect(loop.time() - began).to.be.below(30_000);
  });

  test('runs a callback that a timer or a handler added at once (C22)', async () => {
    const loop = open();
    loop.callLater(60_000, () => {});
    const began = loop.time();
    loop.callLater(1, () => loop.addCallback(() => loop.stop()));
    await runLoop(loop);
    expect(loop.time() - began).to.be.below(30_000);
  });

  blocking('runs callbacks before the timers that are due in the same turn (rule 5)', () => {
    const loop = open();
    const seen: string[] = [];
    loop.callLater(0, () => seen.push('timer'));
    loop.addCallback(() => seen.push('callback'));
    loop.runOnce(0);
    expect(seen).to.deep.equal(['callback', 'timer']);
  });

  blocking('runs a million queued callbacks in order, and gives their memory back (C23)', () => {
    const loop = open();
    let next = 0;
    let ordered = true;
    const step = (i: number): void => {
      ordered &&= i === next++;
    };
    const heap = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    for (let i = 0; i < 1_000_000; i++) loop.addCallback(step, i);
    loop.runOnce(0);
    expect(next).to.equal(1_000_000);
    expect(ordered).to.equal(true);
    loop.runOnce(0);
    expect(heap() - before).to.be.below(4 << 20);
  });
}

function fairness({ open, inHandler, test, blocking }: PollerUnderTest): void {
  test('lets streams, timers and stop() through beside a callback that renews itself (C24, rule 36)', async () => {
    const loop = open();
    const seen = new Set<string>();
    const renew = (): void => {
      if (seen.size < 2) loop.addCallback(renew);
      else loop.stop();
    };
    renew();
    inHandler(loop, () => seen.add('stream'));
    loop.callLater(0, () => seen.add('timer'));
    await runLoop(loop);
    expect(seen).to.have.keys('stream', 'timer');
  });

  blocking('gives a self-renewing callback one run per turn (rule 36)', () => {
    const loop = open();
    let runs = 0;
    const renew = (): void => {
      runs++;
      loop.addCallback(renew);
    };
    renew();
    runs = 0;
    for (let i = 0; i < 10; i++) loop.runOnce(0);
    expect(runs).to.equal(10);
  });

  blocking('queues nothing for what a callback returns (C29, rule 38)', () => {
    const loop = open();
    let turns = 0;
    let late = false;
    for (const result of [{}, [], 7, 'text', null]) loop.addCallback((() => result) as () => void);
    loop.callLater(50, () => {
      late = true;
    });
    while (!late && turns < 10) {
      loop.runOnce(100);
      turns++;
    }
    expect(late).to.equal(true);
  });
}

function errors({ open, inHandler, test, blocking }: PollerUnderTest): void {
  test('logs an error once, with its stack, and runs the next callback (C25, rule 21)', async () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    let next = false;
    loop.addCallback(function faulty() {
      throw new Error('broken');
    });
    loop.addCallback(() => {
      next = true;
      loop.stop();
    });
    await runLoop(loop);
    expect(next).to.equal(true);
    expect(logger.errors).to.have.length(1);
    expect(logger.errors[0]).to.match(/^Exception in callback faulty: Error: broken\n\s+at /);
  });

  blocking('logs what is no Error, too', () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    for (const thrown of ['text', null, undefined, Object.create(null)]) {
      loop.addCallback(() => {
        throw thrown;
      });
    }
    loop.runOnce(0);
    expect(logger.errors).to.have.length(4);
  });

  blocking(
    'lets an error leave start() with onError: throw, and runs the rest at the next start, in order (C26)',
    () => {
      const loop = open({ onError: 'throw' });
      const seen: string[] = [];
      const reason = new Error('broken');
      loop.callLater(0, () => seen.push('timer 1'));
      loop.callLater(0, () => seen.push('timer 2'));
      loop.addCallback(() => {
        loop.addCallback(() => seen.push('newer'));
        throw reason;
      });
      loop.addCallback(() => seen.push('second'));
      loop.addCallback(() => seen.push('third'));
      expect(() => loop.start()).to.throw(reason);
      expect(loop.state).to.equal('idle');
      expect(seen).to.deep.equal([]);
      loop.addCallback(() => loop.stop());
      loop.start();
      expect(seen).to.deep.equal(['second', 'third', 'newer', 'timer 1', 'timer 2']);
    },
  );

  blocking('puts due timers back in their order when one of them throws (rule 21)', () => {
    const loop = open({ onError: 'throw' });
    const seen: string[] = [];
    const when = loop.time();
    loop.callAt(when, () => {
      throw new Error('broken');
    });
    const taken = loop.callAt(when, () => seen.push('cancelled'));
    loop.callAt(when, () => seen.push('third'));
    expect(() => loop.runOnce(0)).to.throw('broken');
    loop.callAt(when, () => seen.push('fourth'));
    taken.cancel();
    loop.runOnce(0);
    expect(seen).to.deep.equal(['third', 'fourth']);
  });

  blocking('reports to an assigned handleCallbackException, and to a subclass (C27)', () => {
    const seen: unknown[] = [];
    const reason = new Error('broken');
    const thrower = (): void => {
      throw reason;
    };
    const loop = open();
    loop.handleCallbackException = (error, fn) => seen.push(error, fn);
    loop.addCallback(thrower);
    loop.runOnce(0);
    expect(seen).to.deep.equal([reason, thrower]);

    class Reporting extends IOLoop {
      override handleCallbackException(error: unknown): void {
        seen.push('subclass', error);
      }
    }
    const other = new Reporting({ poller: loop.poller.name, makeCurrent: false });
    other.addCallback(thrower);
    other.runOnce(0);
    other.close();
    expect(seen.slice(2)).to.deep.equal(['subclass', reason]);
  });

  blocking('lets what handleCallbackException throws leave start(), with the rest intact (C27, rule 23)', () => {
    const loop = open();
    const reason = new Error('of the handler');
    let second = false;
    loop.handleCallbackException = () => {
      throw reason;
    };
    loop.addCallback(() => {
      throw new Error('of the callback');
    });
    loop.addCallback(() => {
      second = true;
      loop.stop();
    });
    expect(() => loop.start()).to.throw(reason);
    loop.start();
    expect(second).to.equal(true);
  });

  test('goes on after an error in a handler of a stream (rule 22)', async () => {
    const loop = open({ logger: keepingLogger(), onError: 'throw' });
    let called = 0;
    inHandler(loop, () => {
      called++;
      loop.addCallback(() => loop.stop());
      if (loop.transports.constructor.name === 'MemoryNetwork') throw new Error('broken');
    });
    loop.callLater(10_000, () => loop.stop());
    await runLoop(loop);
    expect(called).to.equal(1);
  });

  test('reports the rejection of a promise that a callback or a timer returned (C28, rule 41)', async () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    loop.addCallback(async () => {
      throw new Error('of a callback');
    });
    loop.callLater(0, async () => {
      await null;
      throw new Error('of a timer');
    });
    loop.callLater(1, () => loop.stop());
    await runLoop(loop);
    expect(logger.errors).to.have.length(2);
    expect(logger.errors[0]).to.contain('of a callback');
    expect(logger.errors[1]).to.contain('of a timer');
  });

  blocking('lets a rejection leave start() with onError: throw', () => {
    const loop = open({ onError: 'throw' });
    loop.addCallback(() => Promise.reject(new Error('rejected')) as unknown as undefined);
    expect(() => loop.start()).to.throw('rejected');
    expect(loop.state).to.equal('idle');
  });

  blocking('refuses what is no function at the call (C30)', () => {
    const loop = open();
    const no = 'text' as unknown as () => void;
    for (const call of [
      () => loop.addCallback(no),
      () => loop.spawnCallback(no),
      () => loop.callLater(1, no),
      () => loop.callAt(1, no),
      () => loop.addTimeout(1, no),
      () => loop.addFuture(Promise.resolve(), no),
      () => loop.addHandler(0, no, IOLoop.READ),
      () => loop.runSync(no),
      () => IOLoop.main(no),
    ]) {
      expect(call).to.throw(TypeError).with.property('code', 'ARG_TYPE');
    }
  });
}

function context({ open, inHandler, test, blocking }: PollerUnderTest): void {
  const store = new AsyncLocalStorage<string>();

  test('keeps the store of the registering call with asyncContext, except for spawnCallback (C38, rule 40)', async () => {
    const loop = open({ asyncContext: true });
    const seen: unknown[] = [];
    store.run('mine', () => {
      loop.addCallback((a: string) => seen.push(a, store.getStore()), 'callback');
      loop.spawnCallback((a: string) => seen.push(a, store.getStore()), 'spawned');
      loop.callLater(0, (a: string) => seen.push(a, store.getStore()), 'timer');
    });
    loop.callLater(1, () => loop.stop());
    await runLoop(loop);
    expect(seen).to.deep.equal(['callback', 'mine', 'spawned', undefined, 'timer', 'mine']);
  });

  blocking('runs everything in the context of start() without asyncContext (C38)', () => {
    const loop = open();
    const seen: unknown[] = [];
    store.run('mine', () => {
      loop.addCallback(() => seen.push(store.getStore()));
      loop.callLater(0, () => seen.push(store.getStore()));
    });
    inHandler(loop, () => {
      seen.push(store.getStore());
      loop.stop();
    });
    store.run('of the run', () => loop.start());
    expect(seen).to.deep.equal(['of the run', 'of the run', 'of the run']);
  });

  blocking('names the function of the caller in a report, not its wrapper', () => {
    const logger = keepingLogger();
    const loop = open({ asyncContext: true, logger });
    loop.addCallback(function mine() {
      throw new Error('broken');
    });
    loop.runOnce(0);
    expect(logger.errors[0]).to.contain('callback mine');
  });
}
