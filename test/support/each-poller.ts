import { createRequire } from 'node:module';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';
import type { PollerFactory } from '../../ioloop/poller.ts';
import { POLLERS } from '../../ioloop/pollers/known.ts';
import { idleDescriptor } from './descriptors.ts';
import { loopsUnderTest, type PollerUnderTest } from './loops-under-test.ts';

export { itInHostTask, keepingLogger, type PollerUnderTest } from './loops-under-test.ts';

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

/** @param poller - what its loops are made with */
export function pollerUnderTest(
  name: PollerName,
  poller: PollerName | PollerFactory,
  { watching = false }: EachPollerOptions = {},
): PollerUnderTest {
  const realFds = NATIVE.has(name);
  const prepare = (loop: IOLoop): void => {
    if (watching && realFds) loop.addHandler(idleDescriptor(), () => {}, IOLoop.READ);
  };
  // nobody listens on port 1
  return loopsUnderTest(name, poller, { realFds, prepare, nowhere: { host: '127.0.0.1', port: 1 } });
}

const NATIVE = new Set<PollerName>(['epoll', 'kqueue', 'poll', 'select']);

/** Those that must run wherever an FFI library loads; kqueue needs macOS or BSD. */
const REQUIRED = new Set<PollerName>(['worker', 'virtual']);
if (process.platform === 'linux' && koffiIsInstalled())
  for (const name of ['epoll', 'poll', 'select'] as const) REQUIRED.add(name);

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
