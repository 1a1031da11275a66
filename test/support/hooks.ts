import { Worker } from 'node:worker_threads';
import { disposeNode } from './describe-broker.ts';
import { disposeChromium } from './describe-chromium.ts';

/** Tells a thread which test begins, so that one which holds this thread for ever ends the run, and not the other way round. */
const guard = new Worker(new URL('./hang-guard-worker.js', import.meta.url), { execArgv: [] });
guard.unref();

export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    guard.postMessage(this.currentTest?.fullTitle());
  },
};

/** Mocha calls this once, after the last test of the run. */
export async function mochaGlobalTeardown(): Promise<void> {
  await guard.terminate();
  await disposeChromium();
  await disposeNode();
}
