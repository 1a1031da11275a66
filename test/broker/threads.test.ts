import { expect } from 'chai';
import { Child } from '../support/child.ts';
import { describeNode } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describeNode('blocking connections of several threads', (node, broker) => {
  describeOnPollers((poller) => {
    const run = (name: string): Child =>
      new Child(new URL('./threaded-program.js', import.meta.url), poller, name, broker.url);

    it('work in eight of them at once', async () => {
      const { code, lines } = await run('eight').ended;
      expect([code, lines]).to.deep.equal([0, [...Array<string>(8).fill('5050'), 'done']]);
    });

    it('hand work over to each other, to the main thread and from it', async () => {
      const { code, lines } = await run('ring').ended;
      expect([code, lines]).to.deep.equal([0, ['lap 1000', 'done']]);
    });

    it('leave no thread, no descriptor and no connection when their thread is terminated', async () => {
      const child = run('terminated');
      await child.said('done');
      expect(child.lines).to.deep.equal(['prompt', '0 threads, 0 fds more', 'done']);
      expect((await child.ended).code).to.equal(0);
      await untilNone(() => node.list('list_connections', 'pid'));
    });
  });
});

/** The broker learns of an end a moment after it. */
async function untilNone(list: () => Promise<readonly unknown[]>): Promise<void> {
  for (let i = 0; i < 10 && (await list()).length > 0; i++);
  expect(await list()).to.deep.equal([]);
}
