import { expect } from 'chai';
import { REAL_POLLERS } from '../support/real-pollers.ts';
import { describeExamples } from './programs.ts';

const [watching] = REAL_POLLERS.filter((name) => name !== 'worker');

describeExamples('watch-everything', 'hello', (examples) => {
  if (watching === undefined) it('cannot run here: no poller has real file descriptors');
  else {
    it('shows what comes by stdin, a pipe and a queue, until Ctrl-C', async () => {
      const program = examples.run('watch-everything', [], { PIKALOOP_POLLER: watching });
      program.type('typed\n');
      await program.line(/^stdin {2}typed$/);
      await program.line(/^pipe {3}\d\d:\d\d:\d\d$/);
      expect(await examples.run('hello-select-publish').ended).to.equal(0);
      await program.line(/^queue {2}hello 10$/);
      program.interrupt();
      expect(await program.ended).to.equal(0);
    });

    it('goes on when stdin has ended', async () => {
      const program = examples.run('watch-everything', [], { PIKALOOP_POLLER: watching });
      program.endInput();
      await program.line(/^pipe /);
      expect(await examples.run('hello-select-publish').ended).to.equal(0);
      await program.line(/^queue {2}hello 10$/);
      program.interrupt();
      expect(await program.ended).to.equal(0);
    });
  }

  it('says what is missing where no file descriptor can be watched', async () => {
    const program = examples.run('watch-everything', [], { PIKALOOP_POLLER: 'worker' });
    expect(await program.ended).to.equal(1);
    expect(program.lines).to.deep.equal([
      'the worker poller watches no file descriptors; npm install koffi brings one that does',
    ]);
  });
});
