import {
  IOLoop,
  type IOLoopOptions,
  type Logger,
  memoryPair,
  type PollerFactory,
  type PollerName,
  type TcpAddress,
  type WebSocketAddress,
} from '../../ioloop/index.ts';
import { MemoryNetwork } from '../../ioloop/transports/memory-network.ts';
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
  /** Declares a test of what holds on every loop; it awaits `runLoop()`. */
  test(title: string, body: () => void | Promise<void>): void;
  /** Declares a test of what only a loop that holds its thread has: single turns, errors out of start(), blocked time. */
  blocking(title: string, body: () => void | Promise<void>): void;
  /** A loop that is closed after the test; not current unless asked for. */
  open(options?: IOLoopOptions): IOLoop;
  /** Has a loop that the test made itself closed after it. */
  adopt(loop: IOLoop): IOLoop;
  /** Passes `ms` as a callback that computes would. */
  sleep(loop: IOLoop, ms: number): void;
  /** Has `fn` called from a handler of a stream, in step (i) of a turn to come. */
  inHandler(loop: IOLoop, fn: () => void): void;
}

/** A test whose body runs in a task of the host, where promises settle inside `start()`. */
export function itInHostTask(title: string, body: () => void | Promise<void>): void {
  it(title, (done) => {
    IOLoop.main(() => {
      try {
        Promise.resolve(body()).then(() => done(), done);
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

export interface LoopsUnderTest {
  readonly realFds: boolean;
  /** Called with each loop that a suite opens. */
  prepare?(loop: IOLoop): void;
  /** Where a connect is refused, which is an event like any other. */
  readonly nowhere: TcpAddress | WebSocketAddress;
}

/** @param poller - what its loops are made with */
export function loopsUnderTest(
  name: PollerName,
  poller: PollerName | PollerFactory,
  { realFds, prepare, nowhere }: LoopsUnderTest,
): PollerUnderTest {
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
    test: itInHostTask,
    blocking: itInHostTask,
    open: (options) => {
      const loop = adopt(new IOLoop({ poller, makeCurrent: false, ...options }));
      prepare?.(loop);
      return loop;
    },
    adopt,
    sleep,
    inHandler(loop, fn) {
      if (loop.transports instanceof MemoryNetwork) {
        memoryPair(loop.transports, { ...quietHandlers(), onConnect: fn }, quietHandlers());
      } else {
        loop.transports.create({ ...quietHandlers(), onClose: fn }).connect(nowhere);
      }
    },
  };
}

function sleep(loop: IOLoop, ms: number): void {
  if (loop.poller.clock !== undefined) loop.poller.clock.sleep(ms);
  else Atomics.wait(NEVER, 0, 0, ms);
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));
