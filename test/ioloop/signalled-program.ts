import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';
import { Descriptors, idleDescriptor } from '../support/descriptors.ts';

/** A program that gets signals; `signals.test.ts` runs it, and says by a name what it shall do. */
const [poller, name = ''] = process.argv.slice(2) as [PollerName, string];
const loop = new IOLoop({ poller });
// with something to watch, it waits in the system's own call
if (loop.poller.realFds) loop.addHandler(idleDescriptor(), () => {}, IOLoop.READ);

const PROGRAMS: Record<string, () => void> = {
  waiting(): void {
    loop.addSignal('SIGTERM', () => {
      say('SIGTERM');
      loop.stop();
    });
    loop.addCallback(() => say('ready'));
    loop.start();
    say('returned');
  },
  computing(): void {
    const handler = loop.addSignalHandler('SIGHUP', () => {
      say('SIGHUP');
      handler[Symbol.dispose]();
      loop.addCallback(() => loop.stop());
    });
    loop.addCallback(() => {
      say('ready');
      compute(300);
      say('computed');
    });
    loop.start();
    // the second one, after the handler has gone
    say('ready again');
    compute(10_000);
  },
  'between two runs'(): void {
    loop.addSignal('SIGTERM', () => say('SIGTERM'));
    loop.runOnce(0);
    say('ready');
    compute(300);
    say('computed');
    loop.callLater(100, () => loop.stop());
    loop.start();
  },
  many(): void {
    const counts: Record<string, number> = {};
    for (const signal of ['SIGUSR2', 'SIGTERM', 'SIGWINCH']) {
      loop.addSignal(signal, () => {
        counts[signal] = (counts[signal] ?? 0) + 1;
      });
    }
    const send = (times: number): void => {
      for (let i = 0; i < times; i++) process.kill(process.pid, 'SIGUSR2');
      process.kill(process.pid, 'SIGTERM');
      process.kill(process.pid, 'SIGWINCH');
    };
    send(500);
    loop.callLater(100, () => send(1000));
    loop.callLater(400, () => loop.stop());
    loop.start();
    say(JSON.stringify(counts));
  },
  /** What the loop has heard, the program's own listeners hear when the host turns, and nobody hears it twice. */
  'host afterwards'(): void {
    let heard = 0;
    process.on('SIGTERM', () => say('listener'));
    loop.addSignal('SIGTERM', () => {
      heard++;
      loop.stop();
    });
    loop.addCallback(() => process.kill(process.pid, 'SIGTERM'));
    loop.start();
    setTimeout(() => {
      loop.runOnce(0);
      say(`${heard}`);
      // the host hears this one first
      process.kill(process.pid, 'SIGTERM');
      setTimeout(() => {
        loop.start();
        say(`${heard}`);
        process.exit(0);
      }, 50);
    }, 50);
  },
  /** Started again and again before the host has looked. */
  'many runs'(): void {
    let heard = 0;
    let listened = 0;
    process.on('SIGTERM', () => listened++);
    loop.addSignal('SIGTERM', () => heard++);
    let runs = 0;
    const again = setInterval(() => {
      process.kill(process.pid, 'SIGTERM');
      for (let i = 0; i < 3; i++) loop.runOnce(0);
      setImmediate(() => loop.runOnce(0));
      if (++runs < 20) return;
      clearInterval(again);
      setTimeout(() => say(`${heard} ${listened}`), 50);
    }, 2);
  },
  'two loops'(): void {
    const inner = new IOLoop({ poller, makeCurrent: false });
    for (const [title, where] of Object.entries({ outer: loop, inner })) {
      where.addSignal('SIGTERM', () => {
        say(title);
        where.stop();
      });
    }
    loop.addCallback(() => {
      process.kill(process.pid, 'SIGTERM');
      inner.start();
    });
    loop.start();
  },
  /** Whoever has written into a pipe finds it as it was, though the host's own was open before it. */
  "others' pipes"(): void {
    process.on('SIGHUP', () => {});
    const fds = new Descriptors();
    const pipes = [10_001, 65_536].map((size) => {
      const [reads, writes] = fds.pipe();
      const text = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + ((i * 7 + (i >> 8)) % 26))).join('');
      fds.send(writes, text);
      return { reads, text };
    });
    loop.addSignal('SIGTERM', () => {
      say('SIGTERM');
      loop.stop();
    });
    for (const { reads, text } of pipes) say(`${fds.receive(reads, 100_000) === text}`);
    loop.addCallback(() => process.kill(process.pid, 'SIGTERM'));
    loop.start();
  },
  closed(): void {
    loop.addSignal('SIGTERM', () => say('SIGTERM'));
    loop.close();
    say('ready');
    compute(10_000);
  },
  unsupported(): void {
    for (const signal of ['SIGFOO', 'SIGKILL', 'toString']) attempt(loop, signal);
    attempt(new IOLoop({ poller: 'virtual', makeCurrent: false }), 'SIGTERM');
  },
  host(): void {
    const guest = IOLoop.fromHost();
    guest.addSignal('SIGTERM', () => {
      say('SIGTERM');
      process.exit(0);
    });
    setInterval(() => {}, 1000);
    say('ready');
  },
  worker(): void {
    if (process.argv[4] === 'thread') {
      attempt(loop, 'SIGTERM');
      loop.keepInterrupts()[Symbol.dispose]();
    } else new Worker(new URL(import.meta.url), { argv: [poller, name, 'thread'] });
  },
};

function attempt(where: IOLoop, signal: string): void {
  try {
    where.addSignal(signal, () => {});
    say('taken');
  } catch (error) {
    say(`${(error as Error).name} ${(error as Error).message.slice(0, 30)}`);
  }
}

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

PROGRAMS[name]?.();
