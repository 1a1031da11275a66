import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import type { IOLoop } from '../../ioloop/index.ts';
import { keepingLogger, type PollerUnderTest } from '../support/each-poller.ts';
import { runLoop } from '../support/run-loop.ts';

/** Calls from other threads: C31 to C37. */
export function threads(poller: PollerUnderTest): void {
  const { test } = poller;
  const workers: Worker[] = [];
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

  /** A thread that runs one of the tasks of `calling-worker.ts` with a handle of the loop. */
  function start(loop: IOLoop, task: string, more: object = {}): SharedArrayBuffer {
    const handle = loop.handle();
    const flag = new SharedArrayBuffer(8);
    const worker = new Worker(new URL('../support/calling-worker.js', import.meta.url), {
      workerData: { task, handle, flag, ...more },
      transferList: [handle.port],
      execArgv: [],
    });
    worker.unref();
    workers.push(worker);
    return flag;
  }

  /** Real time must pass while other threads work. */
  function open(options = {}): IOLoop {
    const loop = poller.open(options);
    if (loop.poller.clock !== undefined) {
      loop.poller.clock.autojump = Infinity;
      loop.poller.clock.rate = 1;
    }
    return loop;
  }

  test('wakes a waiting loop within 100 ms (C31)', async () => {
    const loop = open();
    const delays: number[] = [];
    loop.expose('tick', (sent) => {
      delays.push(performance.timeOrigin + performance.now() - Number(sent));
      if (delays.length === 20) loop.stop();
    });
    start(loop, 'ticks');
    await runLoop(loop);
    expect(delays.sort((a, b) => a - b)[10]).to.be.below(100);
  });

  test('runs 10,000 calls of 4 threads, in order for each of them (C32)', async () => {
    const loop = open();
    const next = [0, 0, 0, 0];
    let wrong = 0;
    let left = 10_000;
    loop.expose('count', (thread, n) => {
      if (next[Number(thread)] !== n) wrong++;
      next[Number(thread)] = Number(n) + 1;
      if (--left === 0) loop.stop();
    });
    for (let thread = 0; thread < 4; thread++) start(loop, 'counts', { thread, calls: 2500 });
    await runLoop(loop);
    expect([wrong, next]).to.deep.equal([0, [2500, 2500, 2500, 2500]]);
  });

  test('runs in its first turn what was called before it started (C33)', async () => {
    const loop = open();
    const order: string[] = [];
    loop.expose('early', (text) => order.push(String(text)));
    awaitFlag(start(loop, 'early'));
    loop.addCallback(() => {
      order.push('callback');
      loop.addCallback(() => loop.stop());
    });
    await runLoop(loop);
    expect(order).to.deep.equal(['callback', 'from another thread']);
  });

  test('is stopped by a handle (C34)', async () => {
    const loop = open();
    start(loop, 'stops');
    await runLoop(loop);
    expect(loop.state).to.equal('idle');
  });

  poller.blocking('is stopped by a handle, while it waits and before it started (C34)', () => {
    const loop = open();
    const flag = start(loop, 'stops');
    let ran = false;
    awaitFlag(flag);
    loop.addCallback(() => {
      ran = true;
    });
    loop.start();
    expect(ran, 'a stop before start() makes it return at once').to.equal(false);
    release(flag);
    loop.start();
    expect(ran).to.equal(true);
  });

  test('answers false after close, and never throws while it closes (C35, rule 20)', () => {
    const loop = open();
    loop.expose('race', () => {});
    const flag = start(loop, 'races');
    awaitFlag(flag);
    loop.close();
    awaitFlag(flag, 2);
    const result = new Int32Array(flag)[1];
    expect(result, 'the calls that were told so; -1 after an exception').to.be.at.least(1000);
  });

  test('logs a name that is not exposed and goes on (C36)', async () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    loop.expose('known', () => loop.stop());
    start(loop, 'unknown');
    await runLoop(loop);
    expect(logger.errors).to.deep.equal(['A handle called "nobody", which this loop does not expose']);
  });

  test('keeps the wait going when only wake() rings, and calls nothing', async () => {
    const loop = open();
    const flag = start(loop, 'wakes');
    awaitFlag(flag);
    let turns = 0;
    loop.callLater(50, () => {
      turns++;
      loop.stop();
    });
    await runLoop(loop);
    expect(turns).to.equal(1);
  });

  test('takes a function or name of the wrong type at the call', () => {
    const loop = open();
    expect(() => loop.expose(1 as unknown as string, () => {})).to.throw(TypeError); // a caller without types
    expect(() => loop.expose('x', 1 as unknown as () => void)).to.throw(TypeError);
  });

  test('exchanges 10,000 calls between two loops in two threads (C37)', async () => {
    const loop = open();
    const handle = loop.handle();
    const worker = new Worker(new URL('../support/calling-worker.js', import.meta.url), {
      workerData: { task: 'pong', handle, flag: new SharedArrayBuffer(8) },
      transferList: [handle.port],
      execArgv: [],
    });
    worker.unref();
    workers.push(worker);
    let last = -1;
    loop.expose('ping', (n, again) => {
      last = Number(n);
      if (again !== true) loop.stop();
    });
    await runLoop(loop);
    expect(last).to.equal(9999);
  });
}

/** Blocks until the thread has raised its flag to `value`. */
function awaitFlag(flag: SharedArrayBuffer, value = 1): void {
  const words = new Int32Array(flag);
  for (let seen = Atomics.load(words, 0); seen < value; seen = Atomics.load(words, 0)) {
    if (Atomics.wait(words, 0, seen, 15_000) === 'timed-out') throw new Error('the other thread does not answer');
  }
}

function release(flag: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(flag), 0, 2);
  Atomics.notify(new Int32Array(flag), 0);
}
