import { expect } from 'chai';
import { Program } from '../support/program.ts';

describe('loop-alone', () => {
  let program: Program;
  afterEach(() => program.stop());
  const said = (): string[] => program.lines.map((line) => line.replace(/^ *\d+ ms {2}/, ''));

  it('runs callbacks and timers in their order, and stops by itself', async () => {
    program = Program.example('loop-alone');
    expect(await program.ended).to.equal(0);
    expect(said()).to.deep.equal([
      'a callback',
      'a timer',
      'tick 1',
      'tick 2',
      'tick 3',
      'tick 4',
      'tick 5',
      'stopped',
    ]);
  });

  it('starts its loop again after Ctrl-C', async () => {
    program = Program.example('loop-alone');
    await program.line(/tick 3$/); // a loop catches Ctrl-C a moment after it started
    program.interrupt();
    expect(await program.ended).to.equal(0);
    expect(said()).to.include('Ctrl-C came out of start(), and the loop can start again');
    expect(said().at(-1)).to.equal('stopped');
  });
});

describe('loop-threads', () => {
  it('has two threads call each other, each from inside its loop', async () => {
    const program = Program.example('loop-threads');
    expect(await program.ended).to.equal(0);
    expect(program.lines).to.deep.equal(['pong 1', 'pong 2', 'pong 3', 'pong 4', 'pong 5']);
  });
});
