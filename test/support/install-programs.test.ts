import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { WantedProgram } from './find-program.ts';
import { ensureInstalled, type PackageManager } from './install-programs.ts';

describe('ensureInstalled()', () => {
  let folder: string;
  let said: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pikaloop-install-'));
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that is here once a file of this name is. */
  function program(title: string): WantedProgram {
    const file = join(folder, title);
    const packages = { 'apt-get': title, dnf: title, apk: title, brew: file };
    return { title, givenBy: 'NOTHING', reasonIn: 'NOWHERE', packages, isHere: () => existsSync(file) };
  }

  /** A package manager that this machine has, since it is a shell script. */
  function manager(script: string): PackageManager[] {
    return [{ name: 'brew', program: 'sh', asRoot: false, script }];
  }

  function ensure(wanted: readonly WantedProgram[], script: string): string[] {
    return [...ensureInstalled(wanted, (text) => said.push(text), manager(script)).values()];
  }

  it('asks once for all that is missing, and for nothing else', () => {
    const [one, two, three] = ['one', 'two', 'three'].map(program) as [WantedProgram, WantedProgram, WantedProgram];
    expect(ensure([two], 'touch "$@"')).to.deep.equal([]);
    said.length = 0;
    const once = `echo "$@" >> ${join(folder, 'calls')}; [ $# = 2 ] && touch "$@"`;
    expect(ensure([one, two, three], once)).to.deep.equal([]);
    expect(said).to.deep.equal(['one and three are not here: brew installs them for the tests; no service is started']);
  });

  it('says and does nothing when all is here', () => {
    expect(ensure([], 'exit 1')).to.deep.equal([]);
    expect(said).to.deep.equal([]);
  });

  it('installs the one where the other is not known', () => {
    const [known, unknown] = [program('known'), program('unknown')];
    const script = 'case "$*" in *unknown*) echo "no package unknown" >&2; exit 1;; esac; touch "$@"';
    expect(ensure([known, unknown], script)).to.deep.equal([
      'unknown is not installed, and brew could not install it: no package unknown',
    ]);
    expect(known.isHere()).to.equal(true);
  });

  it('tells when what was installed is not found', () => {
    expect(ensure([program('lost')], 'exit 0')).to.deep.equal(['brew installed lost, but its programs are not found']);
  });

  it('tells which package managers it knows when none is here', () => {
    const reasons = ensureInstalled([program('lonely')], () => undefined, [
      { name: 'apk', program: 'no-such-program', asRoot: true, script: '' },
      { name: 'brew', program: 'no-such-program', asRoot: true, script: '' },
    ]);
    expect([...reasons.values()]).to.deep.equal([
      'lonely is not installed, and neither apk nor brew is here to install it',
    ]);
  });
});
