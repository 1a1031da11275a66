import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { IOLoop, type TcpAddress } from '../../ioloop/index.ts';
import type { System } from '../../ioloop/native/calls.ts';
import { openSystem, whyNoSystem } from '../../ioloop/native/system.ts';
import { EPOLL } from '../../ioloop/pollers/epoll.ts';
import { FfiPoller } from '../../ioloop/pollers/ffi.ts';
import { POLL } from '../../ioloop/pollers/poll.ts';
import { SELECT } from '../../ioloop/pollers/select.ts';
import { TURN_WORDS } from '../../ioloop/ring.ts';
import { runGuarded } from '../support/run-loop.ts';
import { RecordedStream, type StreamLab, streamLab } from '../support/stream-lab.ts';

for (const kind of [EPOLL, POLL, SELECT]) {
  describe(`Streams on real sockets [${kind.name}]`, () => {
    const missing = whyNoSystem() ?? kind.missing(openSystem());
    if (missing !== null) {
      it(`cannot run here: ${missing}`);
      return;
    }
    const loops: IOLoop[] = [];
    afterEach(() => {
      for (const loop of loops.splice(0)) loop.close();
    });

    /** @param calls - in place of the system's own */
    function open(calls: (system: System) => Partial<System> = () => ({})): { loop: IOLoop; lab: StreamLab } {
      const system = openSystem();
      const replaced: System = { ...system, ...calls(system) };
      const loop = new IOLoop({
        poller: (services) => new FfiPoller(services, replaced, kind),
        makeCurrent: false,
      });
      loops.push(loop);
      return { loop, lab: streamLab(loop) };
    }

    function named(...addresses: string[]): () => Partial<System> {
      const list = addresses.map((address) => ({ address, family: 4 as const }));
      return () => ({ getaddrinfo: () => ({ error: 0, list }) });
    }

    it('try the addresses of localhost in turn', () => {
      const { loop, lab } = open(named('127.0.0.9', '127.0.0.8', '127.0.0.1'));
      const { port } = lab.listen('hello') as TcpAddress;
      const stream = new RecordedStream(loop, {
        onData: () => stream.transport.shutdown(),
        onClose: () => loop.stop(),
      });
      stream.transport.connect({ host: 'localhost', port });
      runGuarded(loop);
      expect([stream.text, stream.remote?.address]).to.deep.equal(['hello', '127.0.0.1']);
    });

    it('tell of every address when none of them answers, by the code of the first', () => {
      const { loop } = open(named('127.0.0.9', '127.0.0.8'));
      const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
      stream.transport.connect({ host: 'localhost', port: 1 });
      runGuarded(loop);
      expect(stream.error).to.have.property('code', 'ECONNREFUSED');
      expect(stream.error?.message).to.equal('connect ECONNREFUSED 127.0.0.9:1; connect ECONNREFUSED 127.0.0.8:1');
    });

    it('connect from the local address that they were told, or say why not', () => {
      const { loop, lab } = open();
      const address = lab.listen('hello');
      const from = (localAddress: string): RecordedStream => {
        const stream = new RecordedStream(loop, {
          onConnect: ({ local }) => expect(local.address).to.equal(localAddress),
          onData: () => stream.transport.abort(),
          onClose: () => loop.stop(),
        });
        stream.transport.connect(address, { localAddress, keepAlive: 1000, noDelay: false });
        runGuarded(loop);
        return stream;
      };
      expect(from('127.0.0.7').text).to.equal('hello');
      expect(from('192.0.2.1').error).to.have.property('code', 'EADDRNOTAVAIL');
      expect(from('nowhere').error).to.have.property('code', 'ERR_INVALID_IP_ADDRESS');
      expect(from('::1').error).to.be.instanceOf(RangeError);
    });

    it('tell that a path is no socket, or is none that the system takes', () => {
      const { loop } = open();
      const at = (path: string): unknown => {
        const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
        stream.transport.connect({ path });
        expect(stream.events).to.deep.equal([]);
        runGuarded(loop);
        return (stream.error as { code?: unknown } | null)?.code;
      };
      expect(at('/no/such/socket')).to.equal('ENOENT');
      expect(at('x'.repeat(200))).to.equal('ARG_RANGE');
    });

    it('ask the system once each for a request and its answer: send, wait, receive', () => {
      let calls: string[] = [];
      const { loop, lab } = open((system) => counted(system, (name) => calls.push(name)));
      const stream = new RecordedStream(loop, { onConnect: () => loop.stop(), onData: () => loop.stop() });
      stream.transport.connect(lab.listen('echo'));
      runGuarded(loop);
      // until the watchdog is there, and has not sent by itself what a slow machine left lying
      let rounds: string[][] = [];
      for (let i = 0; i < 100; i++) {
        calls = [];
        stream.transport.write(Buffer.from('request'));
        runGuarded(loop);
        rounds.push(calls);
      }
      rounds = rounds.slice(50).sort((a, b) => a.length - b.length);
      // select tells of no hang-up, so its poller asks for those as well
      const waits = kind === SELECT ? ['wait', 'wait'] : ['wait'];
      expect(rounds[25]).to.deep.equal(['send', ...waits, 'recv']);
    });

    it('close each socket once, however the stream ends', () => {
      const opened: number[] = [];
      const closed: number[] = [];
      const { loop, lab } = open((system) => ({
        socket: (...args) => note(opened, system.socket(...args)),
        close: (fd) => {
          if (opened.includes(fd)) closed.push(fd);
          return system.close(fd);
        },
      }));
      endings(loop, lab);
      const last = new RecordedStream(loop, { onConnect: () => loop.stop() });
      last.transport.connect(lab.listen('silent'));
      runGuarded(loop);
      loop.close();
      expect(opened.length).to.be.at.least(8);
      expect(closed.sort()).to.deep.equal(opened.sort());
    });

    it('leave no descriptor and no thread behind, whatever becomes of 500 loops (C15)', function () {
      this.timeout(60_000);
      if (process.platform !== 'linux') this.skip();
      const address = open().lab.listen('hello');
      const round = (): void => {
        const { loop } = open();
        const stream = new RecordedStream(loop, { onData: () => loop.stop() });
        stream.transport.connect(address);
        runGuarded(loop);
        loops.pop()?.close();
      };
      round();
      const before = [count('fd'), count('task')];
      for (let i = 0; i < 500; i++) round();
      // the peers' ends are in this process too, and take a moment
      for (let i = 0; i < 100 && count('fd') > before[0]!; i++) sleep(50);
      expect(count('fd')).to.be.at.most(before[0]!);
      expect(count('task')).to.be.at.most(before[1]!);
    });

    it('leave no descriptor and no thread behind when their thread is terminated', async function () {
      if (process.platform !== 'linux') this.skip();
      const { loop, lab } = open();
      const { port } = lab.listen('silent') as TcpAddress;
      loop.close();
      const before = [count('fd'), count('task')];
      const program = new URL('./waiting-worker.js', import.meta.url);
      const threads = new Set(readdirSync('/proc/self/task'));
      const worker = new Worker(program, { workerData: { poller: kind.name, port } });
      await new Promise((resolve) => worker.once('message', resolve));
      expect(readdirSync('/proc/self/task').filter((thread) => !threads.has(thread))).not.to.deep.equal([]);
      await worker.terminate();
      for (let i = 0; i < 100 && (count('fd') > before[0]! || count('task') > before[1]!); i++) sleep(50);
      expect(count('fd')).to.be.at.most(before[0]!);
      expect(count('task')).to.be.at.most(before[1]!);
    });

    it('do not keep the loop busy with a peer that is gone while they are paused', () => {
      const { loop, lab } = open();
      const stream = new RecordedStream(loop, {
        onConnect: () => {
          stream.transport.pause();
          stream.transport.shutdown();
        },
        onClose: () => loop.stop(),
      });
      stream.transport.connect(lab.listen('leaving'));
      const words = new Int32Array(loop.handle().bell);
      let turns = 0;
      loop.callLater(100, () => {
        turns = -(words[TURN_WORDS] ?? 0);
      });
      loop.callLater(300, () => {
        turns += words[TURN_WORDS] ?? 0;
        expect(stream.events).to.deep.equal(['connect']);
        stream.transport.resume();
      });
      runGuarded(loop);
      expect(turns / 2, 'turns in 200 ms').to.be.below(20);
      expect([stream.events, stream.text]).to.deep.equal([['connect', 'data', 'close'], 'bye']);
    });

    it('count no silence of a peer whose bytes wait for them to read on (fault K2)', () => {
      const { loop, lab } = open();
      const ages: number[] = [];
      const look = (): number => ages.push(loop.time() - stream.transport.lastRead);
      const stream = new RecordedStream(loop, {
        onConnect: () => {
          stream.transport.write(Buffer.from('1000000'));
          stream.transport.pause();
          loop.callLater(1000, () => {
            look();
            stream.transport.resume();
            look();
            loop.addCallback(look);
          });
        },
        onClose: () => loop.stop(),
      });
      stream.transport.connect(lab.listen('source'));
      runGuarded(loop);
      expect(stream.length).to.equal(1_000_000);
      expect(Math.max(...ages), 'less than the pause').to.be.below(700);
    });

    it('read what has come before they call a peer silent, however long the thread was busy', () => {
      const { loop, lab } = open();
      const stream = new RecordedStream(loop, {
        onConnect: () => {
          stream.transport.keepAlive(new Uint8Array(0), 0, 300);
          stream.transport.write(Buffer.from('late'));
          loop.addCallback(() => {
            sleep(500);
            loop.callLater(100, () => loop.stop());
          });
        },
      });
      stream.transport.connect(lab.listen('echo'));
      runGuarded(loop);
      expect(stream.events).to.deep.equal(['connect', 'data']);
    });
  });
}

/** A stream for each way to end; they are all closed then. */
function endings(loop: IOLoop, lab: StreamLab): void {
  let left = 0;
  const stream = (
    connect: (stream: RecordedStream) => void,
    more: ConstructorParameters<typeof RecordedStream>[1],
  ): void => {
    left++;
    connect(
      new RecordedStream(loop, {
        ...more,
        onClose: () => {
          if (--left === 0) loop.stop();
        },
      }),
    );
  };
  const to = (peer: Parameters<StreamLab['listen']>[0]) => {
    const address = lab.listen(peer);
    return ({ transport }: RecordedStream): void => transport.connect(address);
  };
  stream(({ transport }) => transport.connect({ host: '127.0.0.1', port: 1 }), {});
  stream(to('leaving'), {});
  stream((made) => {
    to('hello')(made);
    made.transport.abort();
  }, {});
  for (const handler of ['onConnect', 'onData', 'onEof']) {
    stream(to('leaving'), {
      [handler]: () => {
        throw new Error('planted');
      },
    });
  }
  const { address, used } = lab.swallow();
  for (let i = 0; i <= used; i++)
    stream(({ transport }) => transport.connect(address, { timeout: 50 }), {
      onConnect: () => loop.callLater(100, () => undefined),
    });
  let resetting: RecordedStream | null = null;
  stream(
    (made) => {
      resetting = made;
      to('resetting')(made);
    },
    { onConnect: () => resetting?.transport.write(Uint8Array.of(1)) },
  );
  loop.callLater(500, () => loop.stop());
  runGuarded(loop);
}

/** Tells of the calls that a stream that is open makes. */
function counted(system: System, tell: (name: string) => void): Partial<System> {
  const told = <A extends unknown[], R>(name: string, call: (...args: A) => R) => {
    return (...args: A): R => {
      tell(name);
      return call(...args);
    };
  };
  const { epoll, ppoll } = system;
  return {
    send: told('send', system.send),
    writev: told('send', system.writev),
    recv: told('recv', system.recv),
    poll: told('wait', system.poll),
    select: told('wait', system.select),
    ...(ppoll === undefined ? {} : { ppoll: told('wait', ppoll) }),
    ...(epoll === undefined
      ? {}
      : {
          epoll: {
            ...epoll,
            wait: told('wait', epoll.wait),
            ctl: told('ctl', epoll.ctl),
            ...(epoll.pwait2 === undefined ? {} : { pwait2: told('wait', epoll.pwait2) }),
          },
        }),
  };
}

function note(list: number[], value: number): number {
  list.push(value);
  return value;
}

/** Descriptors or threads of this process. */
function count(what: 'fd' | 'task'): number {
  return readdirSync(`/proc/self/${what}`).length;
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
