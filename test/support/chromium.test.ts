import { expect } from 'chai';
import type { ChromiumPage, ModuleCalls } from './chromium.ts';
import type * as sample from './chromium-sample.ts';
import { describeChromium } from './describe-chromium.ts';

const SAMPLE = new URL('./chromium-sample.js', import.meta.url);

describeChromium('a page of the tests', (chromium) => {
  for (const [what, inPlace] of [
    ['its window', (page: ChromiumPage) => page.module<typeof sample>(SAMPLE)],
    ['a worker', (page: ChromiumPage) => page.workerModule<typeof sample>(SAMPLE)],
  ] as const) {
    async function opened(): Promise<ModuleCalls<typeof sample>> {
      return inPlace(await chromium.open());
    }

    it(`is cross-origin isolated in ${what}`, async () => {
      const calls = await opened();
      expect(await calls.call('place')).to.deep.equal({ window: what === 'its window', isolated: true, memory: true });
    });

    it(`awaits what a function in ${what} promises`, async () => {
      const calls = await opened();
      expect(await calls.call('later', 'done')).to.equal('done');
    });

    it(`passes on what the package throws in ${what}, by its name`, async () => {
      const error = await (await opened()).call('misuse').catch((thrown: Error) => thrown);
      expect(error).to.include({ name: 'RangeError', code: 'ARG_RANGE' });
    });
  }

  it('may block in a worker', async () => {
    const page = await chromium.open();
    expect(await page.workerModule<typeof sample>(SAMPLE).call('blocks', 1)).to.equal('timed-out');
  });

  it('shares no memory when it is not isolated', async () => {
    const page = await chromium.openPlain();
    expect(await page.module<typeof sample>(SAMPLE).call('place')).to.deep.equal({
      window: true,
      isolated: false,
      memory: false,
    });
  });

  it('fails the test when it throws what nobody catches', async () => {
    const page = await chromium.open();
    const thrown = page.page.waitForEvent('pageerror');
    await page.module<typeof sample>(SAMPLE).call('forget');
    await thrown;
    const error = await chromium.closePages().catch((failure: Error) => failure);
    expect(error).to.be.an.instanceOf(AggregateError).with.property('message').that.contains('of nobody');
  });
});
