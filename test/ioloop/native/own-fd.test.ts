import { closeSync, fstatSync } from 'node:fs';
import { expect } from 'chai';
import { closeOwned, ownFd } from '../../../ioloop/native/own-fd.ts';
import { openSystem } from '../../../ioloop/native/system.ts';
import { Child } from '../../support/child.ts';
import { describeEachRuntime } from '../../support/runtimes.ts';

const PROGRAM = new URL('./own-fd-program.js', import.meta.url);
/** Milliseconds; a busy machine takes its time to end a thread. */
const PATIENCE = '10000';
const THREE_HELD = { count: 3, inherited: 0 };

describe('a descriptor that a thread owns', () => {
  it('is the one that was opened, in the main thread', () => {
    const system = openSystem();
    const fds = new Int32Array(2);
    system.pipe(fds);
    const [read = -1, write = -1] = fds;
    expect(ownFd(system, read)).to.equal(read);
    closeOwned(system, read);
    expect(() => fstatSync(read)).to.throw('EBADF');
    closeSync(write);
  });

  it('is closed when the thread is terminated', async () => {
    const { code, lines } = await new Child(PROGRAM, PATIENCE).ended;
    expect([code, lines]).to.deep.equal([0, [JSON.stringify({ opened: THREE_HELD, left: 0 })]]);
  });
});

describeEachRuntime('a descriptor that a thread owns', ({ name, run }) => {
  // Bun does not close what a thread has opened, not even by fs
  const left = name === 'bun' ? 3 : 0;
  it(left === 0 ? 'is closed when the thread is terminated' : 'stays open when the thread is terminated', async () => {
    // what is not to happen is waited for no longer than one can
    const { code, stdout, stderr } = await run(PROGRAM, { args: [left === 0 ? PATIENCE : '1500'] });
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(JSON.parse(stdout)).to.deep.equal({ opened: THREE_HELD, left });
  });
});
