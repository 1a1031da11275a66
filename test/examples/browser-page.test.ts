import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { Chromium } from '../support/chromium.ts';
import { describeBroker, describeNode } from '../support/describe-broker.ts';
import { describeChromium } from '../support/describe-chromium.ts';
import { Program } from '../support/program.ts';

describeBroker('browser-page', (broker) => {
  describeChromium('its page', (chromium) => {
    const open = pagesOf(chromium, () => broker.url);

    it('publishes and consumes by itself, and says through which bridge', async () => {
      const page = await open();
      await state(page, 'Open');
      for (const name of ['published', 'confirmed', 'consumed']) {
        await count(page, `${name}-total`, (total) => total > 100);
        await count(page, `${name}-rate`, (rate) => rate > 0);
      }
      expect(await page.textContent('#why')).to.match(/ by way of the bridge at ws:\/\/127\.0\.0\.1:\d+\/amqp$/);
      expect(await page.textContent('#messages tr:first-child')).to.match(/ ms256 B#\d+ +The quick brown fox/);
    });

    it('leaves messages in the queue while the consumer is paused', async () => {
      const page = await open();
      await count(page, 'consumed-total', (total) => total > 0);
      await page.click('text=Pause the consumer');
      await count(page, 'unacked', (unacked) => unacked === 0);
      const before = await numberIn(page, 'consumed-total');
      await count(page, 'waiting', (waiting) => waiting > 100);
      expect(await numberIn(page, 'consumed-total')).to.equal(before);
      await page.click('text=Resume the consumer');
      await count(page, 'consumed-total', (total) => total > before + 100);
    });

    it('consumes as many at a time as the prefetch says', async () => {
      const page = await open();
      await count(page, 'consumed-total', (total) => total > 0);
      await page.focus('#work');
      await page.keyboard.press('End'); // a second for each message
      await page.focus('#prefetch');
      await page.keyboard.press('Home');
      await count(page, 'prefetch-limit', (limit) => limit === 1);
      await count(page, 'unacked', (unacked) => unacked === 1);
    });

    it('closes when it is told to, and connects again', async () => {
      const page = await open();
      await state(page, 'Open');
      await page.click('text=Close');
      await state(page, 'Closed');
      expect(await page.isDisabled('#pause')).to.equal(true);
      await page.click('#connect');
      await state(page, 'Open');
      await count(page, 'consumed-total', (total) => total > 0);
    });

    it('says that the broker refuses a login', async () => {
      const page = await open();
      await state(page, 'Open');
      await page.click('text=Close');
      await page.fill('#password', 'wrong');
      await page.click('#connect');
      await state(page, 'The broker refuses this login');
      expect(await page.textContent('#why')).to.not.contain('wrong');
    });
  });
});

describeNode('browser-page', (node) => {
  describeChromium('its page', (chromium) => {
    const open = pagesOf(chromium, () => node.url);

    it("shows the broker's reason when that closes the connection", async () => {
      const page = await open();
      await state(page, 'Open');
      await node.closeConnections('back at noon');
      await state(page, 'The broker has closed the connection');
      expect(await page.textContent('#why'))
        .to.contain('320')
        .and.to.contain('back at noon');
    });
  });
});

/** Runs the example for each test of a suite. @returns what opens its page */
function pagesOf(chromium: Chromium, url: () => string): () => Promise<Page> {
  let program: Program;
  let address = '';
  beforeEach(async () => {
    program = Program.example('browser-page', [], { AMQP_URL: url() });
    address = /http:\S+/.exec(await program.line(/^the page is at/))?.[0] ?? '';
  });
  afterEach(async () => {
    program.terminate();
    expect(await program.ended).to.equal(0);
    expect(program.lines.at(-1)).to.equal('closed in order');
  });
  return async () => (await chromium.open(address)).page;
}

/** Until the page's headline says so. */
async function state(page: Page, headline: string): Promise<void> {
  await page.waitForFunction((wanted) => document.getElementById('state')?.textContent === wanted, headline);
}

/** Until a number of the page is as it shall be. */
async function count(page: Page, id: string, isRight: (value: number) => boolean): Promise<void> {
  for (;;) {
    const text = (await page.textContent(`#${id}`)) ?? '';
    if (isRight(numberOf(text))) return;
    await page.waitForFunction(([of, shown]) => document.getElementById(of)?.textContent !== shown, [
      id,
      text,
    ] as const);
  }
}

async function numberIn(page: Page, id: string): Promise<number> {
  return numberOf((await page.textContent(`#${id}`)) ?? '');
}

/** Thousands are parted by a narrow space. */
function numberOf(text: string): number {
  return Number(text.replaceAll('\u202f', ''));
}
