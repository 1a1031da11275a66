import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import ts from '@typescript/typescript6';
import { expect } from 'chai';
import { ROOT } from './sources.ts';

/** Below the root, so that `pikaloop` is the package itself, by its own doors. */
const FOLDER = `${ROOT}build/readme`;
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** What compiles by itself: an example that shows its imports. */
function examplesOf(page: string): string[] {
  const blocks = readFileSync(`${ROOT}${page}`, 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
  return [...blocks].map(([, code = '']) => code).filter((code) => code.includes("from 'pikaloop"));
}

const PAGES = [
  'README.md',
  'docs/blocking.md',
  'docs/promises.md',
  'docs/pollers.md',
  'docs/bridge.md',
  'docs/browser.md',
];

describe('the README and its pages', () => {
  before(() => void mkdirSync(FOLDER, { recursive: true }));
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  it('show examples that compile under strict against what the package gives', function () {
    this.timeout(60_000); // a whole compiler, on a busy machine
    const files = PAGES.flatMap(examplesOf).map((code, i) => {
      const file = `${FOLDER}/example-${i}.mts`;
      writeFileSync(file, code);
      return file;
    });
    expect(files).to.have.length.of.at.least(10);
    const complaints = ts.getPreEmitDiagnostics(ts.createProgram(files, OPTIONS));
    expect(complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).to.deep.equal([]);
  });
});
