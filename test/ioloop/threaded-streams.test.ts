import { readdirSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { expect } from 'chai';
import { ThreadedStreams } from '../../ioloop/hosts/threaded-streams.ts';
import { type HostLoop, IOLoopError, LibuvHost } from '../../ioloop/index.ts';
import type { IoStreamsOptions } from '../../ioloop/io-streams.ts';
import { HostedLoop } from '../support/hosted-loop.ts';
import { runLoop } from '../support/run-loop.ts';
import { RecordedStream, type StreamLab, streamLab } from '../support/stream-lab.ts';

describe("A host's streams in an I/O thread", () => {
  const loops: HostedLoop[] = [];
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });

  function open(options: Partial<IoStreamsOptions> = {}): { loop: HostedLoop; lab: StreamLab; host: ThreadedHost } {
    const host = new ThreadedHost(options);
    const loop = new HostedLoop(host);
    loops.push(loop);
    return { loop, lab: streamLab(loop), host };
  }

  /** Tasks that hosts were asked for. */
  let looks = 0;

  class ThreadedHost implements HostLoop {
    readonly #libuv = new LibuvHost();
    readonly transports: ThreadedStreams;
    /** Set, and not over. */
    readonly timers = new Set<unknown>();

    constructor(options: Partial<IoStreamsOptions>) {
      this.transports = new ThreadedStreams(this, options);
    }

    now(): number {
      return this.#libuv.now();
    }

    soon(fn: () => void): void {
      looks++;
      this.#libuv.soon(fn);
    }

    later(delay: number, fn: () => void): unknown {
      const timer = this.#libuv.later(delay, () => {
        this.timers.delete(timer);
        fn();
      });
      this.timers.add(timer);
      return timer;
    }

    cancel(timer: unknown): void {
      this.timers.delete(timer);
      this.#libuv.cancel(timer);
    }

    flush(): void {
      this.transports.flush();
    }
  }

  for (const fault of ['exit', 'throw', 'hang']) {
    it(`end together when the thread goes down (${fault}), and the next one gets another (C92)`, async function () {
      this.timeout(40_000);
      const { loop, lab } = open({ program: new URL('../support/faulty-io-worker.js', import.meta.url) });
      const address = lab.listen('silent');
      const faults = new BroadcastChannel('pikaloop-faults');
      let opened = 0;
      const streams = [0, 1].map(
        () =>
          new RecordedStream(loop, {
            onConnect: () => ++opened === 2 && faults.postMessage(fault),
            onClose: () => --opened === 0 && loop.stop(),
          }),
      );
      for (const { transport } of streams) transport.connect(address);
      await runLoop(loop, 30_000);
      faults.close();
      for (const { events, error } of streams) {
        expect(events).to.deep.equal(['connect', 'close']);
        expect(error).to.be.instanceOf(IOLoopError).with.property('code', 'IO_THREAD_LOST');
      }
      const next = new RecordedStream(loop, { onData: () => loop.stop() });
      next.transport.connect(lab.listen('hello'));
      await runLoop(loop);
      expect(next.text).to.equal('hello');
    });
  }

  it('are told when the program of their thread is missing', async () => {
    const { loop, lab } = open({ program: new URL('./no-such-program.js', import.meta.url) });
    const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
    stream.transport.connect(lab.listen('silent'));
    await runLoop(loop);
    expect(stream.error).to.be.instanceOf(IOLoopError);
    expect(stream.error?.message).to.include('no-such-program.js');
  });

  it('carry bytes unharmed across every wrap of small rings (C77)', async () => {
    const { loop, lab } = open({ capacity: 4096 });
    const sent = Buffer.alloc(300_000, 'pikaloop, and not a power of two');
    const stream = new RecordedStream(loop, {
      onConnect: () => stream.transport.write(sent),
      onData: () => {
        if (stream.length === sent.length) stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(lab.listen('echo'));
    await runLoop(loop);
    expect(Buffer.compare(Buffer.concat(stream.chunks), sent)).to.equal(0);
  });

  it('leave an idle host alone, but for a look now and then whether the thread lives (C101)', async () => {
    const { loop, lab } = open();
    const stream = new RecordedStream(loop, { onConnect: () => loop.stop() });
    stream.transport.connect(lab.listen('silent'));
    await runLoop(loop);
    await pass(50);
    const before = looks;
    await pass(2000);
    expect(looks - before, 'two looks, with the answer to each').to.be.below(20);
  });

  it('have no timer left with the host once all of them have ended', async () => {
    const { loop, lab, host } = open();
    const address = lab.listen('hello');
    for (const end of ['shutdown', 'abort'] as const) {
      const stream = new RecordedStream(loop, { onData: () => stream.transport[end](), onClose: () => loop.stop() });
      stream.transport.connect(address);
      expect(host.timers.size).to.equal(1);
      await runLoop(loop);
      // the thread's word may come after the handlers'
      for (let i = 0; i < 5000 && host.timers.size > 0; i++) await pass(1);
      expect([...host.timers], `after ${end}`).to.deep.equal([]);
      expect(host.transports.patience).to.equal(Number.POSITIVE_INFINITY);
    }
  });

  it('let their thread go once it has had nothing to do', async () => {
    const { loop, lab } = open({ idleLimit: 20 });
    const before = threads();
    const address = lab.listen('hello');
    const talk = async (): Promise<string> => {
      const stream = new RecordedStream(loop, {
        onData: () => stream.transport.shutdown(),
        onClose: () => loop.stop(),
      });
      stream.transport.connect(address);
      await runLoop(loop);
      return stream.text;
    };
    expect(await talk()).to.equal('hello');
    // it takes a moment to end
    for (let i = 0; i < 200 && threads() > before; i++) await pass(50);
    expect(threads()).to.be.at.most(before);
    expect(await talk()).to.equal('hello');
  });

  it('refuse TLS options that are no plain data, at the connect', () => {
    const { loop, lab } = open();
    const stream = new RecordedStream(loop);
    const tls = { checkServerIdentity: () => undefined };
    expect(() => stream.transport.connect(lab.listen('hello'), { tls } as never)).to.throw(TypeError, 'tls.');
  });
});

/** Threads of this process, where the system tells. */
function threads(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}
