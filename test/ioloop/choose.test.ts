import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { IOLoop, UnsupportedError } from '../../ioloop/index.ts';
import { POLLERS } from '../../ioloop/pollers/known.ts';

describe('The choice of a poller', () => {
  const variable = process.env.PIKALOOP_POLLER;
  beforeEach(() => {
    delete process.env.PIKALOOP_POLLER;
  });
  afterEach(() => {
    IOLoop.configure(null);
    if (variable !== undefined) process.env.PIKALOOP_POLLER = variable;
  });

  it('by itself takes the best that works, and tells why the better ones were passed over', () => {
    for (const value of [undefined, '']) {
      if (value !== undefined) process.env.PIKALOOP_POLLER = value;
      const loop = new IOLoop({ makeCurrent: false });
      const better = POLLERS.slice(
        0,
        POLLERS.findIndex(({ name }) => name === loop.poller.name),
      );
      expect(loop.poller.notTaken.map(({ name }) => name)).to.deep.equal(better.map(({ name }) => name));
      for (const { reason } of loop.poller.notTaken) expect(reason).not.to.equal('');
      expect(loop.poller.blocking).to.equal(true);
      loop.close();
    }
  });

  it('by name gives the reason where that one does not work here', () => {
    const absent = POLLERS.find(({ missing }) => missing !== null);
    if (absent === undefined) return;
    const make = (): IOLoop => new IOLoop({ poller: absent.name, makeCurrent: false });
    expect(make).to.throw(UnsupportedError, `${absent.name}: ${absent.missing}`).with.property('code', 'UNSUPPORTED');
  });

  it('by a list goes on to the next that works', () => {
    IOLoop.configure(['kqueue', 'virtual']);
    const loop = new IOLoop({ makeCurrent: false });
    expect(loop.poller.name).to.equal('virtual');
    loop.close();
  });

  it("by a factory asks nobody, and an error of the factory's is not hidden", () => {
    const reason = new Error('no such device');
    const failing = (): never => {
      throw reason;
    };
    expect(() => new IOLoop({ poller: failing, makeCurrent: false })).to.throw(reason);
    IOLoop.configure(failing);
    expect(() => new IOLoop({ makeCurrent: false })).to.throw(reason);
    new IOLoop({ poller: 'virtual', makeCurrent: false }).close();
  });

  it('goes on to the I/O thread without a word where koffi is not installed', () => {
    const { name, notTaken, lines } = elsewhere(`
      const { name, notTaken } = new IOLoop().poller;
      const refused = [];
      try { new IOLoop({ poller: 'epoll', makeCurrent: false }); } catch (error) { refused.push(error.message); }
      console.log(JSON.stringify({ name, notTaken, lines: refused }));
    `);
    expect(name).to.equal('worker');
    expect(notTaken.map((each) => each.name)).to.deep.equal(['epoll', 'kqueue', 'poll', 'select']);
    for (const { reason } of notTaken) expect(reason).to.include('npm install koffi');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('npm install koffi');
  });

  it('loads no library before a loop is made', () => {
    const source = `
      await import(${JSON.stringify(new URL('../../ioloop/index.js', import.meta.url).href)});
      const { createRequire } = await import('node:module');
      console.log(Object.keys(createRequire('/').cache).filter((path) => path.includes('koffi')).length);
    `;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' })).to.equal('0\n');
  });
});

/** What a program prints that runs the loop's code in a folder without packages. */
function elsewhere(body: string): { name: string; notTaken: { name: string; reason: string }[]; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'pikaloop-'));
  try {
    cpSync(fileURLToPath(new URL('../../ioloop', import.meta.url)), join(folder, 'ioloop'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'program.js'), `import { IOLoop } from './ioloop/index.js';\n${body}`);
    const env = { ...process.env };
    delete env.PIKALOOP_POLLER;
    delete env.NODE_PATH;
    const output = execFileSync(process.execPath, [join(folder, 'program.js')], { env, encoding: 'utf8' });
    return JSON.parse(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
