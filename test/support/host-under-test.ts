import { type PollerUnderTest, pollerUnderTest } from './each-poller.ts';
import type { HostStreams } from './host-streams.ts';
import { HostedLoop } from './hosted-loop.ts';

/** Loops that a host drives, for the suites of those that block: they await `runLoop()`. */
export function hostUnderTest({ makeHost, resolves }: HostStreams): PollerUnderTest {
  const others = pollerUnderTest('host', 'host');
  return {
    ...others,
    resolves,
    blocking: () => {},
    open: (options) => others.adopt(new HostedLoop(makeHost(), options)),
  };
}
