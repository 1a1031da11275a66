import { disposeNode } from './describe-broker.ts';

/** Mocha calls this once, after the last test of the run. */
export async function mochaGlobalTeardown(): Promise<void> {
  await disposeNode();
}
