import { writeSync } from 'node:fs';
import { IOLoop, KeyboardInterrupt, type PollerName } from '../../ioloop/index.ts';
import { interruptsAreCaught } from '../../ioloop/interrupt.ts';
import { idleDescriptor } from '../support/descriptors.ts';

/** A script that runs a loop now and then and gets Ctrl-C in between; `kept-interrupts.test.ts` runs it. */
const [poller, name = '', whose] = process.argv.slice(2) as [PollerName, string, string];
const loop = new IOLoop({ poller });
// with something to watch, it waits in the system's own call
if (loop.poller.realFds) loop.addHandler(idleDescriptor(), () => {}, IOLoop.READ);

const PROGRAMS: Record<string, () => void> = {
  computing(): void {
    keep();
    computeAndGetCtrlC();
    loop.addCallback(() => {
      say('callback');
      loop.stop();
    });
    run();
    run();
    computeAndGetCtrlC('ready again');
    attempt(() => loop.runOnce());
  },
  waiting(): void {
    keep();
    for (const line of ['ready', 'ready again']) {
      const timer = loop.callLater(5000, () => say('late'));
      loop.addCallback(() => say(line));
      run();
      timer.cancel();
    }
  },
  twice(): void {
    keep();
    say('ready');
    compute(10_000);
  },
  'given back'(): void {
    keep()[Symbol.dispose]();
    say('ready');
    compute(10_000);
  },
  'given back late'(): void {
    const kept = keep();
    computeAndGetCtrlC();
    kept[Symbol.dispose]();
    // another thread of Deno's ends the process
    compute(10_000);
    say('still here');
  },
  'given back before the sentinel stands'(): void {
    const began = performance.now();
    for (let i = 0; i < 10; i++) loop.keepInterrupts()[Symbol.dispose]();
    say(performance.now() - began < 1000 ? 'prompt' : 'waited');
  },
  'kept twice'(): void {
    const kept = [keep(), keep()];
    kept[0]?.[Symbol.dispose]();
    kept[0]?.[Symbol.dispose]();
    computeAndGetCtrlC();
    run();
  },
  'given back while running'(): void {
    const kept = keep();
    loop.addCallback(() => {
      kept[Symbol.dispose]();
      say('ready');
    });
    run();
    say(interruptsAreCaught() ? 'caught' : 'not caught');
  },
  'two loops'(): void {
    const other = new IOLoop({ poller });
    const kept = [keep(), other.keepInterrupts()];
    untilCaught();
    computeAndGetCtrlC();
    attempt(() => other.start());
    loop.addCallback(() => loop.stop());
    run();
    kept[0]?.[Symbol.dispose]();
    untilCaught();
    say('caught');
  },
  'another loop'(): void {
    keep();
    const other = new IOLoop({ poller });
    computeAndGetCtrlC();
    attempt(() => other.start());
  },
  /** Between two runs the host turns, and calls listeners as ever. */
  'listener, host'(): void {
    process.on('SIGINT', (...args) => {
      say(`listener ${args.join(' ')}`);
      if (loop.state === 'idle') process.exit(0);
    });
    keep();
    setTimeout(() => {}, 10_000);
    say('ready');
  },
  'listener, computing'(): void {
    process.on('SIGINT', (...args) => say(`listener ${args.join(' ')}`));
    keep();
    computeAndGetCtrlC();
    loop.callLater(5, () => loop.stop());
    run();
  },
  'listener removed'(): void {
    const listener = (): void => say('listener');
    process.on('SIGINT', listener);
    keep();
    process.off('SIGINT', listener);
    untilCaught();
    computeAndGetCtrlC();
    run();
  },
  'listener added'(): void {
    keep();
    process.once('SIGINT', () => say('listener'));
    untilCaught();
    computeAndGetCtrlC();
    loop.callLater(5, () => loop.stop());
    run();
    untilCaught();
    computeAndGetCtrlC('ready again');
    run();
  },
};

function keep(): Disposable {
  const kept = loop.keepInterrupts();
  untilCaught();
  return kept;
}

function untilCaught(): void {
  while (!interruptsAreCaught()) Atomics.wait(NEVER, 0, 0, 1);
}

/** Long enough for the one who reads the line to send the signal, if it is not this program itself. */
function computeAndGetCtrlC(line: string = 'ready'): void {
  say(line);
  if (whose === 'own') process.kill(process.pid, 'SIGINT');
  compute(300);
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function run(): void {
  attempt(() => loop.start());
}

function attempt(call: () => void): void {
  try {
    call();
    say('returned');
  } catch (error) {
    say(`${error instanceof KeyboardInterrupt ? 'KeyboardInterrupt' : error} ${loop.state}`);
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

PROGRAMS[name]?.();
