import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { spy } from 'sinon';
import { SentinelThread } from '../../ioloop/sentinel-thread.ts';

describe('the sentinel of a program that cannot have one', () => {
  let lines: string[];
  const logger = { warn: (text: string) => void lines.push(text), error: (text: string) => void lines.push(text) };
  let folder: string;

  beforeEach(() => {
    lines = [];
    folder = mkdtempSync(join(tmpdir(), 'pikaloop-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Ctrl-C becomes a loop's business, and is nobody's again. */
  function armAndDisarm(sentinel: SentinelThread): void {
    const waits = spy(Atomics, 'wait');
    try {
      sentinel.assign({ bells: [new SharedArrayBuffer(4096)], watched: null });
      expect([sentinel.alive, sentinel.catching, sentinel.pending]).to.deep.equal([false, false, false]);
      sentinel.assign({ bells: [], watched: null });
    } finally {
      waits.restore();
    }
    expect(waits.callCount, 'not the second of a thread that does not answer').to.equal(0);
  }

  it('says once that its program is not there, and catches nothing', () => {
    const sentinel = new SentinelThread(new URL('./no-such-program.js', import.meta.url), logger);
    armAndDisarm(sentinel);
    armAndDisarm(sentinel);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('Ctrl-C ends the process').and.include('no-such-program.js is not there');
  });

  it('says once why its thread has failed, which ends nothing else', async () => {
    const program = join(folder, 'failing.mjs');
    writeFileSync(program, 'throw new Error("planted");');
    const sentinel = new SentinelThread(pathToFileURL(program), logger);
    for (let i = 0; i < 500 && lines.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    armAndDisarm(sentinel);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('planted');
  });
});
