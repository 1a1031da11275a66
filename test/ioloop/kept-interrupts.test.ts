import { MessagePort } from 'node:worker_threads';
import { expect } from 'chai';
import { spy } from 'sinon';
import { Child, type ChildEnd } from '../support/child.ts';
import { describeEachPoller } from '../support/each-poller.ts';

describeEachPoller('Ctrl-C between two runs of a loop', (poller) => {
  if (poller.virtual) return;

  it('throws at once out of the next start() or runOnce(), and nothing is lost', async () => {
    const { lines } = await interrupted('computing');
    expect(lines).to.deep.equal([
      'ready',
      'KeyboardInterrupt idle',
      'callback',
      'returned',
      'ready again',
      'KeyboardInterrupt idle',
    ]);
  });

  it('leaves a start() that waits, time and again', async () => {
    const { lines } = await interrupted('waiting');
    expect(lines).to.deep.equal(['ready', 'KeyboardInterrupt idle', 'ready again', 'KeyboardInterrupt idle']);
  });

  it('ends the process at the second one before the next start()', async () => {
    const child = start('twice');
    await child.said('ready');
    const again = setInterval(() => child.signal('SIGINT'), 20);
    const { signal, lines } = await child.ended;
    clearInterval(again);
    expect([signal, lines]).to.deep.equal(['SIGINT', ['ready']]);
  });

  it('is the default again once nobody keeps it', async () => {
    expect((await interrupted('given back')).signal).to.equal('SIGINT');
  });

  it('acts as ever when it came but nobody took it before it was given back', async () => {
    const { signal, lines } = await interrupted('given back late');
    expect([signal, lines]).to.deep.equal(['SIGINT', ['ready']]);
  });

  it('is given back without a wait while the thread that catches it only starts', async () => {
    const { code, lines } = await start('given back before the sentinel stands').ended;
    expect([code, lines]).to.deep.equal([0, ['prompt']]);
  });

  it('is kept until the last of those who asked has given it back', async () => {
    expect((await interrupted('kept twice')).lines).to.deep.equal(['ready', 'KeyboardInterrupt idle']);
  });

  it('leaves the rest of a run in which it was given back', async () => {
    const { lines } = await interrupted('given back while running');
    expect(lines).to.deep.equal(['ready', 'KeyboardInterrupt idle', 'not caught']);
  });

  it('throws once, out of whichever of two loops runs next', async () => {
    const { lines } = await interrupted('two loops');
    expect(lines).to.deep.equal(['ready', 'KeyboardInterrupt idle', 'returned', 'caught']);
  });

  it('throws out of a loop that does not keep it, if that one runs next', async () => {
    expect((await interrupted('another loop')).lines).to.deep.equal(['ready', 'KeyboardInterrupt idle']);
  });

  it("calls the program's listeners while the host's loop turns", async () => {
    const { code, lines } = await interrupted('listener, host');
    expect([code, lines]).to.deep.equal([0, ['ready', 'listener SIGINT 2']]);
  });

  it("calls the program's listeners at the next start() otherwise, which goes on", async () => {
    const { lines } = await interrupted('listener, computing');
    expect(lines).to.deep.equal(['ready', 'listener SIGINT 2', 'returned']);
  });

  it('does not call a listener that was removed meanwhile', async () => {
    expect((await interrupted('listener removed')).lines).to.deep.equal(['ready', 'KeyboardInterrupt idle']);
  });

  it('calls a listener that was added meanwhile, and one for once only once', async () => {
    const { lines } = await interrupted('listener added');
    expect(lines).to.deep.equal(['ready', 'listener', 'returned', 'ready again', 'KeyboardInterrupt idle']);
  });

  it('costs a run no word to another thread', () => {
    const loop = poller.open();
    const kept = loop.keepInterrupts();
    // in the first one, the host asks the new thread for its output
    loop.runOnce(0);
    const posts = spy(MessagePort.prototype, 'postMessage');
    try {
      for (let i = 0; i < 100; i++) {
        loop.addCallback(() => loop.stop());
        loop.start();
      }
      expect(posts.callCount).to.equal(0);
    } finally {
      posts.restore();
      kept[Symbol.dispose]();
    }
  });

  const start = (name: string): Child =>
    new Child(new URL('./kept-interrupts-program.js', import.meta.url), poller.name, name);

  /** Ctrl-C once for each time that it says it is ready. */
  async function interrupted(name: string): Promise<ChildEnd> {
    const child = start(name);
    await child.said('ready');
    child.signal('SIGINT');
    await child.said('ready again').then(
      () => child.signal('SIGINT'),
      () => 'it ended before',
    );
    return child.ended;
  }
});
