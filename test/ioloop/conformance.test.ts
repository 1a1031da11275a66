import { describeEachPoller } from '../support/each-poller.ts';
import { LIBUV, WRITTEN_HOST } from '../support/host-streams.ts';
import { hostUnderTest } from '../support/host-under-test.ts';
import { busyThreads } from './conformance-busy.ts';
import { callbacks } from './conformance-callbacks.ts';
import { descriptors } from './conformance-descriptors.ts';
import { handlers } from './conformance-handlers.ts';
import { lifeCycle } from './conformance-life-cycle.ts';
import { promises } from './conformance-promises.ts';
import { streams } from './conformance-streams.ts';
import { threads } from './conformance-threads.ts';
import { timers } from './conformance-timers.ts';
import { tlsStreams } from './conformance-tls.ts';

describeEachPoller('IOLoop life cycle', lifeCycle);
describeEachPoller('IOLoop callbacks', callbacks, { watching: true });
describeEachPoller('IOLoop timers', timers, { watching: true });
describeEachPoller('IOLoop promises', promises, { watching: true });
describeEachPoller('Byte streams', streams);
describeEachPoller('Byte streams of busy threads', busyThreads);
describeEachPoller('TLS streams', tlsStreams);
describeEachPoller('Calls from other threads', threads, { watching: true });
describeEachPoller('Handlers of descriptors', handlers);
describeEachPoller('Descriptors', descriptors);

for (const kind of [LIBUV, WRITTEN_HOST]) {
  describe(`A loop on a host [${kind.name}]`, () => {
    const host = hostUnderTest(kind);
    callbacks(host);
    timers(host);
    describe('calls from other threads', () => threads(host));
  });
}
