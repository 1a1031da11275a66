import { expect } from 'chai';
import sinon from 'sinon';
import { type IOLoop, MicrotaskDeadlockError, VirtualDeadlockError } from '../../ioloop/index.ts';
import { itInHostTask, keepingLogger, type PollerUnderTest } from '../support/each-poller.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** Rows C95 to C97, C100, C101, C107, C108: promises inside start(), slow callbacks, idling, virtual time. */
export function promises(poller: PollerUnderTest): void {
  describe('in a task of the host', () => settled(poller));
  describe('under a microtask', () => stalled(poller));
  describe('slow callbacks', () => slow(poller));
  describe('idling', () => idling(poller));
  if (poller.virtual) describe('virtual time', () => virtualTime(poller));
}

function settled({ open }: PollerUnderTest): void {
  itInHostTask('runs the reactions of a promise before the next callback (C95, rule 42)', () => {
    const loop = open();
    const order: string[] = [];
    loop.addCallback(() => {
      order.push('first');
      Promise.resolve().then(() => order.push('reaction'));
      process.nextTick(() => order.push('tick'));
    });
    loop.addCallback(() => order.push('second'));
    loop.callLater(0, () => {
      order.push('timer');
      queueMicrotask(() => order.push('microtask'));
    });
    loop.callLater(0, () => {
      order.push('last');
      loop.stop();
    });
    loop.start();
    expect(order.slice(0, 4).sort()).to.deep.equal(['first', 'reaction', 'second', 'tick'].sort());
    expect(order.indexOf('second')).to.equal(3);
    expect(order.slice(4)).to.deep.equal(['timer', 'microtask', 'last']);
  });

  itInHostTask('runs an async function to its end', () => {
    const loop = open();
    const waited = loop.runSync(async () => {
      const began = loop.time();
      for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => loop.callLater(2, resolve));
      return loop.time() - began;
    });
    expect(waited).to.be.at.least(6);
  });

  itInHostTask('gives the outcome of a promise to a callback (addFuture)', () => {
    const loop = open();
    const seen: unknown[] = [];
    const reason = new Error('no');
    loop.addFuture(Promise.resolve(7), (outcome) => seen.push(outcome));
    loop.addFuture(Promise.reject(reason), (outcome) => {
      seen.push(outcome);
      loop.stop();
    });
    loop.start();
    expect(seen).to.deep.equal([
      { status: 'fulfilled', value: 7 },
      { status: 'rejected', reason },
    ]);
  });

  itInHostTask('drains what was queued before start() (api 41)', () => {
    const loop = open();
    let ran = false;
    Promise.resolve().then(() => {
      ran = true;
    });
    loop.addCallback(() => {
      expect(ran).to.equal(true);
      loop.stop();
    });
    loop.start();
    expect(ran).to.equal(true);
  });

  itInHostTask('reports what a nextTick callback throws, and goes on (C97, rule 47)', () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    let next = false;
    const hostTick = process.nextTick;
    loop.addCallback(() => {
      process.nextTick(function ticking() {
        throw new Error('of a tick');
      });
    });
    loop.addCallback(() => {
      next = true;
      loop.stop();
    });
    loop.start();
    expect(next).to.equal(true);
    expect(logger.errors).to.have.length(1);
    expect(logger.errors[0]).to.contain('callback ticking: Error: of a tick');
    expect(process.nextTick).to.equal(hostTick);
  });

  itInHostTask("lets a tick's error leave start() with onError: throw", () => {
    const loop = open({ onError: 'throw' });
    loop.addCallback(() => {
      process.nextTick(() => {
        throw new Error('of a tick');
      });
    });
    expect(() => loop.start()).to.throw('of a tick');
    loop.addCallback(() => loop.stop());
    loop.start();
    expect(loop.state).to.equal('idle');
  });

  itInHostTask('tells the process of an unhandled rejection inside start() (C97, rule 46)', () => {
    const loop = open();
    const seen: unknown[] = [];
    const reason = new Error('unhandled');
    const before = process.listeners('unhandledRejection');
    const listener = (error: unknown): void => {
      seen.push(error);
    };
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);
    try {
      loop.addCallback(() => {
        Promise.reject(reason);
      });
      loop.callLater(1, () => loop.stop());
      loop.start();
    } finally {
      process.off('unhandledRejection', listener);
      for (const other of before) process.on('unhandledRejection', other);
    }
    expect(seen).to.deep.equal([reason]);
  });
}

function stalled({ open }: PollerUnderTest): void {
  it('runs callbacks and timers, and warns once when a promise waits (C96, rule 45)', async () => {
    await null;
    const logger = keepingLogger();
    const loop = open({ logger });
    const order: string[] = [];
    loop.addCallback(() => order.push('callback'));
    loop.callLater(1, () => {
      order.push('timer');
      loop.stop();
    });
    loop.start();
    expect(order).to.deep.equal(['callback', 'timer']);
    expect(logger.warnings).to.deep.equal([]);
    for (let i = 0; i < 2; i++) loop.addCallback(async () => {});
    loop.addCallback(() => loop.stop());
    loop.start();
    expect(logger.warnings).to.have.length(1);
    expect(logger.warnings[0]).to.match(/^PIKALOOP_MICROTASKS: .*IOLoop\.main\(fn\)/);
  });

  it('leaves nothing behind in run after run (C96)', async () => {
    await null;
    const loop = open();
    const then = sinon.spy(Promise.prototype, 'then');
    try {
      for (let run = 0; run < 10; run++) loop.runOnce(0);
      // what is queued here is held until the script ends
      expect(then.callCount).to.be.at.most(1);
    } finally {
      then.restore();
    }
  });

  it('throws from runSync of a promise instead of hanging (C96)', async () => {
    await null;
    const loop = open();
    expect(() => loop.runSync(() => Promise.resolve(7)))
      .to.throw(MicrotaskDeadlockError)
      .with.property('code', 'MICROTASK_DEADLOCK');
    expect(loop.runSync<number>((done) => done(null, 7))).to.equal(7);
  });

  it('is out of it through IOLoop.main (rule 45)', async () => {
    await null;
    const loop = open();
    const Loop = loop.constructor as typeof IOLoop;
    const result = await new Promise((resolve) => Loop.main(() => resolve(loop.runSync(() => Promise.resolve(7)))));
    expect(result).to.equal(7);
  });
}

function slow({ open }: PollerUnderTest): void {
  it('warns of a callback above the threshold, with its name and time (C100, rule 50)', () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    const busy = (ms: number): void => {
      for (const until = performance.now() + ms; performance.now() < until; );
    };
    loop.setBlockingLogThreshold(20);
    loop.addCallback(function dawdle() {
      busy(30);
    });
    loop.addCallback(() => {});
    loop.callLater(0, function late() {
      busy(30);
      throw new Error('broken');
    });
    loop.runOnce(0);
    expect(logger.warnings).to.have.length(2);
    expect(logger.warnings[0]).to.match(/^Callback dawdle took (3|[4-9]\d|\d{3,})\d* ms$/);
    expect(logger.warnings[1]).to.contain('late');
    loop.setBlockingLogThreshold(null);
    loop.addCallback(() => busy(30));
    loop.runOnce(0);
    expect(logger.warnings).to.have.length(2);
  });

  it('refuses a threshold that is no time', () => {
    const loop = open();
    expect(() => loop.setBlockingLogThreshold(-1)).to.throw(RangeError);
    expect(() => loop.setBlockingLogThreshold('5' as unknown as number)).to.throw(TypeError);
  });
}

function idling({ open, virtual }: PollerUnderTest): void {
  it('makes no turn while nothing is due (C101, rule 39)', () => {
    const loop = open();
    const clock = loop.poller.clock;
    const length = virtual ? 10_000 : 500;
    let turns = 0;
    const began = loop.time();
    loop.callLater(length, () => {});
    while (loop.time() - began < length && turns < 20) {
      loop.runOnce();
      turns++;
    }
    expect(turns).to.be.at.most(3);
    if (clock !== undefined) expect(loop.time()).to.equal(began + length);
  });
}

function virtualTime({ open }: PollerUnderTest): void {
  const clockOf = (loop: IOLoop) => {
    const { clock } = loop.poller;
    if (clock === undefined) throw new Error('no clock');
    return clock;
  };

  it('starts at 0, and refuses another clock beside its own', () => {
    expect(open().time()).to.equal(0);
    expect(() => open({ clock: () => 0 })).to.throw(TypeError);
  });

  it('passes an hour of timers in no time (C107)', () => {
    const loop = open();
    let fired = 0;
    for (let s = 1; s <= 3600; s++) loop.callAt(s * 1000, () => fired++);
    loop.callAt(3_600_000, () => loop.stop());
    const began = performance.now();
    loop.start();
    expect(fired).to.equal(3600);
    expect(loop.time()).to.equal(3_600_000);
    expect(performance.now() - began).to.be.below(10_000);
  });

  it('throws VirtualDeadlockError when nothing can come, and can go on (C107)', () => {
    const loop = open();
    loop.callLater(Number.POSITIVE_INFINITY, () => {});
    expect(() => loop.start())
      .to.throw(VirtualDeadlockError)
      .with.property('code', 'VIRTUAL_DEADLOCK');
    expect(loop.state).to.equal('idle');
    loop.addCallback(() => loop.stop());
    loop.start();
  });

  it('refuses to jump back, except by set() (C107)', () => {
    const clock = clockOf(open());
    expect(() => clock.jump(-1))
      .to.throw(RangeError)
      .with.property('code', 'ARG_RANGE');
    expect(() => clock.sleep(-1)).to.throw(RangeError);
    expect(() => clock.jump(Number.NaN)).to.throw(TypeError);
    expect(() => {
      clock.rate = -1;
    }).to.throw(RangeError);
    expect(() => {
      clock.autojump = -1;
    }).to.throw(RangeError);
    clock.jump(10);
    clock.sleep(5);
    expect(clock.now()).to.equal(15);
    clock.set(3);
    expect(clock.now()).to.equal(3);
  });

  it('moves with real time at a rate', () => {
    const loop = open();
    const clock = clockOf(loop);
    clock.rate = 100;
    clock.autojump = Number.POSITIVE_INFINITY;
    const began = performance.now();
    loop.callLater(1000, () => loop.stop());
    loop.start();
    expect(performance.now() - began).to.be.within(9.9, 5000);
    clock.rate = 0;
    const stands = clock.now();
    expect(stands).to.be.at.least(1000);
    expect(clock.now()).to.equal(stands);
  });

  it('jumps only after the whole threshold has passed without a wake (C107)', () => {
    const loop = open();
    clockOf(loop).autojump = 5;
    const began = performance.now();
    loop.callLater(3_600_000, () => loop.stop());
    loop.start();
    expect(performance.now() - began).to.be.within(4, 5000);
    expect(loop.time()).to.equal(3_600_000);
  });

  it('gives the same trace for the same seed (C108)', () => {
    const trace = (seed: number): string[] => {
      const loop = open();
      const random = seededRandom(seed);
      const lines: string[] = [];
      const handles: { cancel(): void }[] = [];
      let left = 2000;
      const step = (id: number): void => {
        lines.push(`${id}@${loop.time()}`);
        if (left-- <= 0) {
          loop.stop();
          return;
        }
        handles.push(loop.callLater(random() * 100, step, left));
        if (random() < 0.5) loop.addCallback(step, left + 0.5);
        if (random() < 0.3) handles.splice(Math.floor(random() * handles.length), 1)[0]?.cancel();
        if (handles.length < 3) handles.push(loop.callLater(random() * 10, step, -left));
      };
      for (let i = 0; i < 10; i++) loop.addCallback(step, i);
      loop.start();
      return lines;
    };
    expect(trace(108)).to.deep.equal(trace(108));
    expect(trace(108)).not.to.deep.equal(trace(109));
  });
}
