import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

const DOOR = new URL('../../ioloop/index.js', import.meta.url).href;
/** Prints in a loop under which ticks run, and ends with 7. */
const PROGRAM = `
import { IOLoop } from ${JSON.stringify(DOOR)};
IOLoop.main(() => {
  const loop = new IOLoop();
  let lines = 0;
  const print = () => {
    console.log('a line');
    if (++lines === 20) process.exit(7);
    loop.callLater(10, print);
  };
  loop.callLater(10, print);
  loop.start();
});`;

describe('a program whose output nobody reads any more', () => {
  it('goes on, though the error of that cannot be written either', async () => {
    const args = ['--input-type=module', '-e', PROGRAM];
    const child = spawn(process.execPath, args, { timeout: 15_000, killSignal: 'SIGKILL' });
    child.stdout.destroy();
    child.stderr.destroy();
    expect(await once(child, 'exit')).to.deep.equal([7, null]);
  });
});
