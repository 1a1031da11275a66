import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setImmediate as nextTask } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { IOLoop, IOLoopError } from '../../ioloop/index.ts';
import type { LoopServices } from '../../ioloop/poller.ts';
import { WorkerPoller, type WorkerPollerOptions } from '../../ioloop/pollers/worker.ts';
import { Bell, IO_HELD, TURN_WORDS } from '../../ioloop/ring.ts';
import { mismatch, pattern } from '../support/peers.ts';
import { Random } from '../support/random.ts';
import { runGuarded } from '../support/run-loop.ts';
import { RecordedStream, type StreamLab, streamLab } from '../support/stream-lab.ts';

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
    expect(performance.now() - began, 'not the 10 s that it would wait').to.be.below(8000);
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
  });

  it('counts no silence of the peer while its own ring is full (fault K2)', () => {
    const { loop, lab } = open({ ringBytes: 4096 });
    const ages: number[] = [];
    const look = (): number => ages.push(loop.time() - stream.transport.lastRead);
    const stream = new RecordedStream(loop, {
      onConnect: () => {
        stream.transport.write(Buffer.from('1000000'));
        stream.transport.pause();
        loop.callLater(1000, () => {
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
    expect(Math.max(...ages), 'less than the pause').to.be.below(700);
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
});

/** Threads of this process, where the system tells. */
function threads(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}
