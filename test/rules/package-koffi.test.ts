import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NotTaken } from '../../ioloop/index.ts';
import { ROOT } from './sources.ts';

/** A refused connection is an event of every poller. */
const PROGRAM = `
  import { IOLoop } from 'pikaloop/ioloop';
  const loop = new IOLoop();
  let code = null;
  const onClose = (error) => { code = error.code; loop.stop(); };
  const quiet = { onConnect() {}, onData() {}, onDrain() {}, onEof: () => false, onIdle() {} };
  loop.transports.create({ ...quiet, onClose }).connect({ host: '127.0.0.1', port: 1 });
  loop.start();
  console.log(JSON.stringify({ name: loop.poller.name, notTaken: loop.poller.notTaken, code }));
`;

interface Told {
  readonly name: string;
  readonly notTaken: readonly NotTaken[];
  readonly code: string;
}

/** The package as npm would install it, in a project that has the program and nothing else. */
describe('the installed package', () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'pikaloop-project-'));
    const installed = join(project, 'node_modules', 'pikaloop');
    mkdirSync(installed, { recursive: true });
    cpSync(`${ROOT}package.json`, join(installed, 'package.json'));
    cpSync(`${ROOT}dist`, join(installed, 'dist'), { recursive: true });
    writeFileSync(join(project, 'program.mjs'), PROGRAM);
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  function run(): Promise<{ told: Told; stderr: string }> {
    return new Promise((resolve, reject) => {
      // the package is to choose
      const env = { ...process.env, PIKALOOP_POLLER: '' };
      execFile(process.execPath, ['program.mjs'], { cwd: project, env, timeout: 15_000 }, (error, stdout, stderr) => {
        if (error === null) resolve({ told: JSON.parse(stdout), stderr });
        else reject(error);
      });
    });
  }

  it('works without koffi, without a word, and tells what it lacks to whoever asks', async () => {
    const { told, stderr } = await run();
    expect([told.name, told.code, stderr]).to.deep.equal(['worker', 'ECONNREFUSED', '']);
    expect(told.notTaken[0]).to.deep.equal({ name: 'epoll', reason: 'it needs the package koffi: npm install koffi' });
    expect(told.notTaken.map(({ name }) => name)).to.deep.equal(['epoll', 'kqueue', 'poll', 'select']);
  });

  it('takes koffi where it is installed', async () => {
    symlinkSync(`${ROOT}node_modules/koffi`, join(project, 'node_modules', 'koffi'));
    const { told, stderr } = await run();
    expect([told.code, stderr]).to.deep.equal(['ECONNREFUSED', '']);
    expect(told.name).to.equal(process.platform === 'linux' ? 'epoll' : 'kqueue');
  });
});
