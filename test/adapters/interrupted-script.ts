import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { BlockingConnection, KeyboardInterrupt } from '../../adapters/index.ts';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';
import { interruptsAreCaught } from '../../ioloop/interrupt.ts';
import { startBackgroundBroker } from '../kit/index.ts';
import { FrameProxy } from '../support/frame-proxy.ts';

/** A blocking script that gets Ctrl-C; `blocking-interrupts.test.ts` runs it, and says by a name where. */
const [poller, name = ''] = process.argv.slice(2) as [PollerName, string];
IOLoop.configure(poller);
const broker = startBackgroundBroker();
const proxy = new FrameProxy({ port: broker.port });

const PROGRAMS: Record<string, () => void> = {
  queueDeclare: () =>
    script((connection) => {
      const channel = connection.channel();
      proxy.follow({ from: 'client', at: 'queue.declare', act: 'drop' });
      ready();
      attempt(() => channel.queueDeclare({ queue: 'silent' }));
      proxy.follow();
      attempt(() => connection.channel().queueDeclare({ queue: 'answered' }));
    }),
  processDataEvents: () => script((connection) => waitTwice(() => connection.processDataEvents(null))),
  sleep: () => script((connection) => waitTwice(() => connection.sleep(60_000))),
  consume: () =>
    script((connection) => {
      const channel = connection.channel();
      channel.queueDeclare({ queue: 'empty' });
      waitTwice(() => [...channel.consume({ queue: 'empty' })]);
    }),
  startConsuming: () =>
    script((connection) => {
      const channel = connection.channel();
      channel.queueDeclare({ queue: 'empty' });
      channel.basicConsume({ queue: 'empty' }, () => {});
      waitTwice(() => channel.startConsuming());
    }),
  close: () =>
    script((connection) => {
      proxy.follow({ from: 'client', at: 'connection.close', act: 'drop' });
      ready();
      attempt(() => connection.close());
      say(`open ${connection.isOpen}`);
      proxy.cut();
    }),
  /** No connection yet, so nobody can tell when Ctrl-C is caught; long after it should be, another thread sends it. */
  connecting(): void {
    const silent = new FrameProxy(null);
    new Worker(`setTimeout(() => process.kill(${process.pid}, 'SIGINT'), 700)`, { eval: true }).unref();
    attempt(() => new BlockingConnection(silent.url));
    attempt(() => new BlockingConnection(proxy.url).close());
  },
  computing: () =>
    script((connection) => {
      const channel = connection.channel();
      ready();
      compute(300);
      attempt(() => channel.queueDeclare({ queue: 'first' }));
      attempt(() => channel.queueDeclare({ queue: 'second' }));
    }),
  'computing callback': () =>
    script((connection) => {
      connection.callLater(0, () => {
        ready();
        compute(300);
      });
      attempt(() => connection.processDataEvents(null));
      attempt(() => connection.processDataEvents(null));
    }),
  twice: () =>
    script(() => {
      ready();
      compute(10_000);
    }),
  'not caught': () =>
    script((connection) => {
      connection.channel();
      ready();
      connection.sleep(60_000);
    }),
  afterwards(): void {
    script(() => untilCaught());
    say('ready');
    compute(10_000);
  },
};

/** What a script does: whatever happens, the connection is closed. */
function script(body: (connection: BlockingConnection) => void): void {
  // the broker that is silent is to hold up the end of a test for a moment only
  const connection = new BlockingConnection({ port: proxy.port, closeTimeout: 500 });
  try {
    body(connection);
  } catch (error) {
    say(`caught ${(error as Error).name}`);
  } finally {
    attempt(() => connection[Symbol.dispose]());
    say(connection.isClosed ? 'closed' : 'not closed');
  }
}

function waitTwice(wait: () => unknown): void {
  ready();
  attempt(wait);
  ready('ready again');
  attempt(wait);
}

function attempt(call: () => unknown): void {
  try {
    call();
    say('returned');
  } catch (error) {
    say(error instanceof KeyboardInterrupt ? error.name : `${error}`);
  }
}

function ready(line: string = 'ready'): void {
  untilCaught();
  say(line);
}

function untilCaught(): void {
  while (!interruptsAreCaught()) Atomics.wait(NEVER, 0, 0, 1);
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

PROGRAMS[name]?.();
