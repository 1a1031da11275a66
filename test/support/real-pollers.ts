import { IOLoop, type PollerName } from '../../ioloop/index.ts';
import { POLLERS } from '../../ioloop/pollers/known.ts';

/** What works here of the pollers that hold the thread and wait for a real network. */
export const REAL_POLLERS: readonly PollerName[] = POLLERS.filter(
  ({ name, missing, blocking }) => blocking && missing === null && name !== 'virtual',
).map(({ name }) => name);

/** One that makes the system's calls itself, if there is one here, and the one whose sockets live in another thread. */
export const KINDS_OF_POLLERS: readonly PollerName[] = REAL_POLLERS.filter((name, i) => i === 0 || name === 'worker');

/** Declares a suite once per poller; loops that ask for none in it get that one. */
export function describeOnPollers(
  suite: (poller: PollerName) => void,
  pollers: readonly PollerName[] = REAL_POLLERS,
): void {
  for (const name of pollers) {
    describe(`on the ${name} poller`, () => {
      before(() => IOLoop.configure(name));
      after(() => IOLoop.configure(null));
      suite(name);
    });
  }
}
