import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import {
  IOLoop,
  IOLoopError,
  type IOLoopOptions,
  LoopClosedError,
  LoopTimeoutError,
  type PollerName,
} from '../../ioloop/index.ts';
import { itInHostTask, type PollerUnderTest } from '../support/each-poller.ts';

/** Rows C1 to C19: which loop is current, starting, stopping, closing, one call run to its end. */
export function lifeCycle(poller: PollerUnderTest): void {
  describe('current loop', () => currentLoop(poller));
  describe('start and stop', () => startAndStop(poller));
  describe('close', () => closing(poller));
  describe('choice of the poller', () => choice(poller));
  describe('runSync', () => runSync(poller));
  describe('runOnce', () => runOnce(poller));
}

function currentLoop({ open, adopt, name }: PollerUnderTest): void {
  it('makes the first loop current, and no second one (C1)', () => {
    const first = adopt(new IOLoop({ poller: name }));
    adopt(new IOLoop({ poller: name }));
    expect(IOLoop.current(false)).to.equal(first);
  });

  it('refuses makeCurrent: true while a loop is current, and leaves that one (C2)', () => {
    const first = open({ makeCurrent: true });
    expect(() => open({ makeCurrent: true }))
      .to.throw(IOLoopError)
      .with.property('code', 'CURRENT_EXISTS');
    expect(IOLoop.current(false)).to.equal(first);
  });

  it('never makes a loop current with makeCurrent: false (C2)', () => {
    open({ makeCurrent: false });
    expect(IOLoop.current(false)).to.equal(undefined);
  });

  it('has no current loop after clearCurrent (C3)', () => {
    open({ makeCurrent: true });
    IOLoop.clearCurrent();
    expect(IOLoop.current(false)).to.equal(undefined);
  });

  it('replaces the current loop by makeCurrent()', () => {
    open({ makeCurrent: true });
    const second = open();
    second.makeCurrent();
    expect(IOLoop.current()).to.equal(second);
  });

  it('is current while it runs and not after, each time (C4)', () => {
    const loop = open();
    for (let i = 0; i < 3; i++) {
      let inside: IOLoop | undefined;
      loop.addCallback(() => {
        inside = IOLoop.current(false);
        loop.stop();
      });
      loop.start();
      expect(inside).to.equal(loop);
      expect(IOLoop.current(false)).to.equal(undefined);
    }
  });

  it('is current inside runSync (C5)', () => {
    const loop = open();
    let inside: IOLoop | undefined;
    loop.runSync(() => {
      inside = IOLoop.current(false);
    });
    expect(inside).to.equal(loop);
  });
}

function startAndStop({ open, inHandler }: PollerUnderTest): void {
  it('returns at once from a start() that a stop() came before, once only (C6)', () => {
    const loop = open();
    let ran = 0;
    loop.addCallback(() => ran++);
    loop.stop();
    loop.stop();
    loop.start();
    expect(ran).to.equal(0);
    loop.addCallback(() => loop.stop());
    loop.start();
    expect(ran).to.equal(1);
  });

  it('runs the rest of the batch after a stop() in a callback, and what that added at the next start (C7)', () => {
    const loop = open();
    const order: string[] = [];
    loop.addCallback(() => {
      loop.stop();
      order.push('stop');
    });
    loop.addCallback(() => {
      order.push('same batch');
      loop.addCallback(() => order.push('next start'));
      loop.addCallback(() => loop.stop());
    });
    loop.start();
    expect(order).to.deep.equal(['stop', 'same batch']);
    expect(loop.state).to.equal('idle');
    loop.start();
    expect(order).to.deep.equal(['stop', 'same batch', 'next start']);
  });

  it('runs the other due timers after a stop() in a timer (C7)', () => {
    const loop = open();
    const order: string[] = [];
    const when = loop.time() + 1;
    loop.callAt(when, () => {
      loop.stop();
      order.push('first');
    });
    loop.callAt(when, () => order.push('second'));
    loop.start();
    expect(order).to.deep.equal(['first', 'second']);
  });

  it('runs one more batch after a stop() in a handler (C7)', () => {
    const loop = open();
    const order: string[] = [];
    inHandler(loop, () => {
      order.push('handler');
      loop.addCallback(() => order.push('callback'));
      loop.stop();
    });
    loop.start();
    expect(order).to.deep.equal(['handler', 'callback']);
  });

  it('starts and stops a hundred times and keeps its timers in between (C8)', () => {
    const loop = open();
    let fired = 0;
    const kept = loop.callLater(1, () => fired++);
    for (let i = 0; i < 100; i++) {
      loop.addCallback(() => loop.stop());
      loop.start();
    }
    while (kept.active) loop.runOnce(5);
    expect(fired).to.equal(1);
  });

  it('refuses start() inside start(), and the outer run goes on (C9)', () => {
    const loop = open();
    const order: string[] = [];
    loop.addCallback(() => {
      expect(() => loop.start())
        .to.throw(IOLoopError)
        .with.property('code', 'ALREADY_RUNNING');
      expect(() => loop.runOnce(0)).to.throw(IOLoopError);
      order.push('refused');
    });
    loop.callLater(1, () => {
      order.push('later');
      loop.stop();
    });
    loop.start();
    expect(order).to.deep.equal(['refused', 'later']);
  });

  it('runs another loop inside a callback, and is current again after (C10)', () => {
    const outer = open();
    const inner = open();
    const seen: (IOLoop | undefined)[] = [];
    outer.addCallback(() => {
      inner.addCallback(() => {
        seen.push(IOLoop.current(false));
        inner.stop();
      });
      inner.start();
      seen.push(IOLoop.current(false));
      outer.stop();
    });
    outer.start();
    expect(seen).to.deep.equal([inner, outer]);
  });

  it('tells its state', () => {
    const loop = open();
    const states = [loop.state];
    loop.addCallback(() => {
      states.push(loop.state);
      loop.stop();
      states.push(loop.state);
    });
    loop.start();
    states.push(loop.state);
    loop.close();
    states.push(loop.state);
    expect(states).to.deep.equal(['idle', 'running', 'stopping', 'idle', 'closed']);
  });
}

function closing({ open, name }: PollerUnderTest): void {
  it('refuses close() while it runs, and goes on (C11)', () => {
    const loop = open();
    let after = false;
    loop.addCallback(() => {
      expect(() => loop.close())
        .to.throw(IOLoopError)
        .with.property('code', 'LOOP_RUNNING');
      loop.addCallback(() => {
        after = true;
        loop.stop();
      });
    });
    loop.start();
    expect(after).to.equal(true);
  });

  it('ignores what needs no answer once it is closed, and refuses the rest (C12)', () => {
    const loop = open();
    const timer = loop.callLater(1, () => {});
    loop.close();
    loop.close();
    loop.addCallback(() => {});
    loop.spawnCallback(() => {});
    loop.removeTimeout(timer);
    timer.cancel();
    loop.stop();
    expect(loop.removeHandler(0)).to.equal(false);
    expect(timer.active).to.equal(false);
    for (const call of [
      () => loop.start(),
      () => loop.runOnce(0),
      () => loop.callLater(1, () => {}),
      () => loop.addHandler(0, () => {}, IOLoop.READ),
    ]) {
      expect(call).to.throw(LoopClosedError).with.property('code', 'LOOP_CLOSED');
    }
  });

  it('is no longer current once it is closed', () => {
    open({ makeCurrent: true }).close();
    expect(IOLoop.current(false)).to.equal(undefined);
  });

  it('closes by Symbol.dispose', () => {
    const loop = open();
    loop[Symbol.dispose]();
    expect(loop.state).to.equal('closed');
  });

  it('leaves no descriptor, worker, port or timer behind after 500 loops (C15)', () => {
    const round = (ms: number): void => {
      const loop = new IOLoop({ poller: name, makeCurrent: false });
      loop.callLater(60_000, () => {});
      loop.callLater(ms, () => loop.stop());
      loop.start();
      loop.close();
    };
    // long enough for what a thread keeps for all its loops to be there; what earlier tests ended may still go away
    round(250);
    const resources = process.getActiveResourcesInfo();
    const before = descriptors();
    for (let i = 0; i < 500; i++) round(0);
    const left = process.getActiveResourcesInfo();
    for (const resource of resources) if (left.includes(resource)) left.splice(left.indexOf(resource), 1);
    expect(left).to.deep.equal([]);
    expect(descriptors()).to.be.at.most(before);
  });
}

function descriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

function choice({ open, adopt, name }: PollerUnderTest): void {
  const other: PollerName = name === 'virtual' ? 'worker' : 'virtual';
  const before = process.env.PIKALOOP_POLLER;
  const make = (options: IOLoopOptions = {}): IOLoop => adopt(new IOLoop({ makeCurrent: false, ...options }));
  afterEach(() => {
    if (before === undefined) delete process.env.PIKALOOP_POLLER;
    else process.env.PIKALOOP_POLLER = before;
  });

  it('takes the one of the environment when nothing else is said (C16)', () => {
    process.env.PIKALOOP_POLLER = name;
    expect(make().poller.name).to.equal(name);
  });

  it('prefers configure() to the environment, and the option to both (C16)', () => {
    process.env.PIKALOOP_POLLER = other;
    IOLoop.configure(name);
    expect(make().poller.name).to.equal(name);
    IOLoop.configure(other);
    expect(make({ poller: name }).poller.name).to.equal(name);
  });

  it('takes the first of a list that works (C16)', () => {
    IOLoop.configure([name, other]);
    expect(make().poller.name).to.equal(name);
  });

  it('lists the known names at an unknown one (C16)', () => {
    const unknown = 'uring' as PollerName;
    expect(() => open({ poller: unknown })).to.throw(RangeError, `"uring" is not known; these work here: `);
    expect(() => IOLoop.configure(unknown)).to.throw(RangeError, name);
    process.env.PIKALOOP_POLLER = unknown;
    expect(() => make()).to.throw(RangeError, name);
  });
}

function runSync({ open, virtual }: PollerUnderTest): void {
  it('returns what done was given (C18)', () => {
    const loop = open();
    const result = loop.runSync<number>((done) => {
      loop.callLater(1, () => done(null, 7));
    });
    expect(result).to.equal(7);
  });

  it('throws what done was given as an error, and what the function threw (C18)', () => {
    const loop = open();
    const reason = new Error('no');
    expect(() => loop.runSync((done) => loop.addCallback(done, reason))).to.throw(reason);
    const thrower = (): void => {
      throw reason;
    };
    expect(() => loop.runSync(thrower)).to.throw(reason);
    expect(loop.state).to.equal('idle');
  });

  itInHostTask('returns what the promise resolved to, and throws what it rejected with (C18)', () => {
    const loop = open();
    expect(loop.runSync(() => Promise.resolve(7))).to.equal(7);
    const reason = new Error('no');
    expect(() => loop.runSync(() => Promise.reject(reason))).to.throw(reason);
  });

  it('drops a plain value (C18)', () => {
    const loop = open();
    expect(loop.runSync((() => 7) as unknown as () => void)).to.equal(undefined);
  });

  it('throws LoopTimeoutError, not before the time is over (C18)', () => {
    const loop = open();
    const began = loop.time();
    expect(() => loop.runSync((_done) => {}, 20))
      .to.throw(LoopTimeoutError)
      .with.property('code', 'LOOP_TIMEOUT');
    expect(loop.time() - began).to.be.at.least(20);
    if (virtual) expect(loop.time() - began).to.equal(20);
  });

  it('leaves no timer behind after a result (C18)', () => {
    const loop = open();
    loop.runSync((done) => done(null), 10);
    let stopped = false;
    loop.callLater(20, () => {
      stopped = true;
      loop.stop();
    });
    loop.start();
    expect(stopped).to.equal(true);
  });

  it('throws when the loop was stopped meanwhile, and when it runs already', () => {
    const loop = open();
    expect(() => loop.runSync((_done) => loop.stop()))
      .to.throw(IOLoopError)
      .with.property('code', 'STOPPED');
    let nested: unknown;
    loop.addCallback(() => {
      try {
        loop.runSync(() => {});
      } catch (error) {
        nested = error;
      }
      loop.stop();
    });
    loop.start();
    expect(nested).to.be.instanceOf(IOLoopError).with.property('code', 'ALREADY_RUNNING');
  });
}

function runOnce({ open, virtual, sleep }: PollerUnderTest): void {
  it('does one turn and does not wait when given 0 (C19)', () => {
    const loop = open();
    const order: string[] = [];
    loop.addCallback(() => {
      order.push('callback');
      loop.addCallback(() => order.push('next turn'));
    });
    loop.callLater(60_000, () => order.push('timer'));
    const began = performance.now();
    loop.runOnce(0);
    expect(order).to.deep.equal(['callback']);
    loop.runOnce(0);
    expect(order).to.deep.equal(['callback', 'next turn']);
    expect(performance.now() - began).to.be.below(10_000);
    expect(loop.state).to.equal('idle');
  });

  it('waits no longer than it was given', () => {
    const loop = open();
    loop.callLater(60_000, () => {});
    const began = loop.time();
    loop.runOnce(20);
    if (virtual) expect(loop.time() - began).to.equal(20);
    else expect(loop.time() - began).to.be.within(19, 20_000);
  });

  it('runs what is due, without a wait in the same turn (rule 17)', () => {
    const loop = open();
    let fired = false;
    loop.callLater(1, () => {
      fired = true;
    });
    sleep(loop, 5);
    loop.runOnce(0);
    expect(fired).to.equal(true);
  });
}
