import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { IOLoop, KeyboardInterrupt, type PollerName } from '../../ioloop/index.ts';
import { interruptsAreCaught } from '../../ioloop/interrupt.ts';
import { idleDescriptor } from '../support/descriptors.ts';

/** A program that gets Ctrl-C; `interrupt.test.ts` runs it, and says by a name what it shall do. */
const [poller, name = '', detail] = process.argv.slice(2) as [PollerName, string, string];
const loop = new IOLoop({ poller, interrupt: name === 'default' ? 'default' : 'throw' });
// with something to watch, it waits in the system's own call
if (loop.poller.realFds) loop.addHandler(idleDescriptor(), () => {}, IOLoop.READ);

const PROGRAMS: Record<string, () => void> = {
  /** The first Ctrl-C leaves start(), which then goes on where it was. */
  waiting(): void {
    whenCaught(() => say('ready'));
    run();
    const timer = loop.callLater(50, () => loop.stop());
    run();
    say(`timer ${timer.active ? 'waits' : 'fired'}`);
    whenCaught(() => say('ready again'));
    run();
  },
  computing(): void {
    whenCaught(() => {
      loop.addCallback(() => {
        say('ready');
        compute(500);
        say('computed');
      });
      loop.addCallback(() => {
        say('next callback');
        loop.stop();
      });
    });
    run();
    run();
  },
  listening(): void {
    process.on('SIGINT', (...args) => say(`listener ${args.join(' ')}`));
    process.once('SIGINT', () => {
      say('once');
      whenCaught(() => say('ready again'));
      loop.callLater(5000, () => loop.stop());
    });
    process.on('SIGINT', () => {
      if (loop.state === 'running' && detail === 'stop') loop.stop();
    });
    whenCaught(() => say('ready'));
    run();
    say(`${process.listenerCount('SIGINT')} listeners`);
  },
  /** Once start() has returned, the host calls the listeners as ever. */
  afterwards(): void {
    process.on('SIGINT', () => {
      say('host');
      process.exit(0);
    });
    whenCaught(() => loop.stop());
    run();
    setTimeout(() => {}, 10_000);
    say('ready');
  },
  /** A listener that is added while Ctrl-C is caught already. */
  joining(): void {
    whenCaught(() => {
      process.on('SIGINT', () => {
        say('late listener');
        loop.stop();
      });
      loop.callLater(20, () => whenCaught(() => say('ready')));
    });
    run();
  },
  signals(): void {
    const registration = loop.addSignal('SIGINT', () => {
      say('signal');
      registration[Symbol.dispose]();
      whenCaught(() => say('ready again'));
    });
    whenCaught(() => say('ready'));
    run();
  },
  twice(): void {
    whenCaught(() => {
      say('ready');
      compute(10_000);
    });
    run();
  },
  /** Nothing is due, so this thread cannot tell when Ctrl-C is caught; long after it should be, another one sends it. */
  idle(): void {
    const code = `setTimeout(() => process.kill(${process.pid}, 'SIGINT'), 500)`;
    new Worker(code, { eval: true }).unref();
    run();
  },
  default(): void {
    loop.callLater(200, () => say('ready'));
    run();
  },
  nested(): void {
    const inner = new IOLoop({ poller, makeCurrent: false });
    loop.addCallback(() => {
      whenCaught(() => say('ready'), inner);
      inner.start();
    });
    run();
    say(`inner ${inner.state}`);
  },
  slow(): void {
    loop.setBlockingLogThreshold(100);
    loop.addCallback(() => {
      compute(700);
      say('end');
      loop.stop();
    });
    run();
  },
};

function run(): void {
  try {
    loop.start();
    say(`returned ${loop.state}`);
  } catch (error) {
    say(`${error instanceof KeyboardInterrupt ? 'KeyboardInterrupt' : error} ${loop.state}`);
  }
}

function whenCaught(fn: () => void, where: IOLoop = loop): void {
  where.callLater(5, () => {
    if (interruptsAreCaught()) fn();
    else whenCaught(fn, where);
  });
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

PROGRAMS[name]?.();
