import { IOLoop, type PollerName } from '../../ioloop/index.ts';
import { RUNTIME_CHECKS } from './checks.ts';

/** Runs the checks with one poller on the runtime that runs this, and prints what became of each: null or its error. */
const poller = process.argv[2] as PollerName;
const automatic = new IOLoop({ makeCurrent: false }).poller;
const outcomes: Record<string, string | null> = {};
// promises settle in start() only under a task of the host
setImmediate(() => {
  for (const { title, run } of RUNTIME_CHECKS) {
    try {
      run(poller);
      outcomes[title] = null;
    } catch (error) {
      outcomes[title] = String(error instanceof Error ? error.stack : error);
    }
  }
  console.log(JSON.stringify({ automatic: automatic.name, notTaken: automatic.notTaken, outcomes }));
  process.exit(0);
});
