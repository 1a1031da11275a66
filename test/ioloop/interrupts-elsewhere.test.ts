import { expect } from 'chai';
import { describeEachRuntime } from '../support/runtimes.ts';

describeEachRuntime('Ctrl-C', (runtime) => {
  for (const poller of ['epoll', 'worker']) {
    for (const [name, lines] of Object.entries({
      computing: ['ready', 'KeyboardInterrupt idle', 'callback', 'returned', 'ready again', 'KeyboardInterrupt idle'],
      'kept twice': ['ready', 'KeyboardInterrupt idle'],
      'two loops': ['ready', 'KeyboardInterrupt idle', 'returned', 'caught'],
      'listener removed': ['ready', 'KeyboardInterrupt idle'],
      'listener added': ['ready', 'listener', 'returned', 'ready again', 'KeyboardInterrupt idle'],
      'given back late': ['ready'],
    })) {
      it(`is kept between two runs on the ${poller} poller: ${name}`, async function () {
        // Bun has kept one signal in hundreds to itself that came while its last listener went
        this.retries(1);
        const { stdout } = await runtime.run(program('kept-interrupts-program'), { args: [poller, name, 'own'] });
        expect(stdout.trim().split('\n')).to.deep.equal(lines);
      });
    }

    it(`leaves a start() of the ${poller} poller in which nothing ever happens`, async () => {
      const { code, stdout } = await runtime.run(program('interrupted-program'), { args: [poller, 'idle'] });
      expect([code, stdout]).to.deep.equal([0, 'KeyboardInterrupt idle\n']);
    });
  }
});

const program = (name: string): URL => new URL(`./${name}.js`, import.meta.url);
