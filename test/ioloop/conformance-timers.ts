import { expect } from 'chai';
import { IOLoop, PeriodicCallback, type TimeoutHandle } from '../../ioloop/index.ts';
import { keepingLogger, type PollerUnderTest } from '../support/each-poller.ts';
import { runLoop } from '../support/run-loop.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** Rows C39 to C59: order, cancelling, arguments, far and moving clocks, periodic callbacks. */
export function timers(poller: PollerUnderTest): void {
  describe('order', () => order(poller));
  describe('cancelling', () => cancelling(poller));
  describe('arguments', () => argumentsOf(poller));
  describe('PeriodicCallback', () => periodic(poller));
  if (!poller.virtual) return;
  describe('exact times', () => exactTimes(poller));
  describe('a clock that moves', () => movingClock(poller));
  describe('PeriodicCallback schedule', () => schedule(poller));
}

function order({ open, sleep, inHandler, test, blocking }: PollerUnderTest): void {
  test('fires in order of deadline when made in reverse (C39)', async () => {
    const loop = open();
    const fired: number[] = [];
    const base = loop.time();
    for (let i = 20; i > 0; i--) loop.callAt(base + i, () => fired.push(i));
    loop.callAt(base + 21, () => loop.stop());
    await runLoop(loop);
    expect(fired).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test('fires equal deadlines in order of creation (C40, rule 4)', async () => {
    const loop = open();
    const fired: number[] = [];
    const when = loop.time() + 1;
    for (let i = 0; i < 1000; i++) loop.callAt(when, (n: number) => fired.push(n), i);
    loop.callAt(when, () => loop.stop());
    await runLoop(loop);
    expect(fired).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('never fires early (C41, rule 6)', async () => {
    const loop = open();
    const early: number[] = [];
    for (let i = 0; i < 100; i++) {
      const handle = loop.callLater(1 + i / 2, () => {
        if (loop.time() < handle.deadline) early.push(i);
      });
    }
    loop.callLater(52, () => loop.stop());
    await runLoop(loop);
    expect(early).to.deep.equal([]);
  });

  blocking('fires all overdue timers in one turn, by deadline (C42, rule 17)', () => {
    const loop = open();
    const fired: number[] = [];
    for (const delay of [3, 1, 2]) loop.callLater(delay, () => fired.push(delay));
    sleep(loop, 10);
    loop.runOnce(0);
    expect(fired).to.deep.equal([1, 2, 3]);
  });

  blocking('orders what callLater, callAt and addTimeout made by deadline, then as made (C43)', () => {
    const loop = open();
    const fired: string[] = [];
    const base = loop.time();
    loop.callAt(base, () => fired.push('callAt'));
    loop.addTimeout(base, () => fired.push('addTimeout'));
    loop.callAt(base - 1000, () => fired.push('past'));
    loop.addTimeout(base, () => fired.push('again'));
    loop.callLater(5, () => fired.push('callLater'));
    loop.addTimeout(new Date(Date.now() + 1000), () => fired.push('date'));
    loop.addTimeout(new Date(Date.now() - 60_000), () => fired.push('past date'));
    sleep(loop, 20);
    loop.runOnce(0);
    expect(fired).to.deep.equal(['past date', 'past', 'callAt', 'addTimeout', 'again', 'callLater']);
  });

  blocking('keeps a timer of delay 0 that a timer added for the next turn (C44, rule 3)', () => {
    const loop = open();
    const fired: string[] = [];
    loop.callLater(0, () => {
      fired.push('outer');
      loop.callLater(0, () => fired.push('inner'));
      loop.callAt(-1, () => fired.push('past'));
    });
    loop.runOnce(0);
    expect(fired).to.deep.equal(['outer']);
    loop.runOnce(0);
    expect(fired).to.deep.equal(['outer', 'past', 'inner']);
  });

  test('ends the wait for an earlier timer that a handler added (C58)', async () => {
    const loop = open();
    let at = 0;
    loop.callLater(60_000, () => loop.stop());
    const began = loop.time();
    inHandler(loop, () => {
      loop.callLater(1, () => {
        at = loop.time();
        loop.stop();
      });
    });
    await runLoop(loop);
    expect(at - began).to.be.within(1, 30_000);
  });
}

function cancelling({ open, sleep, test, blocking }: PollerUnderTest): void {
  const due = (loop: IOLoop, fn: () => void): TimeoutHandle => loop.callAt(loop.time(), fn);

  blocking('never fires a timer that was cancelled before, however often (C45, rule 8)', () => {
    const loop = open();
    let fired = 0;
    const first = loop.callLater(0, () => fired++);
    const second = loop.callLater(0, () => fired++);
    first.cancel();
    first.cancel();
    loop.removeTimeout(second);
    loop.removeTimeout(second);
    sleep(loop, 2);
    loop.runOnce(0);
    expect(fired).to.equal(0);
  });

  blocking('skips a due timer that an earlier timer or a callback of the same turn removed (C45, rule 7)', () => {
    const loop = open();
    const fired: string[] = [];
    const when = loop.time();
    loop.callAt(when, () => {
      fired.push('first');
      loop.removeTimeout(second);
    });
    const second = loop.callAt(when, () => fired.push('second'));
    const third = loop.callAt(when, () => fired.push('third'));
    loop.addCallback(() => third.cancel());
    loop.runOnce(0);
    loop.runOnce(0);
    expect(fired).to.deep.equal(['first']);
  });

  blocking('takes a cancel by itself, after firing, and after close (C45)', () => {
    const loop = open();
    let fired = 0;
    const self = due(loop, () => {
      fired++;
      self.cancel();
      loop.removeTimeout(self);
    });
    loop.runOnce(0);
    self.cancel();
    loop.removeTimeout(self);
    const kept = loop.callLater(1, () => fired++);
    loop.close();
    kept.cancel();
    loop.removeTimeout(kept);
    expect(fired).to.equal(1);
  });

  test("leaves another loop's timer alone, while its own cancel() works", () => {
    const loop = open();
    const other = open();
    const handle = other.callLater(1, () => {});
    loop.removeTimeout(handle);
    expect(handle.active).to.equal(true);
    handle.cancel();
    expect(handle.active).to.equal(false);
  });

  blocking('tells by active whether it will still fire (C46)', () => {
    const loop = open();
    const seen: boolean[] = [];
    const handle = due(loop, () => seen.push(handle.active));
    expect(Boolean(handle)).to.equal(true);
    seen.push(handle.active);
    loop.runOnce(0);
    seen.push(handle.active);
    expect(seen).to.deep.equal([true, false, false]);
  });

  blocking('frees what a cancelled or fired handle held (C52, rule 9)', async () => {
    const loop = open();
    const held: WeakRef<object>[] = [];
    const make = (cancel: boolean): TimeoutHandle => {
      const big = { payload: new Array(1000).fill(0) };
      held.push(new WeakRef(big));
      const handle = loop.callLater(cancel ? 60_000 : 0, (x: object) => expect(x).to.equal(big), big);
      if (cancel) handle.cancel();
      return handle;
    };
    const handles = [make(true), make(false)];
    sleep(loop, 2);
    loop.runOnce(0);
    // a WeakRef keeps its target until the task that made or read it is over
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
    expect(held.map((ref) => ref.deref())).to.deep.equal([undefined, undefined]);
    expect(handles.map((handle) => handle.active)).to.deep.equal([false, false]);
  });
}

function argumentsOf({ open, test, blocking }: PollerUnderTest): void {
  test('refuses a negative delay, and what is no number (C47, rule 10)', () => {
    const loop = open();
    const nothing = (): void => {};
    expect(() => loop.callLater(-1, nothing))
      .to.throw(RangeError)
      .with.property('code', 'ARG_RANGE');
    for (const wrong of [Number.NaN, '5', null, undefined, {}, 5n]) {
      const value = wrong as unknown as number;
      for (const call of [
        () => loop.callLater(value, nothing),
        () => loop.callAt(value, nothing),
        () => loop.addTimeout(value, nothing),
      ]) {
        expect(call).to.throw(TypeError).with.property('code', 'ARG_TYPE');
      }
    }
    expect(() => loop.addTimeout(new Date(Number.NaN), nothing)).to.throw(TypeError);
  });

  blocking('takes -0 as 0, and a past deadline as due (rule 10)', () => {
    const loop = open();
    let fired = 0;
    loop.callLater(-0, () => fired++);
    loop.callAt(-1e9, () => fired++);
    loop.runOnce(0);
    expect(fired).to.equal(2);
  });

  test('gives a handle that never fires for Infinity, whatever else does (C48)', async () => {
    const loop = open();
    let fired = false;
    const handle = loop.callLater(Number.POSITIVE_INFINITY, () => {
      fired = true;
    });
    loop.callAt(Number.POSITIVE_INFINITY, () => {}).cancel();
    expect(handle.active).to.equal(true);
    loop.callLater(1, () => loop.stop());
    await runLoop(loop);
    expect(fired).to.equal(false);
    loop.removeTimeout(handle);
    expect(handle.active).to.equal(false);
  });
}

function exactTimes({ open, test }: PollerUnderTest): void {
  test('fires after 2 to the 31st, to the 32nd, and 10 to the 12th milliseconds on time (C49, rule 11)', () => {
    const loop = open();
    const fired: number[] = [];
    for (const delay of [1e12, 2 ** 32, 2 ** 31]) loop.callLater(delay, () => fired.push(loop.time()));
    loop.callLater(1e12, () => loop.stop());
    loop.start();
    expect(fired).to.deep.equal([2 ** 31, 2 ** 32, 1e12]);
  });

  test('keeps the order of those left when two thousand far timers were cancelled (C50, rule 12)', () => {
    const loop = open();
    const fired: number[] = [];
    const handles = Array.from({ length: 2500 }, (_, i) =>
      loop.callLater(3_600_000 + (i % 7), (n: number) => fired.push(n), i),
    );
    handles.forEach((handle, i) => {
      if (i % 5 !== 0) handle.cancel();
    });
    loop.callLater(3_700_000, () => loop.stop());
    loop.start();
    const survivors = handles.map((_, i) => i).filter((i) => i % 5 === 0);
    expect(fired).to.deep.equal(survivors.sort((a, b) => (a % 7) - (b % 7) || a - b));
  });

  test('agrees with a sorted list over a hundred thousand timers and random cancels (C59)', () => {
    const loop = open();
    const random = seededRandom(59);
    const model: { when: number; id: number; handle: TimeoutHandle }[] = [];
    const fired: number[] = [];
    for (let id = 0; id < 100_000; id++) {
      const when = Math.floor(random() * 5000);
      model.push({ when, id, handle: loop.callAt(when, (n: number) => fired.push(n), id) });
      if (random() < 0.4) {
        const victim = model.splice(Math.floor(random() * model.length), 1)[0];
        victim?.handle.cancel();
      }
    }
    loop.callAt(5001, () => loop.stop());
    loop.start();
    expect(fired).to.deep.equal(model.sort((a, b) => a.when - b.when || a.id - b.id).map((timer) => timer.id));
  });
}

function movingClock({ open, test, blocking }: PollerUnderTest): void {
  for (const back of [1000, 100_000]) {
    test(`loses no timer and fires none early when the clock goes back by ${back} ms (C51, rule 35)`, () => {
      const loop = open();
      const fired: number[] = [];
      loop.callAt(500, () => loop.poller.clock?.set(500 - back));
      loop.callAt(600, () => fired.push(loop.time()));
      loop.callAt(700, () => {
        fired.push(loop.time());
        loop.stop();
      });
      loop.start();
      expect(fired).to.deep.equal([600, 700]);
    });
  }

  blocking('waits again after a wake that came too early (rule 6)', () => {
    const loop = open();
    let at = 0;
    loop.callLater(100, () => {
      at = loop.time();
    });
    loop.runOnce(40);
    expect(at).to.equal(0);
    loop.runOnce();
    loop.runOnce(0);
    expect(at).to.equal(100);
  });
}

function periodic({ open, test }: PollerUnderTest): void {
  test('refuses a period that is not above 0 (C57)', () => {
    for (const period of [0, -1, Number.NaN]) {
      expect(() => new PeriodicCallback(() => {}, period))
        .to.throw(RangeError)
        .with.property('code', 'ARG_RANGE');
    }
  });

  test('stops in its own callback, and starts again from there (C57, rule 33)', async () => {
    const loop = open();
    let calls = 0;
    const ticker = new PeriodicCallback(
      () => {
        calls++;
        ticker.stop();
        expect(ticker.isRunning()).to.equal(false);
        if (calls === 1) ticker.start();
        else loop.stop();
      },
      2,
      { loop },
    );
    ticker.start();
    ticker.start();
    expect(ticker.isRunning()).to.equal(true);
    await runLoop(loop);
    expect(calls).to.equal(2);
  });

  test('goes on after a callback that threw (C57)', async () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    let calls = 0;
    const ticker = new PeriodicCallback(
      () => {
        if (++calls === 3) loop.stop();
        throw new Error('broken');
      },
      1,
      { loop },
    );
    ticker.start();
    await runLoop(loop);
    expect(calls).to.equal(3);
    expect(logger.errors).to.have.length(3);
    ticker[Symbol.dispose]();
    expect(ticker.isRunning()).to.equal(false);
  });

  test('waits for a promise before it calls again (C57, rule 34)', async () => {
    const loop = open();
    let open1 = 0;
    let most = 0;
    let calls = 0;
    const ticker = new PeriodicCallback(
      async () => {
        most = Math.max(most, ++open1);
        await new Promise<void>((resolve) => loop.callLater(5, resolve));
        open1--;
        if (++calls === 3) loop.stop();
      },
      1,
      { loop },
    );
    ticker.start();
    await runLoop(loop);
    ticker.stop();
    expect(calls).to.equal(3);
    expect(most).to.equal(1);
  });

  test('uses the loop that is current when it starts', async () => {
    let calls = 0;
    const ticker = new PeriodicCallback(() => {
      calls++;
      IOLoop.current().stop();
      ticker.stop();
    }, 1);
    const loop = open({ makeCurrent: true });
    ticker.start();
    await runLoop(loop);
    expect(calls).to.equal(1);
  });
}

/** Times are in seconds in the rows, milliseconds here. */
function schedule({ open, test }: PollerUnderTest): void {
  const run = (durations: readonly number[], options: { jitter?: number; random?: () => number } = {}): number[] => {
    const loop = open();
    loop.poller.clock?.set(1_000_000);
    const calls: number[] = [];
    const ticker = new PeriodicCallback(
      () => {
        calls.push(loop.time() / 1000);
        const duration = durations[calls.length - 1] ?? 0;
        loop.poller.clock?.set(loop.time() + duration * 1000);
        if (calls.length > durations.length) loop.stop();
      },
      10_000,
      { loop, ...options },
    );
    ticker.start();
    loop.start();
    return calls;
  };

  test('calls every period (C53, rule 30)', () => {
    expect(run([0, 0, 0, 0])).to.deep.equal([1010, 1020, 1030, 1040, 1050]);
  });

  test('skips the beats that a long call missed (C54, rule 31)', () => {
    expect(run([9, 9, 10, 11, 20, 20, 35, 35, 0, 0])).to.deep.equal([
      1010, 1020, 1030, 1050, 1070, 1100, 1130, 1170, 1210, 1220, 1230,
    ]);
  });

  test('stretches each period by its jitter (C55, rule 32)', () => {
    const values = [0.5, 1, 0, 0.75];
    expect(run([0, 0, 0], { jitter: 0.5, random: () => values.shift() ?? 0.5 })).to.deep.equal([
      1010, 1022.5, 1030, 1041.25,
    ]);
  });

  test('keeps its beat while the clock goes back (C56)', () => {
    expect(run([-2, -1, -3, -2, 0]).slice(0, 5)).to.deep.equal([1010, 1020, 1030, 1040, 1050]);
  });
}
