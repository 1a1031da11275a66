import { expect } from 'chai';
import { HostPoller } from '../../ioloop/host-loop.ts';
import { IOLoop, type IOLoopOptions, LoopHandle, NotBlockingError, UnsupportedError } from '../../ioloop/index.ts';
import { keepingLogger } from '../support/each-poller.ts';
import { runModule } from '../support/module-process.ts';
import { RecordedHost, WatchingHost } from '../support/recorded-host.ts';

describe('A loop on a host', () => {
  const loops: IOLoop[] = [];
  const adopt = (loop: IOLoop): IOLoop => {
    loops.push(loop);
    return loop;
  };
  const opened = (options: IOLoopOptions = {}): { loop: IOLoop; host: RecordedHost } => {
    const host = new RecordedHost();
    const poller = (services: ConstructorParameters<typeof HostPoller>[1]): HostPoller =>
      new HostPoller(host, services);
    return { host, loop: adopt(new IOLoop({ makeCurrent: false, ...options, poller })) };
  };
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
    IOLoop.clearCurrent();
  });

  it('refuses what would block: start, runOnce, runSync (C17)', () => {
    for (const loop of [
      opened().loop,
      adopt(new IOLoop({ poller: 'host', makeCurrent: false })),
      adopt(IOLoop.fromHost()),
    ]) {
      for (const call of [() => loop.start(), () => loop.runOnce(0), () => loop.runSync(() => {})]) {
        expect(call).to.throw(NotBlockingError).with.property('code', 'NOT_BLOCKING');
      }
      expect(loop.poller).to.include({ name: 'host', blocking: false });
      expect(() => loop.addHandler(0, () => {}, IOLoop.READ)).to.throw(UnsupportedError, 'epoll');
    }
  });

  describe('arming (C102)', () => {
    it('asks for one tick, however much is queued', () => {
      const { loop, host } = opened();
      const seen: number[] = [];
      for (let i = 0; i < 5; i++) loop.addCallback((n: number) => seen.push(n), i);
      expect(host.queued).to.have.length(1);
      host.turn();
      expect(seen).to.deep.equal([0, 1, 2, 3, 4]);
      expect(host.queued).to.have.length(0);
      expect(host.timers.size).to.equal(0);
    });

    it('sets one timer, and again for an earlier one only', () => {
      const { loop, host } = opened();
      loop.callLater(100, () => {});
      expect(host.deadlines).to.deep.equal([100]);
      loop.callLater(200, () => {});
      expect(host.deadlines).to.deep.equal([100]);
      loop.callLater(50, () => {});
      expect(host.deadlines).to.deep.equal([50]);
    });

    it('follows a cancel of the earliest, and sets none for nothing or for Infinity (C48)', () => {
      const { loop, host } = opened();
      const first = loop.callLater(50, () => {});
      const second = loop.callLater(100, () => {});
      loop.callLater(Number.POSITIVE_INFINITY, () => {});
      first.cancel();
      expect(host.deadlines).to.deep.equal([100]);
      second.cancel();
      expect(host.deadlines).to.deep.equal([]);
    });

    it('sets the next timer after one has fired, and after a callback that added it', () => {
      const { loop, host } = opened();
      const fired: number[] = [];
      loop.callLater(10, () => fired.push(10));
      loop.callLater(30, () => fired.push(30));
      host.turn(10);
      expect(fired).to.deep.equal([10]);
      expect(host.deadlines).to.deep.equal([30]);
      loop.addCallback(() => loop.callLater(5, () => fired.push(15)));
      host.turn();
      expect(host.deadlines).to.deep.equal([15]);
    });

    it('waits again after a timer of the host that came early (rule 6)', () => {
      const { loop, host } = opened();
      let fired = false;
      loop.callLater(10, () => {
        fired = true;
      });
      const entry = [...host.timers.entries()][0];
      if (entry === undefined) throw new Error('no timer was set');
      host.timers.delete(entry[0]);
      host.time = 9;
      entry[1].fn();
      expect(fired).to.equal(false);
      expect(host.deadlines).to.deep.equal([10]);
      host.turn(10);
      expect(fired).to.equal(true);
    });

    it('waits for far timers in pieces that a host can count (rule 11)', () => {
      const { loop, host } = opened();
      let fired = false;
      loop.callLater(2 ** 31 + 1000, () => {
        fired = true;
      });
      expect(host.deadlines).to.deep.equal([2 ** 31 - 1]);
      host.turn(2 ** 31 - 1);
      expect(fired).to.equal(false);
      expect(host.deadlines).to.deep.equal([2 ** 31 + 1000]);
      host.turn(2 ** 31 + 1000);
      expect(fired).to.equal(true);
    });
  });

  describe('a tick', () => {
    it('makes the loop current, and not after', () => {
      const { loop, host } = opened();
      let inside: IOLoop | undefined;
      loop.addCallback(() => {
        inside = IOLoop.current(false);
      });
      host.turn();
      expect(inside).to.equal(loop);
      expect(IOLoop.current(false)).to.equal(undefined);
      expect(loop.state).to.equal('idle');
    });

    it('gives control back after 10 ms, and goes on with the rest before anything newer (rule 37)', () => {
      const { loop, host } = opened();
      const seen: string[] = [];
      const step = (name: string): void => {
        seen.push(name);
        host.time += 4;
      };
      for (const name of ['a', 'b', 'c', 'd']) loop.addCallback(step, name);
      loop.callAt(0, step, 'timer');
      host.turn();
      expect(seen).to.deep.equal(['a', 'b', 'c']);
      loop.addCallback(step, 'newer');
      host.turn();
      expect(seen).to.deep.equal(['a', 'b', 'c', 'd', 'timer']);
      host.turn();
      expect(seen.at(-1)).to.equal('newer');
    });

    it('leaves an error to the host with onError: throw, and the rest runs in the next one', () => {
      const { loop, host } = opened({ onError: 'throw' });
      let next = false;
      loop.addCallback(() => {
        throw new Error('broken');
      });
      loop.addCallback(() => {
        next = true;
      });
      expect(() => host.turn()).to.throw('broken');
      expect(host.queued).to.have.length(1);
      host.turn();
      expect(next).to.equal(true);
    });
  });

  describe('on a host that watches descriptors', () => {
    const { READ, WRITE, ERROR } = IOLoop;
    const watching = (): { loop: IOLoop; host: WatchingHost } => {
      const host = new WatchingHost();
      return { host, loop: adopt(IOLoop.fromHost(host)) };
    };

    it('calls the handler in its next turn, once for all that the host said until then', () => {
      const { loop, host } = watching();
      const seen: unknown[] = [];
      loop.addHandler(7, (fd, events) => seen.push([fd, events, loop.state]), READ | WRITE);
      expect(loop.poller.realFds).to.equal(true);
      host.watched.get(7)?.fn(READ);
      host.watched.get(7)?.fn(WRITE);
      expect(seen).to.deep.equal([]);
      host.turn();
      expect(seen).to.deep.equal([[7, READ | WRITE, 'running']]);
      host.turn();
      expect(seen).to.have.length(1);
    });

    it('follows updateHandler() and removeHandler(), also for what was said before them', () => {
      const { loop, host } = watching();
      const seen: unknown[] = [];
      loop.addHandler(7, (_fd, events) => seen.push(events), READ | WRITE);
      host.watched.get(7)?.fn(READ);
      loop.updateHandler(7, WRITE);
      expect(host.watched.get(7)?.events).to.equal(WRITE);
      host.turn();
      host.watched.get(7)?.fn(ERROR);
      host.turn();
      expect(seen).to.deep.equal([ERROR]);
      host.watched.get(7)?.fn(WRITE);
      loop.removeHandler(7);
      host.turn();
      expect(seen).to.have.length(1);
      expect(host.watched.size).to.equal(0);
    });

    it('watches nothing any more once the loop is closed, and takes numbers only', () => {
      const { loop, host } = watching();
      loop.addHandler(7, () => {}, READ);
      expect(() => loop.addHandler({}, () => {}, READ)).to.throw(UnsupportedError, 'numbers');
      loop.close();
      expect(host.watched.size).to.equal(0);
    });
  });

  it('stands still after stop(), until somebody asks for something again', () => {
    const { loop, host } = opened();
    let fired = 0;
    loop.callLater(10, () => fired++);
    loop.addCallback(() => loop.stop());
    host.turn();
    expect(host.timers.size + host.queued.length).to.equal(0);
    loop.addCallback(() => {});
    host.turn(20);
    expect(fired).to.equal(1);
    loop.callLater(10, () => fired++);
    loop.stop();
    expect(host.timers.size).to.equal(0);
  });

  it('leaves nothing with the host when it is closed (C105)', () => {
    const { loop, host } = opened();
    loop.callLater(10, () => {});
    loop.addCallback(() => {
      throw new Error('never called');
    });
    loop.close();
    expect(host.timers.size).to.equal(0);
    host.turn(100);
  });
});

describe("A loop on the runtime's own loop", () => {
  const loops: IOLoop[] = [];
  const opened = (options: IOLoopOptions = {}): IOLoop => {
    const loop = new IOLoop({ poller: 'host', makeCurrent: false, ...options });
    loops.push(loop);
    return loop;
  };
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });

  it('can be used as soon as fromHost returns (C103)', (done) => {
    const loop = IOLoop.fromHost();
    loops.push(loop);
    const order: string[] = [];
    loop.callLater(5, () => order.push('timer'));
    loop.addCallback(() => order.push('callback'));
    loop.callLater(6, () => {
      IOLoop.clearCurrent();
      done(order.join() === 'callback,timer' ? undefined : new Error(order.join()));
    });
  });

  it('runs what handles call, in their order, and logs a name that nobody exposed (C32, C36)', (done) => {
    const logger = keepingLogger();
    const loop = opened({ logger });
    const seen: unknown[] = [];
    loop.expose('note', (n) => seen.push(n));
    const check = (): void => {
      loop.close();
      expect(seen).to.deep.equal([0, 1, 2, 3, 4]);
      expect(logger.errors).to.have.length(1);
      expect([handle.call('note', 5), handle.closed]).to.deep.equal([false, true]);
      done();
    };
    loop.expose('end', () => setImmediate(check));
    const handle = LoopHandle.attach(loop.handle());
    for (let n = 0; n < 5; n++) expect(handle.call('note', n)).to.equal(true);
    handle.call('missing');
    handle.call('end');
    expect(seen).to.deep.equal([]);
  });

  it('lets the process end though it has given out a handle', async () => {
    const ended = await runModule(`
      const loop = IOLoop.fromHost();
      loop.expose('note', () => {});
      globalThis.data = loop.handle();
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });

  it('never fires a timer early (rule 6)', (done) => {
    const loop = opened();
    let early = 0;
    for (let i = 0; i < 20; i++) {
      const handle = loop.callLater(i / 3, () => {
        if (loop.time() < handle.deadline) early++;
      });
    }
    loop.callLater(10, () => done(early === 0 ? undefined : new Error(`${early} were early`)));
  });

  it('leaves immediates and timers of the host alive beside a callback that renews itself (C104)', (done) => {
    const loop = opened();
    const seen = new Set<string>();
    const renew = (): void => {
      if (seen.size < 3) loop.addCallback(renew);
      else done();
    };
    renew();
    setImmediate(() => seen.add('immediate'));
    setTimeout(() => seen.add('timer'), 2);
    import('node:fs').then(({ readFile }) => readFile(new URL(import.meta.url), () => seen.add('file')));
  });

  it('runs promises between callbacks and reports their rejections', (done) => {
    const logger = keepingLogger();
    const loop = opened({ logger });
    const order: string[] = [];
    loop.addCallback(() => {
      Promise.resolve().then(() => order.push('reaction'));
    });
    loop.addCallback(async () => {
      order.push('second');
      throw new Error('rejected');
    });
    loop.callLater(1, () => {
      const right = order.join() === 'reaction,second' && logger.errors.length === 1;
      done(right ? undefined : new Error(`${order} ${logger.errors}`));
    });
  });

  it('lets the process end once it is closed, whatever it had (C105)', async () => {
    const ended = await runModule(`
      const loop = IOLoop.fromHost();
      loop.callLater(60_000, () => console.log('fired'));
      loop.addCallback(() => console.log('ran'));
      setTimeout(() => loop.close(), 20);
    `);
    expect(ended).to.deep.equal({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  it('keeps the process alive for a timer, and not after unref() (C106)', async () => {
    const [kept, left] = await Promise.all([
      runModule(`IOLoop.fromHost().callLater(50, () => console.log('fired'));`),
      runModule(`
        const loop = IOLoop.fromHost();
        loop.unref();
        loop.callLater(60_000, () => console.log('fired'));
        loop.callLater(60_000, () => console.log('fired'));
      `),
    ]);
    expect(kept).to.deep.equal({ code: 0, stdout: 'fired\n', stderr: '' });
    expect(left).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });

  it('warns once when the host ends and it has work left (C105)', async () => {
    const ended = await runModule(`
      const loop = IOLoop.fromHost();
      loop.callLater(60_000, () => {});
      loop.stop();
    `);
    expect(ended.code).to.equal(0);
    expect(ended.stderr.trim()).to.match(/^PIKALOOP_ABANDONED: .* 0 callbacks and 1 timers left; close\(\) it$/);
  });
});
