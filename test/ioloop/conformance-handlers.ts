import { expect } from 'chai';
import { IOLoop, IOLoopError, type Pollable, UnsupportedError } from '../../ioloop/index.ts';
import { Descriptors } from '../support/descriptors.ts';
import { keepingLogger, type PollerUnderTest } from '../support/each-poller.ts';

const { READ, WRITE, ERROR, NONE } = IOLoop;

/** Rows C60 to C67, C70, C74: who hears of what, over pipes and pairs of sockets. */
export function handlers(poller: PollerUnderTest): void {
  if (!poller.realFds) {
    it('names the pollers that can watch a descriptor', () => {
      expect(() => poller.open().addHandler(0, () => {}, READ)).to.throw(UnsupportedError, /epoll.*poll.*select/);
    });
    return;
  }
  const fds = new Descriptors();
  afterEach(() => fds.closeAll());
  describe('events', () => events(poller, fds));
  describe('changes within a batch', () => batches(poller, fds));
  describe('what cannot be watched', () => refusals(poller, fds));
  describe('a descriptor that is closed too early', () => closedTooEarly(poller, fds));
}

function events({ open, sleep }: PollerUnderTest, fds: Descriptors): void {
  it('come with the very number or object that was registered, and the byte is there (C60)', () => {
    const loop = open();
    const pipes = [fds.pipe(), fds.pipe()];
    const file: Pollable = { fileno: () => pipes[1]![0] };
    const seen: unknown[] = [];
    loop.addHandler(pipes[0]![0], (fd, bits) => seen.push(fd, bits, fds.receive(fd)), READ);
    loop.addHandler(file, (source, bits) => seen.push(source, bits, fds.receive(pipes[1]![0])), READ);
    fds.send(pipes[0]![1], 'a');
    loop.runOnce();
    fds.send(pipes[1]![1], 'b');
    loop.runOnce();
    expect(seen).to.deep.equal([pipes[0]![0], READ, 'a', file, READ, 'b']);
    expect(seen[3]).to.equal(file);
  });

  it('end a wait that has begun', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    loop.addHandler(reads, () => loop.stop(), READ);
    loop.callLater(20, () => fds.send(writes, 'x'));
    const overdue = loop.callLater(10_000, () => loop.stop());
    loop.start();
    expect(overdue.active).to.equal(true);
  });

  it('of a handler for reading never have WRITE (C63)', () => {
    const loop = open();
    const [ours, theirs] = fds.pair();
    const seen: number[] = [];
    loop.addHandler(ours, (_fd, bits) => seen.push(bits), READ);
    loop.runOnce(0);
    expect(seen).to.deep.equal([]);
    fds.send(theirs, 'x');
    loop.runOnce(0);
    loop.updateHandler(ours, WRITE);
    loop.runOnce(0);
    loop.updateHandler(ours, READ | WRITE);
    loop.runOnce(0);
    loop.updateHandler(ours, NONE);
    loop.runOnce(0);
    expect(seen).to.deep.equal([READ, WRITE, READ | WRITE]);
  });

  it('come again while something is left to read (C74)', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    let text = '';
    loop.addHandler(reads, (fd) => (text += fds.receive(fd, 2)), READ);
    fds.send(writes, 'abcde');
    for (let turn = 0; turn < 5; turn++) loop.runOnce(0);
    expect(text).to.equal('abcde');
  });

  it('go on after the handler threw, and the error is told with the handler (C70, rule 22)', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    const told: unknown[] = [];
    loop.handleCallbackException = (error, fn) => told.push((error as Error).message, fn);
    const broken = (): never => {
      throw new Error('broken');
    };
    loop.addHandler(reads, broken, READ);
    fds.send(writes, 'x');
    loop.runOnce(0);
    loop.runOnce(0);
    expect(told).to.deep.equal(['broken', broken, 'broken', broken]);
  });

  it('of a pipe tell its reader of the end, and its writer that nobody reads (C69)', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    const [gone, orphan] = fds.pipe();
    const seen: unknown[] = [];
    loop.addHandler(
      reads,
      (fd, bits) => {
        seen.push(bits & READ, fds.receive(fd));
        loop.removeHandler(fd);
      },
      READ,
    );
    fds.close(writes);
    loop.runOnce();
    loop.addHandler(
      orphan,
      (fd, bits) => {
        seen.push(bits & ERROR);
        loop.removeHandler(fd);
      },
      WRITE,
    );
    fds.close(gone);
    loop.runOnce();
    expect(seen).to.deep.equal([READ, '', ERROR]);
  });

  it('wait while the program computes, and are told at the next turn', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    const seen: unknown[] = [];
    loop.addHandler(reads, (fd) => seen.push(fds.receive(fd)), READ);
    fds.send(writes, 'x');
    sleep(loop, 5);
    expect(seen).to.deep.equal([]);
    loop.runOnce(0);
    expect(seen).to.deep.equal(['x']);
  });
}

function batches({ open }: PollerUnderTest, fds: Descriptors): void {
  /** Two pipes with a byte in each: both are ready in the same batch, in an order that the poller chooses. */
  function bothReady(): [number, number] {
    const pipes = [fds.pipe(), fds.pipe()];
    for (const [, writes] of pipes) fds.send(writes, 'x');
    return [pipes[0]![0], pipes[1]![0]];
  }

  it('does not call a handler that an earlier one removed (C64, rule 27)', () => {
    const loop = open();
    const both = bothReady();
    let calls = 0;
    for (const fd of both) {
      loop.addHandler(
        fd,
        () => {
          calls++;
          loop.removeHandler(otherOf(both, fd));
        },
        READ,
      );
    }
    loop.runOnce(0);
    expect(calls).to.equal(1);
  });

  it('narrows what is told to a mask that an earlier handler has set (C65, rule 27)', () => {
    const loop = open();
    const pairs = [fds.pair(), fds.pair()];
    const both: [number, number] = [pairs[0]![0], pairs[1]![0]];
    for (const [, theirs] of pairs) fds.send(theirs, 'x');
    const seen: number[] = [];
    for (const fd of both) {
      loop.addHandler(
        fd,
        (_fd, bits) => {
          seen.push(bits);
          if (seen.length === 1) loop.updateHandler(otherOf(both, fd), WRITE);
        },
        READ | WRITE,
      );
    }
    loop.runOnce(0);
    expect(seen).to.deep.equal([READ | WRITE, WRITE]);
    seen.length = 0;
    for (const fd of both) loop.updateHandler(fd, READ);
    seen.push(0);
    loop.addCallback(() => loop.updateHandler(both[0], NONE));
    loop.addCallback(() => loop.updateHandler(both[1], NONE));
    loop.runOnce(0);
    expect(seen).to.deep.equal([0]);
  });

  it('tells nothing of the batch to a handler that was removed and added again in it (C66, rule 27)', () => {
    const loop = open();
    const both = bothReady();
    let stale = 0;
    let first = true;
    for (const fd of both) {
      loop.addHandler(
        fd,
        () => {
          if (!first) return;
          first = false;
          const other = otherOf(both, fd);
          loop.removeHandler(other);
          loop.addHandler(other, () => stale++, READ);
        },
        READ,
      );
    }
    loop.runOnce(0);
    expect(stale).to.equal(0);
    loop.runOnce(0);
    expect(stale).to.equal(1);
  });
}

function refusals({ name, open }: PollerUnderTest, fds: Descriptors): void {
  it('is what has a handler, as a number or an object; the first one stays (C61, rule 25)', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    const seen: string[] = [];
    loop.addHandler({ fileno: () => reads }, () => seen.push('first'), READ);
    for (const again of [reads, { fileno: () => reads }]) {
      expect(() => loop.addHandler(again, () => seen.push('second'), READ))
        .to.throw(IOLoopError)
        .with.property('code', 'SOURCE_KNOWN');
    }
    fds.send(writes, 'x');
    loop.runOnce(0);
    expect(seen).to.deep.equal(['first']);
  });

  it('is what has no handler, for updateHandler(); removeHandler() says false (C62)', () => {
    const loop = open();
    const [reads] = fds.pipe();
    expect(loop.removeHandler(reads)).to.equal(false);
    expect(loop.removeHandler({})).to.equal(false);
    expect(() => loop.updateHandler(reads, READ))
      .to.throw(IOLoopError)
      .with.property('code', 'SOURCE_UNKNOWN');
  });

  it('is a closed descriptor, at once', () => {
    const loop = open();
    const [reads] = fds.pipe();
    fds.close(reads);
    expect(() => loop.addHandler(reads, () => {}, READ))
      .to.throw(IOLoopError, `file descriptor ${reads} is not open`)
      .with.property('code', 'SOURCE_CLOSED');
    expect(loop.removeHandler(reads)).to.equal(false);
  });

  it('is what is no descriptor', () => {
    const loop = open();
    const add = (source: unknown) => () => loop.addHandler(source as number, () => {}, READ);
    for (const wrong of [-1, 2 ** 31]) expect(add(wrong)).to.throw(RangeError).with.property('field', 'source');
    for (const wrong of [1.5, Number.NaN]) expect(add(wrong)).to.throw(TypeError).with.property('field', 'source');
    for (const wrong of [{}, { fileno: () => undefined }]) expect(add(wrong)).to.throw(UnsupportedError, 'fileno()');
  });

  if (name === 'select') {
    it('is a number from 1024 on (C73)', () => {
      const high = fds.copy(fds.pipe()[0], 1024);
      expect(() => open().addHandler(high, () => {}, READ)).to.throw(UnsupportedError, 'epoll and poll take it');
    });
  } else {
    it('is no number, however high (C73)', () => {
      const loop = open();
      const [reads, writes] = fds.pipe();
      const high = fds.copy(reads, 2000);
      const seen: number[] = [];
      loop.addHandler(high, (fd) => seen.push(fd), READ);
      fds.send(writes, 'x');
      loop.runOnce();
      expect(seen).to.deep.equal([high]);
    });
  }
}

function closedTooEarly({ name, open }: PollerUnderTest, fds: Descriptors): void {
  const silent = name === 'epoll' || name === 'kqueue';

  it(`is ${silent ? 'forgotten in silence' : 'told once, as an error'}, and the loop goes on waiting (rule 28)`, () => {
    const logger = keepingLogger();
    const loop = open({ logger });
    const [reads] = fds.pipe();
    const seen: number[] = [];
    loop.addHandler(reads, (_fd, bits) => seen.push(bits), READ);
    fds.close(reads);
    const turns = turnsIn(loop, 100);
    expect(seen).to.deep.equal(silent ? [] : [ERROR]);
    expect(logger.warnings).to.have.length(silent ? 0 : 1);
    expect(turns).to.be.below(20);
    // whoever gets the number next can be watched
    expect(loop.removeHandler(reads)).to.equal(silent);
    const [again, writes] = fds.pipe();
    loop.addHandler(again, (_fd, bits) => seen.push(bits), READ);
    fds.send(writes, 'x');
    loop.runOnce(0);
    expect(seen.at(-1)).to.equal(READ);
  });

  it('tells nothing of its file to whoever gets its number (C67, rule 28)', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    const [later, sender] = fds.pipe();
    // something else is watched all the time, and the file lives on under another number, and is ready
    loop.addHandler(fds.pipe()[0], () => {}, READ);
    fds.copy(reads);
    fds.send(writes, 'x');
    const seen: string[] = [];
    loop.addHandler(reads, () => seen.push('old'), READ);
    fds.replace(later, reads);
    loop.removeHandler(reads);
    loop.addHandler(reads, () => seen.push('new'), READ);
    const turns = turnsIn(loop, 100);
    expect(seen).to.deep.equal([]);
    expect(turns).to.be.below(20);
    fds.send(sender, 'y');
    loop.runOnce(0);
    expect(seen).to.deep.equal(['new']);
  });

  it('cannot be changed any more', () => {
    const loop = open();
    const [reads] = fds.pipe();
    loop.addHandler(reads, () => {}, READ);
    fds.close(reads);
    expect(() => loop.updateHandler(reads, WRITE))
      .to.throw(IOLoopError)
      .with.property('code', 'SOURCE_CLOSED');
    expect(loop.removeHandler(reads)).to.equal(true);
  });

  it('is closed by close({ allFds: true }), and left open without (C13, C14)', () => {
    const [kept, closed] = [fds.pipe()[0], fds.pipe()[0]];
    for (const [fd, allFds] of [
      [kept, false],
      [closed, true],
    ] as const) {
      const loop = open();
      loop.addHandler(fd, () => {}, READ);
      loop.close({ allFds });
    }
    expect([fds.isOpen(kept), fds.isOpen(closed)]).to.deep.equal([true, false]);
    fds.disown(closed);
  });
}

/** @returns how many turns the loop took in these milliseconds: a few where it waits, thousands where it spins */
function turnsIn(loop: IOLoop, ms: number): number {
  const end = loop.time() + ms;
  let turns = 0;
  for (; loop.time() < end; turns++) loop.runOnce(end - loop.time());
  return turns;
}

function otherOf([first, second]: readonly [number, number], fd: number): number {
  return fd === first ? second : first;
}
