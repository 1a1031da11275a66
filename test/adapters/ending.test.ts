import { expect } from 'chai';
import { BlockingConnection } from '../../adapters/index.ts';
import { type BackgroundBroker, startBackgroundBroker } from '../kit/index.ts';
import { Child } from '../support/child.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describe('the end of a process with open connections', () => {
  describeOnPollers((poller) => {
    let broker: BackgroundBroker;
    beforeEach(() => {
      broker = startBackgroundBroker();
    });
    afterEach(() => broker.stop());

    for (const { name, code, words } of [
      { name: 'blocking, natural end', code: 0, words: 1 },
      { name: 'blocking, two connections, process.exit()', code: 7, words: 2 },
      { name: 'blocking, process.exit() in a handler', code: 7, words: 0 },
      { name: 'blocking, process.exit() in a callback of the loop', code: 7, words: 1 },
      { name: 'blocking, an error in a handler', code: 1, words: 1 },
      { name: 'blocking, an error that nobody catches', code: 1, words: 1 },
      { name: 'select, natural end', code: 0, words: 1 },
      { name: 'select, process.exit() in a handler', code: 7, words: 0 },
      { name: "select, an error in a callback, with onError: 'throw'", code: 1, words: 1 },
      { name: 'process.exit() while another thread waits', code: 7, words: null },
      { name: 'an error while another thread waits', code: 1, words: null },
      { name: 'another thread, terminated', code: 0, words: null },
    ]) {
      it(`comes at once, and what was published has left: ${name}`, async () => {
        const child = new Child(new URL('./ending-script.js', import.meta.url), poller, name, broker.url);
        await child.said('ending');
        const began = performance.now();
        const end = await child.ended;
        expect(end.code, end.lines.join('\n')).to.equal(code);
        expect(performance.now() - began, 'ten times the second that is promised').to.be.below(10_000);
        if (words !== null) expect(wordsAt(broker)).to.equal(words);
      });
    }
  });
});

/** The messages in the queue. */
function wordsAt({ url }: BackgroundBroker): number {
  const connection = new BlockingConnection(url);
  const { messageCount } = connection.channel().queueDeclare({ queue: 'ending' });
  connection.close();
  return messageCount;
}
