import { cannotRun } from './cannot-run.ts';
import { Chromium } from './chromium.ts';
import { CHROMIUM, findChromium } from './find-chromium.ts';
import { whyMissing } from './find-program.ts';

/**
 * Declares a suite that needs a real browser: one Chromium, shared by the whole run and started by the first such suite. Pages
 * are closed after each test, which fails when one of them threw what nobody caught. Without Chromium the suite shows as
 * pending with the reason, and fails where CI is set.
 */
export function describeChromium(title: string, suite: (chromium: Chromium) => void): void {
  describe(`${title} [Chromium]`, () => {
    const missing = whyMissing(CHROMIUM);
    if (missing !== null) return cannotRun(missing);
    before('start Chromium', startChromium);
    afterEach('close the pages', () => sharedChromium().closePages());
    suite(sharedChromium());
  });
}

/** Ends the browser of this run, if one was started. */
export async function disposeChromium(): Promise<void> {
  await chromium?.dispose();
  chromium = null;
}

const START_LIMIT = 90_000; // ms, a little more than Chromium itself takes before it tells why

let chromium: Chromium | null = null;

function sharedChromium(): Chromium {
  const program = findChromium();
  if (program === null) throw new Error('Chromium was there when the suites were declared, and is gone');
  chromium ??= new Chromium(program);
  return chromium;
}

async function startChromium(this: Mocha.Context): Promise<void> {
  this.timeout(START_LIMIT);
  if (!sharedChromium().running) await sharedChromium().start();
}
