import { prepareToBlock } from '../../ioloop/index.ts';
import { callbacks } from '../ioloop/conformance-callbacks.ts';
import { timers } from '../ioloop/conformance-timers.ts';
import { loopsUnderTest } from '../support/loops-under-test.ts';

// The loop's suites, bundled for a dedicated worker, with what they need of mocha.

type Body = (this: { timeout(ms: number): void }, done?: (error?: unknown) => void) => unknown;
type Hook = () => void;
interface Test {
  readonly title: string;
  readonly body: Body;
  readonly before: readonly Hook[];
  readonly after: readonly Hook[];
}

/**
 * @param skipped - what the titles of tests begin with that ask for more than a browser has
 * @returns the titles of those that passed, and of those that failed, with the reason
 */
export async function run(
  program: string,
  skipped: readonly string[],
): Promise<{ passed: string[]; failed: string[]; skipped: string[] }> {
  await prepareToBlock({ program });
  const outcome = { passed: [] as string[], failed: [] as string[], skipped: [] as string[] };
  for (const test of declared()) {
    if (skipped.some((start) => test.title.startsWith(start))) outcome.skipped.push(test.title);
    else await runOne(test, outcome);
  }
  return outcome;
}

function declared(): Test[] {
  const tests: Test[] = [];
  let before: Hook[] = [];
  let after: Hook[] = [];
  const describe = (_title: string, body: () => void): void => {
    const [outerBefore, outerAfter] = [before, after];
    before = [...before];
    after = [...after];
    body();
    [before, after] = [outerBefore, outerAfter];
  };
  Object.assign(globalThis, {
    describe,
    it: (title: string, body: Body) => tests.push({ title, body, before: [...before], after: [...after] }),
    beforeEach: (hook: Hook) => before.push(hook),
    afterEach: (hook: Hook) => after.push(hook),
  });
  for (const name of ['worker', 'virtual'] as const) {
    describe(name, () => {
      const poller = loopsUnderTest(name, name, { realFds: false, nowhere: { url: 'ws://127.0.0.1:1/' } });
      timers(poller);
      callbacks(poller);
    });
  }
  return tests;
}

async function runOne(
  { title, body, before, after }: Test,
  outcome: { passed: string[]; failed: string[] },
): Promise<void> {
  const context = { timeout: () => undefined };
  try {
    for (const hook of before) hook();
    if (body.length === 0) await body.call(context);
    else {
      await new Promise<void>((resolve, reject) => {
        body.call(context, (error) => (error === undefined ? resolve() : reject(error)));
      });
    }
    outcome.passed.push(title);
  } catch (error) {
    outcome.failed.push(`${title}: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    for (const hook of after) hook();
  }
}
