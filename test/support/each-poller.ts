import { createRequire } from 'node:module';
import { IOLoop, type IOLoopOptions, type Logger, memoryPair, type PollerName } from '../../ioloop/index.ts';
import type { PollerFactory } from '../../ioloop/poller.ts';
import { POLLERS } from '../../ioloop/pollers/known.ts';
import { MemoryNetwork } from '../../ioloop/transports/memory-network.ts';
import { idleDescriptor } from './descriptors.ts';
import { quietHandlers } from './stream-handlers.ts';

/** What a suite gets: the poller's name and how it makes loops and lets time pass. */
export interface PollerUnderTest {
  readonly name: PollerName;
  /** Times are exact, and nothing takes any. */
  readonly virtual: boolean;
  /** It watches descriptors of the system. */
  readonly realFds: boolean;
  /** Names become addresses; else whoever opens the streams is told names. */
  readonly resolves: boolean;
  /** A loop that is closed after the test; not current unless asked for. */
  open(options?: IOLoopOptions): IOLoop;
  /** Has a loop that the test made itself closed after it. */
  adopt(loop: IOLoop): IOLoop;
  /** Passes `ms` as a callback that computes would. */
  sleep(loop: IOLoop, ms: number): void;
  /** Has `fn` called from a handler of a stream, in step (i) of a turn to come. */
  inHandler(loop: IOLoop, fn: () => void): void;
}

export interface EachPollerOptions {
  /** Loops that can watch descriptors watch one that is never ready: so they wait in the system's call. */
  readonly watching?: boolean;
}

/**
 * Declares a suite once per poller that blocks. One that cannot run here shows as pending with its reason, or fails where it is
 * required.
 */
export function describeEachPoller(
  title: string,
  suite: (poller: PollerUnderTest) => void,
  options: EachPollerOptions = {},
): void {
  for (const { name, missing, blocking } of POLLERS) {
    if (!blocking) continue;
    describe(`${title} [${name}]`, () => {
      if (missing === null) suite(pollerUnderTest(name, name, options));
      else it(`cannot run here: ${missing}`, REQUIRED.has(name) ? () => fail(name, missing) : undefined);
    });
  }
}

/** A test whose body runs in a task of the host, where promises settle inside `start()`. */
export function itInHostTask(title: string, body: () => void): void {
  it(title, (done) => {
    setImmediate(() => {
      try {
        body();
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}

/** A logger that keeps its lines. */
export function keepingLogger(): Logger & { warnings: string[]; errors: string[] } {
  const warnings: string[] = [];
  const errors: string[] = [];
  return { warnings, errors, warn: (text) => warnings.push(text), error: (text) => errors.push(text) };
}

/** @param poller - what its loops are made with */
export function pollerUnderTest(
  name: PollerName,
  poller: PollerName | PollerFactory,
  { watching = false }: EachPollerOptions = {},
): PollerUnderTest {
  const realFds = NATIVE.has(name);
  const loops: IOLoop[] = [];
  const adopt = (loop: IOLoop): IOLoop => {
    loops.push(loop);
    return loop;
  };
  beforeEach(() => IOLoop.clearCurrent());
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
    IOLoop.configure(null);
    IOLoop.clearCurrent();
  });
  return {
    name,
    virtual: name === 'virtual',
    resolves: true,
    realFds,
    open: (options) => {
      const loop = adopt(new IOLoop({ poller, makeCurrent: false, ...options }));
      if (watching && realFds) loop.addHandler(idleDescriptor(), () => {}, IOLoop.READ);
      return loop;
    },
    adopt,
    sleep,
    inHandler(loop, fn) {
      if (loop.transports instanceof MemoryNetwork) {
        memoryPair(loop.transports, { ...quietHandlers(), onConnect: fn }, quietHandlers());
      } else {
        // nobody listens on port 1: the refusal is an event like any other
        loop.transports.create({ ...quietHandlers(), onClose: fn }).connect({ host: '127.0.0.1', port: 1 });
      }
    },
  };
}

function sleep(loop: IOLoop, ms: number): void {
  if (loop.poller.clock !== undefined) loop.poller.clock.sleep(ms);
  else Atomics.wait(NEVER, 0, 0, ms);
}

const NATIVE = new Set<PollerName>(['epoll', 'kqueue', 'poll', 'select']);

/** Those that must run wherever an FFI library loads; kqueue needs macOS or BSD. */
const REQUIRED = new Set<PollerName>(['worker', 'virtual']);
if (process.platform === 'linux' && koffiIsInstalled())
  for (const name of ['epoll', 'poll', 'select'] as const) REQUIRED.add(name);

const NEVER = new Int32Array(new SharedArrayBuffer(4));

function koffiIsInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('koffi');
    return true;
  } catch {
    return false;
  }
}

function fail(name: string, missing: string): never {
  throw new Error(`the ${name} poller must work here: ${missing}`);
}
