import { describeEachPoller } from '../support/each-poller.ts';
import { busyThreads } from './conformance-busy.ts';
import { callbacks } from './conformance-callbacks.ts';
import { lifeCycle } from './conformance-life-cycle.ts';
import { promises } from './conformance-promises.ts';
import { streams } from './conformance-streams.ts';
import { threads } from './conformance-threads.ts';
import { timers } from './conformance-timers.ts';

describeEachPoller('IOLoop life cycle', lifeCycle);
describeEachPoller('IOLoop callbacks', callbacks);
describeEachPoller('IOLoop timers', timers);
describeEachPoller('IOLoop promises', promises);
describeEachPoller('Byte streams', streams);
describeEachPoller('Calls from other threads', threads);
describeEachPoller('Byte streams of busy threads', busyThreads);
