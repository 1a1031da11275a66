import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { BlockingConnection } from '../../adapters/index.ts';
import { IOLoop, KeyboardInterrupt, type PollerName } from '../../ioloop/index.ts';
import { interruptsAreCaught } from '../../ioloop/interrupt.ts';
import { openSystem } from '../../ioloop/native/system.ts';
import { startBackgroundBroker } from '../kit/index.ts';
import { CalledThread } from '../support/called-thread.ts';
import { runGuarded } from '../support/run-loop.ts';
import { RecordedStream } from '../support/stream-lab.ts';
import { StreamServer } from '../support/stream-server.ts';

/** What holds of a loop and of blocking connections on every runtime; runs in a task of the host. */
export interface RuntimeCheck {
  readonly title: string;
  run(poller: PollerName): void;
}

export const RUNTIME_CHECKS: readonly RuntimeCheck[] = [
  {
    title: 'a loop runs callbacks, timers and promises',
    run: (poller) => {
      const order: string[] = [];
      withLoop(poller, (loop) => {
        const due = loop.time() + 30;
        loop.callLater(30, () => {
          order.push(loop.time() >= due ? 'timer' : 'early timer');
          loop.stop();
        });
        loop.addCallback(() => {
          Promise.resolve().then(() => order.push('promise'));
        });
        loop.addCallback(() => order.push('callback'));
        loop.start();
      });
      expect(order).to.deep.equal(['promise', 'callback', 'timer']);
    },
  },
  {
    title: 'a loop hears of a pipe, if its poller waits for descriptors',
    run: (poller) => {
      withLoop(poller, (loop) => {
        if (!loop.poller.realFds) return;
        const system = openSystem();
        const fds = new Int32Array(2);
        system.pipe(fds);
        const [read = -1, write = -1] = fds;
        const bytes = new Uint8Array(8);
        loop.addHandler(
          read,
          (fd, events) => {
            expect([fd, events, system.read(fd, bytes, 8), bytes[0]]).to.deep.equal([read, IOLoop.READ, 1, 42]);
            loop.removeHandler(fd);
            loop.stop();
          },
          IOLoop.READ,
        );
        loop.callLater(5, () => system.write(write, new Uint8Array([42]), 1));
        loop.start();
        for (const fd of [read, write]) system.close(fd);
      });
    },
  },
  {
    title: 'a loop is woken by another thread',
    run: (poller) => {
      withLoop(poller, (loop) => {
        const delays: number[] = [];
        loop.expose('tick', (sent) => {
          delays.push(performance.timeOrigin + performance.now() - Number(sent));
          if (delays.length === 20) loop.stop();
        });
        const handle = loop.handle();
        const workerData = { task: 'ticks', handle, flag: new SharedArrayBuffer(8) };
        const worker = new Worker(new URL('../support/calling-worker.js', import.meta.url), {
          workerData,
          transferList: [handle.port],
        });
        worker.unref();
        runGuarded(loop);
        // the median: a busy machine holds some of them up
        expect(delays.sort((a, b) => a - b)[10], 'ten times the 100 ms that are promised').to.be.below(1000);
      });
    },
  },
  {
    title: 'a stream carries bytes both ways',
    run: (poller) => {
      withLoop(poller, (loop) => {
        const server = new StreamServer();
        const size = 3_000_000;
        const stream = new RecordedStream(loop, {
          onData: () => {
            if (stream.length === size) loop.stop();
          },
        });
        stream.transport.connect(server.listen('echo'));
        for (let at = 0; at < size; at += 1000) stream.transport.write(new Uint8Array(1000).fill(at % 251));
        runGuarded(loop);
        const received = Buffer.concat(stream.chunks);
        for (let at = 0; at < size; at += 1000) expect(received[at + 999]).to.equal(at % 251);
        void server.terminate();
      });
    },
  },
  {
    title: 'bytes and keep-alives leave while the program computes',
    run: (poller) => {
      withLoop(poller, (loop) => {
        const witness = new CalledThread(new URL('./witness-worker.js', import.meta.url));
        // the clocks of the threads differ by this where each has its own
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
        const words = new Int32Array(new SharedArrayBuffer(4));
        const port = Number(witness.ask(words));
        const latencies: number[] = [];
        const stream = new RecordedStream(loop, {
          onConnect: () => {
            stream.transport.keepAlive(Buffer.from('!'), 40, 0);
            // its helpers need a moment to start
            loop.callLater(400, () => {
              for (let tries = 0; tries < 3; tries++) {
                const before = Atomics.load(words, 0);
                const began = performance.now();
                stream.transport.write(new Uint8Array(100), true);
                while (Atomics.load(words, 0) < before + 100 && performance.now() - began < 1000);
                latencies.push(performance.now() - began);
              }
              const idle = Atomics.load(words, 0);
              const began = performance.now();
              while (performance.now() - began < 600);
              const most = (performance.now() - began) / 40 + 1;
              expect(Atomics.load(words, 0) - idle, 'keep-alives of 40 ms in 600 ms').to.be.within(1, most);
              loop.stop();
            });
          },
        });
        stream.transport.connect({ host: '127.0.0.1', port });
        runGuarded(loop);
        // a busy machine holds some of them up
        expect(Math.min(...latencies), 'ten times the 20 ms that are promised').to.be.below(200);
        void witness.terminate();
      });
    },
  },
  {
    title: 'Ctrl-C leaves start() as KeyboardInterrupt, and the loop goes on',
    run: (poller) => {
      withLoop(poller, (loop) => {
        loop.callLater(0, () => whenCaught(loop, () => process.kill(process.pid, 'SIGINT')));
        expect(() => runGuarded(loop)).to.throw(KeyboardInterrupt);
        loop.callLater(1, () => loop.stop());
        loop.start();
      });
    },
  },
  {
    title: 'a blocking connection publishes, consumes, and survives Ctrl-C',
    run: (poller) => {
      IOLoop.configure(poller);
      const broker = startBackgroundBroker();
      const connection = new BlockingConnection(broker.url);
      expect(connection.ioloop.poller.name).to.equal(poller);
      const channel = connection.channel();
      channel.queueDeclare({ queue: 'q' });
      const bodies = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(i * 100)}`);
      for (const body of bodies) channel.basicPublish('', 'q', body);
      const received: string[] = [];
      for (const { body, method } of channel.consume({ queue: 'q', inactivityTimeout: 5000 })) {
        if (method === null) break;
        received.push(`${body}`);
        channel.basicAck(method.deliveryTag);
        if (received.length === bodies.length) break;
      }
      expect(received).to.deep.equal(bodies);
      whenCaught(connection.ioloop, () => process.kill(process.pid, 'SIGINT'));
      expect(() => connection.sleep(10_000)).to.throw(KeyboardInterrupt);
      expect(channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(0);
      connection.close();
      broker.stop();
    },
  },
];

function withLoop(poller: PollerName, fn: (loop: IOLoop) => void): void {
  const loop = new IOLoop({ poller, makeCurrent: false, onError: 'throw' });
  try {
    fn(loop);
  } finally {
    loop.close();
  }
}

function whenCaught(loop: IOLoop, fn: () => void): void {
  if (interruptsAreCaught()) fn();
  else loop.callLater(10, () => whenCaught(loop, fn));
}
