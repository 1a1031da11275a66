import { ExternalLoopConnection, type SelectConnection } from '../../adapters/index.ts';
import { type HostLoop, IOLoop, LibuvHost } from '../../ioloop/index.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';

/** Loops that somebody else turns: the runtime's own, and one that a user wrote. */
export const HOSTED: readonly (readonly [kind: string, makeLoop: () => IOLoop])[] = [
  ['libuv', () => IOLoop.fromHost()],
  ["a user's host", () => IOLoop.fromHost(writtenHost())],
];

/** ExternalLoopConnection on such loops; the suites wait for a loop to be stopped in place of blocking in it. */
export function hosted(makeLoop: () => IOLoop): AdapterUnderTest {
  return {
    name: 'ExternalLoopConnection',
    // the same surface with channels of its own kind, which is all that the suites look at
    Connection: ExternalLoopConnection as unknown as typeof SelectConnection,
    blocks: false,
    makeLoop: () => {
      const loop = makeLoop();
      const stopped = new Promise<void>((resolve, reject) => {
        const stop = loop.stop.bind(loop);
        loop.stop = () => {
          stop();
          setImmediate(resolve);
        };
        // not from inside the loop, which could not be closed then
        loop.handleCallbackException = (error) => setImmediate(reject, error);
      });
      ends.set(loop, stopped);
      return loop;
    },
    run: async (loop) => ends.get(loop),
  };
}

const ends = new WeakMap<IOLoop, Promise<void>>();

/** As little as a host needs: somebody's own timers and tasks, and the runtime's sockets. */
function writtenHost(): HostLoop {
  const { transports } = new LibuvHost();
  return {
    now: () => performance.now(),
    soon: (fn) => void setImmediate(fn),
    later: (delay, fn) => setTimeout(fn, delay),
    // what later() has given
    cancel: (timer) => clearTimeout(timer as NodeJS.Timeout),
    flush: () => transports.flush(),
    transports,
  };
}
