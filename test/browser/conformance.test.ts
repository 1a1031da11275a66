import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Plugin, rollup } from 'rollup';
import { describeChromium } from '../support/describe-chromium.ts';
import type * as conformance from './conformance-page.ts';

const BUNDLE = new URL('./conformance-bundle.js', import.meta.url);

/** What asks for more than a browser has. */
const SKIPPED = [
  // promises that settle inside start()
  'waits for a promise',
  'reports the rejection',
  'lets a rejection leave',
  // the size of the heap, and a collection of garbage on demand
  'runs a million queued callbacks',
  'frees what a cancelled',
  // AsyncLocalStorage
  'keeps the store',
  'runs everything in the context',
];

describeChromium("the suites of timers and callbacks in a browser's worker", (chromium) => {
  before(async function () {
    this.timeout(60_000);
    const { forBrowsers } = (await import(String(new URL('../../../rollup.config.js', import.meta.url)))) as {
      forBrowsers: Plugin;
    };
    const input = fileURLToPath(new URL('./conformance-page.js', import.meta.url));
    const bundle = await rollup({ input, plugins: [forBrowsers, others] });
    await bundle.write({ file: fileURLToPath(BUNDLE), format: 'es', inlineDynamicImports: true });
    await bundle.close();
  });

  it('pass, but for what no browser has', async function () {
    this.timeout(60_000);
    const page = await chromium.open();
    const { passed, failed, skipped } = await page
      .workerModule<typeof conformance>(BUNDLE)
      .call('run', '/dist/io-worker-browser.js', SKIPPED);
    expect(failed).to.deep.equal([]);
    expect(skipped, 'on two pollers').to.have.length(2 * SKIPPED.length);
    expect(passed).to.have.length.of.at.least(70);
  });
});

/** What the suites import of others. */
const others: Plugin = {
  name: 'others',
  resolveId: (source) => {
    if (source === 'chai') return fileURLToPath(import.meta.resolve('chai'));
    return source === 'node:async_hooks' ? source : null;
  },
  load: (id) => (id === 'node:async_hooks' ? 'export class AsyncLocalStorage {}' : null),
};
