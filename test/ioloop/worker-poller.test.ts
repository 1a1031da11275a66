import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setImmediate as nextTask } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { IOLoop, IOLoopError, LoopClosedError } from '../../ioloop/index.ts';
import type { LoopServices } from '../../ioloop/poller.ts';
import { WorkerPoller, type WorkerPollerOptions } from '../../ioloop/pollers/worker.ts';
import { Bell, IO_HELD, TURN_WORDS } from '../../ioloop/ring.ts';
import { BEAT, mismatch, pattern, unit } from '../support/peers.ts';
import { Random } from '../support/random.ts';
import { quietHandlers } from '../support/stream-handlers.ts';
import { ask, RecordedStream, runGuarded, type StreamLab, streamLab } from '../support/stream-lab.ts';

describe('the worker poller', () => {
  const loops: IOLoop[] = [];
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });

  function open(options?: WorkerPollerOptions): { loop: IOLoop; lab: StreamLab } {
    const loop = new IOLoop({ poller: (services) => new WorkerPoller(services, options), makeCurrent: false });
    loops.push(loop);
    return { loop, lab: streamLab(loop) };
  }

  it('lets the I/O thread go at the end of a turn that wrote nothing', async () => {
    const poller = new WorkerPoller({} as LoopServices);
    const { words } = new Bell(poller.bell);
    words[TURN_WORDS] = 7;
    const held = new Worker(new URL('held-worker.js', import.meta.url), { workerData: { bell: poller.bell } });
    while (Atomics.load(words, IO_HELD) === 0) await nextTask();
    const began = performance.now();
    words[TURN_WORDS] = 8;
    poller.wait(0, new Int32Array(2));
    await once(held, 'exit');
    expect(performance.now() - began).to.be.below(1000);
    poller.close();
  });

  it('carries bytes unharmed across every wrap of small rings (C77)', () => {
    const { loop, lab } = open({ ringBytes: 4096 });
    const random = new Random(7);
    const sizes = [1, 4095, 4096, 4097, 8192, 65_535, 65_536, 65_537];
    const total = 3_000_000;
    let sent = 0;
    let wrong = -1;
    let received = 0;
    const feed = (): void => {
      for (let goesOn = true; goesOn && sent < total; ) {
        const size = random.pick(sizes);
        goesOn = stream.transport.write(pattern(sent, Math.min(size, total - sent)));
        sent += Math.min(size, total - sent);
      }
    };
    const stream = new RecordedStream(loop, {
      onConnect: feed,
      onDrain: feed,
      onData: (bytes) => {
        if (wrong < 0) wrong = mismatch(bytes, received);
        received += bytes.length;
        if (received === total) stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('echo'));
    runGuarded(loop);
    expect([received, wrong]).to.deep.equal([total, -1]);
  });

  it('gives at most two pieces in a turn, straight from the ring', () => {
    const { loop, lab } = open();
    let pieces = 0;
    let most = 0;
    const count = (): void => {
      most = Math.max(most, pieces);
      pieces = 0;
      if (stream.transport.state !== 'closed') loop.addCallback(count);
    };
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        stream.transport.write(Buffer.from('5000000'));
        loop.addCallback(count);
      },
      onData: (bytes) => {
        pieces++;
        expect(bytes.buffer).to.be.instanceOf(SharedArrayBuffer);
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('source'));
    runGuarded(loop);
    expect(stream.length).to.equal(5_000_000);
    expect(most).to.be.within(1, 2);
  });

  it('sends what is written in one turn in one piece, as a rule', () => {
    const { loop, lab } = open();
    const turns = 200;
    let turn = 0;
    const write = (): void => {
      for (let i = 0; i < 20; i++) stream.transport.write(Uint8Array.of(i));
    };
    const stream = new RecordedStream(loop, {
      onConnect: write,
      onData: () => {
        if (stream.length < 20 * (turn + 1)) return;
        if (++turn === turns) stream.transport.shutdown();
        else write();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('echo'));
    runGuarded(loop);
    // the echo of one write is one read; a busy machine may let a turn's first bytes go ahead of the others
    expect(stream.chunks.length).to.be.below(2 * turns);
  });

  it('lets bytes leave while the callback that wrote them computes on (C94)', () => {
    const { loop, lab } = open();
    const arrived: number[] = [];
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        for (let i = 0; i < 20; i++) {
          const written = clock();
          stream.transport.write(Buffer.from(`${written}\n`));
          compute(50);
        }
        stream.transport.shutdown();
      },
      onData: (bytes) => arrived.push(...Buffer.from(bytes.slice()).toString().trim().split('\n').map(Number)),
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('delays'));
    runGuarded(loop);
    expect(arrived).to.have.length(20);
    expect(Math.max(...arrived), 'ten times the 20 ms that are promised').to.be.below(200);
  });

  it('lets bytes leave that are written while the loop does not run', () => {
    const { loop, lab } = open();
    let delay = Number.POSITIVE_INFINITY;
    const stream = new RecordedStream(loop, {
      onConnect: () => loop.stop(),
      onData: (bytes) => {
        delay = Number(Buffer.from(bytes.slice()).toString());
        loop.stop();
      },
    });
    stream.transport.connect(lab.listen('delays'));
    runGuarded(loop);
    stream.transport.write(Buffer.from(`${clock()}\n`));
    compute(500);
    runGuarded(loop);
    expect(delay, 'a hundred times the 2 ms that are promised, less than the thread computes').to.be.below(200);
  });

  it('sends keep-alives between units only, while the thread computes (C90)', () => {
    const { loop, lab } = open();
    const report = lab.listen('report');
    const random = new Random(90);
    let units = 0;
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        stream.transport.keepAlive(BEAT, 30, 0);
        for (const end = performance.now() + 3000; performance.now() < end; units++) {
          const bytes = unit(6 + random.below(random.pick([10, 300, 60_000])));
          const cut = 1 + random.below(bytes.length - 1);
          stream.transport.write(bytes.subarray(0, cut), false);
          if (random.below(5) === 0) compute(80);
          stream.transport.write(bytes.subarray(cut), true);
          if (random.below(3) === 0) compute(120);
        }
        stream.transport.keepAlive(BEAT, 0, 0);
        stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('units'));
    runGuarded(loop);
    const found = lastNote(ask(loop, report));
    expect(found).to.include({ units, damaged: 0 });
    expect(found.beats).to.be.at.least(10);
    expect(found.longestGap).to.be.below(800);
  });

  it('sends keep-alives while a backlog that fits no ring waits for a thread that computes', () => {
    const { loop, lab } = open();
    const report = lab.listen('report');
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        stream.transport.keepAlive(BEAT, 30, 0);
        for (let i = 0; i < 100; i++) stream.transport.write(unit(9_999));
        compute(500);
        stream.transport.keepAlive(BEAT, 0, 0);
        stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('units'));
    runGuarded(loop);
    const found = lastNote(ask(loop, report));
    expect(found).to.include({ units: 100, damaged: 0 });
    expect(found.beats).to.be.at.least(5);
  });

  it('looks for backpressure after the I/O thread has tried to write, not at what the turn collected', () => {
    const { loop, lab } = open();
    const buffered: number[] = [];
    let turns = 0;
    const stream = new RecordedStream(loop, {
      onConnect: () => write(),
      onHandOver: () => {
        buffered.push(stream.transport.writeBufferSize);
        if (++turns < 20) write();
        else stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    const write = (): void => {
      for (let i = 0; i < 100; i++) stream.transport.write(pattern(0, 100));
    };
    stream.transport.connect(lab.listen('digest'));
    runGuarded(loop);
    expect(buffered).to.have.length(20);
    expect(buffered.filter((size) => size > 0).length).to.be.below(5);
  });

  it('tells of backpressure when the peer does not read, without another turn', () => {
    const { loop, lab } = open();
    let seen = 0;
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        for (let i = 0; i < 12; i++) stream.transport.write(pattern(0, 1 << 20));
      },
      onHandOver: () => {
        seen = stream.transport.writeBufferSize;
        loop.stop();
      },
    });
    stream.transport.connect(lab.listen('stalled'));
    runGuarded(loop);
    expect(seen).to.be.above(1 << 20);
  });

  describe('its I/O thread', () => {
    it('is not made for a loop with timers only', () => {
      const before = threads();
      const { loop } = open();
      loop.callLater(1, () => loop.stop());
      runGuarded(loop);
      // threads of earlier tests may still be on their way out
      expect(threads()).to.be.at.most(before);
    });

    it('ends some time after the last stream, and comes back for the next one', () => {
      const { loop, lab } = open({ idleLimit: 50 });
      const address = lab.listen('hello');
      const talk = (): string => {
        const stream = new RecordedStream(loop, {
          onData: () => stream.transport.shutdown(),
          onClose: () => loop.stop(),
        });
        stream.transport.connect(address);
        runGuarded(loop);
        return stream.text;
      };
      const before = threads();
      expect(talk()).to.equal('hello');
      for (let i = 0; i < 100 && threads() > before; i++) {
        loop.callLater(50, () => loop.stop());
        runGuarded(loop);
      }
      expect(threads()).to.be.at.most(before);
      expect(talk()).to.equal('hello');
    });

    for (const fault of ['exit', 'throw', 'hang']) {
      it(`ends all streams within 3 s when it goes down (${fault}), and the next stream gets another (C92)`, function () {
        this.timeout(40_000);
        const program = new URL('../support/faulty-io-worker.js', import.meta.url);
        const { loop, lab } = open({ program });
        const address = lab.listen('silent');
        const faults = new BroadcastChannel('pikaloop-faults');
        let opened = 0;
        const streams = [0, 1, 2].map(
          () =>
            new RecordedStream(loop, {
              onConnect: () => ++opened === 3 && faults.postMessage(fault),
              onClose: () => --opened === 0 && loop.stop(),
            }),
        );
        for (const { transport } of streams) transport.connect(address);
        const began = loop.time();
        runGuarded(loop, 30_000);
        faults.close();
        // ten times the promise
        expect(loop.time() - began).to.be.below(30_000);
        for (const { events, error } of streams) {
          expect(events).to.deep.equal(['connect', 'close']);
          expect(error).to.be.instanceOf(IOLoopError).with.property('code', 'IO_THREAD_LOST');
        }
        if (fault === 'throw') expect(streams[0]?.error?.message).to.include('planted in the I/O thread');
        const next = new RecordedStream(loop, { onData: () => loop.stop() });
        next.transport.connect(lab.listen('hello'));
        runGuarded(loop);
        expect(next.text).to.equal('hello');
      });
    }

    it('is told missing when its program is not there, and lookups and streams end with that', () => {
      const { loop, lab } = open({ program: new URL('./no-such-program.js', import.meta.url) });
      const address = lab.listen('silent');
      let lookup: Error | null = null;
      const stream = new RecordedStream(loop, { onClose: () => loop.addCallback(() => loop.stop()) });
      stream.transport.connect(address);
      loop.transports.resolve('localhost', 1, 0, (error) => {
        lookup = error;
      });
      runGuarded(loop);
      for (const error of [stream.error, lookup]) expect(error).to.be.instanceOf(IOLoopError);
      expect(stream.error?.message).to.include('no-such-program.js');
    });

    it('leaves nothing behind after 50 loops with a stream each (C15)', () => {
      const round = (): void => {
        const { loop, lab } = open();
        const stream = new RecordedStream(loop, { onData: () => loop.stop() });
        stream.transport.connect(lab.listen('hello'));
        runGuarded(loop);
        loops.pop()?.close();
      };
      round();
      const before = threads();
      for (let i = 0; i < 50; i++) round();
      // a thread that was told to end takes a moment to do so
      for (let i = 0; i < 100 && threads() > before; i++) compute(50);
      expect(threads()).to.be.at.most(before);
    });

    it('gives the bytes 200 ms to leave when the loop closes', () => {
      const { loop, lab } = open();
      const report = lab.listen('report');
      const stream = new RecordedStream(loop, {
        onConnect: () => {
          stream.transport.write(Buffer.from('last words'));
          loop.stop();
        },
      });
      stream.transport.connect(lab.listen('witness'));
      runGuarded(loop);
      loop.close();
      const other = open();
      let said = '[]';
      for (let i = 0; i < 100 && !said.includes('last words'); i++) said = ask(other.loop, report);
      expect(JSON.parse(said)).to.include('last words');
    });
  });

  it('counts no silence of the peer while its own ring is full (fault K2)', () => {
    const { loop, lab } = open({ ringBytes: 4096 });
    const ages: number[] = [];
    const look = (): number => ages.push(loop.time() - stream.transport.lastRead);
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        stream.transport.write(Buffer.from('1000000'));
        stream.transport.pause();
        loop.callLater(300, () => {
          look();
          stream.transport.resume();
          loop.addCallback(look);
          loop.callLater(5, look);
        });
      },
      onData: look,
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('source'));
    runGuarded(loop);
    expect(stream.length).to.equal(1_000_000);
    expect(Math.max(...ages)).to.be.below(200);
  });

  it('serves more streams than one page of ready bits covers, also in its next thread', function () {
    this.timeout(60_000);
    const { loop, lab } = open({ ringBytes: 4096, idleLimit: 1 });
    const address = lab.listen('hello');
    for (let round = 0; round < 2; round++) {
      let left = 1100;
      let notClosed = left;
      const texts = new Set<string>();
      const streams = Array.from({ length: left }, () => {
        const stream: RecordedStream = new RecordedStream(loop, {
          onData: () => {
            texts.add(stream.text);
            if (--left === 0) for (const { transport } of streams) transport.abort();
          },
          onClose: () => {
            if (--notClosed === 0) loop.callLater(100, () => loop.stop());
          },
        });
        return stream;
      });
      for (const { transport } of streams) transport.connect(address);
      runGuarded(loop, 30_000);
      expect([left, ...texts]).to.deep.equal([0, 'hello']);
    }
  });

  it('makes no stream for a closed loop', () => {
    const { loop } = open();
    const { transports } = loop;
    loop.close();
    expect(() => transports.create(quietHandlers())).to.throw(LoopClosedError);
    expect(() => transports.resolve('localhost', 1, 0, () => {})).to.throw(LoopClosedError);
  });

  it('rests after streams were aborted, whatever the I/O thread tells of them later', () => {
    const { loop, lab } = open();
    const address = lab.listen('source');
    for (let i = 0; i < 10; i++) {
      const stream = new RecordedStream(loop, {
        onConnect: () => stream.transport.write(Buffer.from('1000000')),
        onData: () => {
          stream.transport.abort();
          stream.transport.resume();
        },
      });
      stream.transport.connect(address);
    }
    loop.callLater(300, () => loop.stop());
    runGuarded(loop);
    const words = new Int32Array(loop.handle().bell);
    const before = words[TURN_WORDS] ?? 0;
    loop.callLater(200, () => loop.stop());
    runGuarded(loop);
    expect(((words[TURN_WORDS] ?? 0) - before) / 2, 'turns in 200 ms').to.be.below(20);
  });

  it('waits on an idle thread without waking it (C101)', () => {
    const { loop, lab } = open();
    const stream = new RecordedStream(loop, { onConnect: () => loop.stop() });
    stream.transport.connect(lab.listen('silent'));
    runGuarded(loop);
    let turns = 0;
    const before = process.cpuUsage();
    loop.callLater(2000, () => {
      turns++;
      loop.stop();
    });
    runGuarded(loop);
    const { user, system } = process.cpuUsage(before);
    expect(turns).to.equal(1);
    expect((user + system) / 1000, 'ms of CPU in 2 s: ten times half a percent').to.be.below(100);
  });
});

/** What a `units` peer found; peers of other tests may have left notes too. */
function lastNote(report: string): Record<string, number> {
  return JSON.parse((JSON.parse(report) as string[]).at(-1) ?? '{}');
}

/** Threads of this process, where the system tells. */
function threads(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** A clock that all threads share. */
function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
