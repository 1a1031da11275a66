import { expect } from 'chai';
import { Child, type ChildEnd } from '../support/child.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describe('Ctrl-C in a blocking script', () => {
  describeOnPollers((poller) => {
    for (const call of ['processDataEvents', 'sleep', 'consume', 'startConsuming']) {
      it(`leaves ${call}(), time and again, and the connection can be closed`, async () => {
        const { code, lines } = await interrupted(call);
        expect(lines).to.deep.equal([
          'ready',
          'KeyboardInterrupt',
          'ready again',
          'KeyboardInterrupt',
          'returned',
          'closed',
        ]);
        expect(code).to.equal(0);
      });
    }

    it('leaves a call whose answer does not come, and others are answered', async () => {
      const { code, lines } = await interrupted('queueDeclare');
      expect([code, lines]).to.deep.equal([0, ['ready', 'KeyboardInterrupt', 'returned', 'returned', 'closed']]);
    });

    it('leaves close() of a broker that does not answer', async () => {
      const { code, lines } = await interrupted('close');
      expect(lines.slice(0, 3)).to.deep.equal(['ready', 'KeyboardInterrupt', 'open false']);
      expect([code, lines.at(-1)]).to.deep.equal([0, 'closed']);
    });

    it('leaves the making of a connection, and the next one is made', async () => {
      const { code, lines } = await start('connecting').ended;
      expect([code, lines]).to.deep.equal([0, ['KeyboardInterrupt', 'returned']]);
    });

    it('leaves the next call when it came while the script computed', async () => {
      const { code, lines } = await interrupted('computing');
      expect([code, lines]).to.deep.equal([0, ['ready', 'KeyboardInterrupt', 'returned', 'returned', 'closed']]);
    });

    it('leaves the next call when it came while a callback computed', async () => {
      const { code, lines } = await interrupted('computing callback');
      expect(code).to.equal(0);
      expect(lines.filter((line) => line === 'KeyboardInterrupt')).to.have.length(1);
      expect(lines.slice(-2)).to.deep.equal(['returned', 'closed']);
    });

    it('ends the process at the second one before the next call', async () => {
      const child = start('twice');
      await child.said('ready');
      const again = setInterval(() => child.signal('SIGINT'), 20);
      const { signal, lines } = await child.ended;
      clearInterval(again);
      expect([signal, lines]).to.deep.equal(['SIGINT', ['ready']]);
    });

    it('closes the connection on its way out of the script', async () => {
      const { lines } = await interrupted('not caught');
      expect(lines).to.deep.equal(['ready', 'caught KeyboardInterrupt', 'returned', 'closed']);
    });

    it('does what it does elsewhere once the connection is closed', async () => {
      const { signal, lines } = await interrupted('afterwards');
      expect([signal, lines]).to.deep.equal(['SIGINT', ['returned', 'closed', 'ready']]);
    });

    const start = (name: string): Child => new Child(new URL('./interrupted-script.js', import.meta.url), poller, name);

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
});
