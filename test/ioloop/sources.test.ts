import { expect } from 'chai';
import { IOLoop, IOLoopError, type IOLoopOptions, type Pollable, UnsupportedError } from '../../ioloop/index.ts';
import { keepingLogger } from '../support/each-poller.ts';
import { ScriptedPoller } from '../support/scripted-poller.ts';

const { READ, WRITE, ERROR, NONE } = IOLoop;

describe('Handlers of sources', () => {
  it('get the very number or object that they were registered with, and the events (rule 26)', () => {
    const { loop, poller } = opened();
    const seen: unknown[] = [];
    const file: Pollable = { fileno: () => 8 };
    loop.addHandler(7, (source, events) => seen.push(source, events), READ);
    loop.addHandler(file, (source, events) => seen.push(source, events), READ | WRITE);
    turn(loop, poller, poller.event(7, READ), poller.event(8, READ | WRITE));
    expect(seen).to.deep.equal([7, READ, file, READ | WRITE]);
    expect(seen[2]).to.equal(file);
  });

  it('see only what was asked for, and errors in any case (rule 26)', () => {
    const { loop, poller } = opened();
    const seen: number[] = [];
    loop.addHandler(7, (_source, events) => seen.push(events), READ);
    loop.addHandler(8, (_source, events) => seen.push(events), NONE);
    turn(loop, poller, poller.event(7, WRITE), poller.event(7, READ | WRITE | ERROR), poller.event(8, READ | ERROR));
    expect(seen).to.deep.equal([READ | ERROR, ERROR]);
  });

  it('are one per source, number or object of the same number; the first stays (rule 25)', () => {
    const { loop, poller } = opened();
    const seen: string[] = [];
    loop.addHandler(7, () => seen.push('first'), READ);
    const again = (): void => loop.addHandler({ fileno: () => 7 }, () => seen.push('second'), READ);
    expect(again).to.throw(IOLoopError).with.property('code', 'SOURCE_KNOWN');
    turn(loop, poller, poller.event(7, READ));
    expect(seen).to.deep.equal(['first']);
  });

  it('are not called once an earlier handler of the batch removed them (rule 27)', () => {
    const { loop, poller } = opened();
    const seen: number[] = [];
    const drop = (source: number): void => {
      seen.push(source);
      loop.removeHandler(source === 7 ? 8 : 7);
    };
    loop.addHandler(7, drop, READ);
    loop.addHandler(8, drop, READ);
    turn(loop, poller, poller.event(7, READ), poller.event(8, READ));
    expect(seen).to.deep.equal([7]);
  });

  it('see a mask that was narrowed in the batch, and no call for what is left of none (rule 27)', () => {
    const { loop, poller } = opened();
    const seen: unknown[] = [];
    loop.addHandler(
      7,
      () => {
        loop.updateHandler(8, WRITE);
        loop.updateHandler(9, NONE);
      },
      READ,
    );
    for (const fd of [8, 9]) loop.addHandler(fd, (source, events) => seen.push([source, events]), READ | WRITE);
    turn(loop, poller, poller.event(7, READ), poller.event(8, READ | WRITE), poller.event(9, READ | WRITE));
    expect(seen).to.deep.equal([[8, WRITE]]);
  });

  it('get no event of the batch in which they were removed and added again (rule 27)', () => {
    const { loop, poller } = opened();
    let stale = 0;
    loop.addHandler(
      7,
      () => {
        loop.removeHandler(8);
        loop.addHandler(8, () => stale++, READ);
      },
      READ,
    );
    loop.addHandler(8, () => stale++, READ);
    turn(loop, poller, poller.event(7, READ), poller.event(8, READ));
    expect(stale).to.equal(0);
    turn(loop, poller, poller.event(8, READ));
    expect(stale).to.equal(1);
  });

  it('stay registered when they throw (rule 22)', () => {
    const logger = keepingLogger();
    const { loop, poller } = opened({ logger });
    loop.addHandler(
      7,
      () => {
        throw new Error('broken');
      },
      READ,
    );
    turn(loop, poller, poller.event(7, READ));
    turn(loop, poller, poller.event(7, READ));
    expect(logger.errors).to.have.length(2);
  });

  it('can be removed only once, and a source without one cannot be updated (api 43)', () => {
    const { loop } = opened();
    loop.addHandler(7, () => {}, READ);
    expect(loop.removeHandler(7)).to.equal(true);
    expect(loop.removeHandler(7)).to.equal(false);
    expect(loop.removeHandler({})).to.equal(false);
    expect(() => loop.updateHandler(7, READ))
      .to.throw(IOLoopError)
      .with.property('code', 'SOURCE_UNKNOWN');
  });

  it('are refused with a mask that is none', () => {
    const { loop } = opened();
    for (const wrong of [2, 1.5, -1, '1', null]) {
      expect(() => loop.addHandler(7, () => {}, wrong as number))
        .to.throw(TypeError)
        .with.property('field', 'events');
    }
    expect(loop.removeHandler(7)).to.equal(false);
  });

  it('are refused by a poller that watches no descriptors, which names those that do (api 43)', () => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false });
    expect(() => loop.addHandler(0, () => {}, READ)).to.throw(UnsupportedError, 'epoll, kqueue, poll and select');
    loop.close();
  });
});

describe('Closing a loop with sources', () => {
  it('calls close() of each object once with allFds, whatever that throws (C13, rule 19)', () => {
    const { loop, poller } = opened();
    let closed = 0;
    const faulty: Pollable = {
      close() {
        closed++;
        throw new Error('already gone');
      },
    };
    loop.addHandler(faulty, () => {}, READ);
    loop.addHandler({ close: () => closed++ }, () => {}, READ);
    loop.close({ allFds: true });
    loop.close({ allFds: true });
    expect(closed).to.equal(2);
    expect(poller.closed).to.equal(true);
  });

  it('leaves the objects alone without allFds (C14, rule 19)', () => {
    const { loop } = opened();
    let closed = 0;
    loop.addHandler({ close: () => closed++ }, () => {}, READ);
    loop.close();
    expect(closed).to.equal(0);
  });
});

describe('A wait that fails', () => {
  it('leaves start() as an IOLoopError with its cause; the loop can start again (rule 24)', () => {
    const { loop, poller } = opened({ onError: 'log' });
    const reason = new Error('EBADF');
    poller.batches.push(reason);
    expect(() => loop.start())
      .to.throw(IOLoopError)
      .that.includes({ code: 'WAIT_FAILED', cause: reason });
    expect(loop.state).to.equal('idle');
    loop.addCallback(() => loop.stop());
    loop.start();
  });
});

describe('The timeout of a wait', () => {
  it('is 0 with callbacks, the time to the next timer, or the backstop (step f)', () => {
    let now = 0;
    const { loop, poller } = opened({ clock: () => now });
    loop.runOnce();
    loop.addCallback(() => loop.addCallback(() => {}));
    loop.runOnce();
    const timer = loop.callLater(300, () => {});
    loop.runOnce();
    now = 200;
    loop.runOnce();
    timer.cancel();
    loop.callLater(5000, () => {});
    loop.runOnce();
    now = -100_000;
    loop.runOnce();
    expect(poller.waits).to.deep.equal([1000, 0, 300, 100, 1000, 1000]);
  });

  it('counts from a fresh reading of the clock, not from the start of the turn', () => {
    let now = 0;
    const { loop, poller } = opened({ clock: () => now });
    loop.callLater(100, () => {});
    loop.addCallback(() => {
      now = 70;
    });
    loop.runOnce();
    expect(poller.waits).to.deep.equal([30]);
  });
});

function opened(options: IOLoopOptions = {}): { loop: IOLoop; poller: ScriptedPoller } {
  let poller: ScriptedPoller | undefined;
  const loop = new IOLoop({
    makeCurrent: false,
    ...options,
    poller: (services) => {
      poller = new ScriptedPoller(services);
      return poller;
    },
  });
  if (poller === undefined) throw new Error('the factory was not called');
  return { loop, poller };
}

function turn(loop: IOLoop, poller: ScriptedPoller, ...events: [number, number][]): void {
  poller.batches.push(events);
  loop.runOnce(0);
}
