import { ExternalLoopConnection, type SelectConnection } from '../../adapters/index.ts';
import type { IOLoop } from '../../ioloop/index.ts';
import type { HostStreams } from '../support/host-streams.ts';
import { HostedLoop } from '../support/hosted-loop.ts';
import { runLoop } from '../support/run-loop.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';

/** ExternalLoopConnection on loops that somebody else turns; the suites wait for a stop in place of blocking until it. */
export function hosted({ makeHost }: HostStreams): AdapterUnderTest {
  const failures = new WeakMap<IOLoop, Promise<never>>();
  return {
    name: 'ExternalLoopConnection',
    // the same surface with channels of its own kind, which is all that the suites look at
    Connection: ExternalLoopConnection as unknown as typeof SelectConnection,
    blocks: false,
    makeLoop: () => {
      const loop = new HostedLoop(makeHost());
      const failed = new Promise<never>((_resolve, reject) => {
        // not from inside the loop, which could not be closed then
        loop.handleCallbackException = (error) => setImmediate(reject, error);
      });
      failures.set(loop, failed);
      return loop;
    },
    run: (loop) => Promise.race([runLoop(loop), failures.get(loop)]),
  };
}
