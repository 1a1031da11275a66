import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import ts from '@typescript/typescript6';
import { expect } from 'chai';
import { ROOT, sourcesOf } from './sources.ts';

/** The doors of a browser and the program of its I/O worker, whose imports are what a browser gets. */
const ENTRIES = ['adapters/browser.ts', 'ioloop/index-browser.ts', 'ioloop/io-worker-browser.ts'];
/** What the classes of a runtime are called that is no browser: looked for, they are fine. */
const NAMES = /Cannot find name '(process|Buffer|setImmediate)'/;
const MOST_KIB = 225; // compressed, comments included; a bundler's minifier makes half of it

describe('what a browser gets', () => {
  it('compiles by the names of its files, without the types of Node', function () {
    this.timeout(60_000);
    const program = ts.createProgram({
      rootNames: ENTRIES.map((path) => ROOT + path),
      options: {
        ...(ts.readConfigFile(`${ROOT}tsconfig.base.json`, ts.sys.readFile).config.compilerOptions as object),
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleDetection: ts.ModuleDetectionKind.Force,
        lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
        types: [],
        // what rollup.config.js does
        moduleSuffixes: ['-browser', ''],
        composite: false,
        noEmit: true,
      },
    });
    expect(ts.getPreEmitDiagnostics(program).filter(isNoGuess).map(inWords)).to.deep.equal([]);
  });

  it('has a file of Node for each of its own that it takes the place of', () => {
    const twins = sourcesOf('ioloop').filter(({ path }) => path.endsWith('-browser.ts'));
    expect(
      twins.map(({ path }) => path).filter((path) => !existsSync(ROOT + path.replace('-browser', ''))),
    ).to.deep.equal([]);
  });

  it('loads where there is nothing of Node', () => {
    const program = `
      const { log } = console;
      for (const name of ['process', 'Buffer', 'setImmediate', 'clearImmediate', 'global']) delete globalThis[name];
      const [main, loop, amqp] = await Promise.all(
        ['browser', 'browser-ioloop', 'browser-amqp'].map((name) => import(${JSON.stringify(`file://${ROOT}dist/`)} + name + '.js')),
      );
      const same = main.IOLoop === loop.IOLoop && main.AMQPError === amqp.AMQPError;
      log(typeof process, same, typeof main.connect, new main.IOLoop().poller.name);
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    expect(output.trim()).to.equal('undefined true function host');
  });

  it(`stays below ${MOST_KIB} KiB`, () => {
    const files = readdirSync(`${ROOT}dist`).filter((name) => /^browser.*\.js$/.test(name));
    const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(`${ROOT}dist/${name}`)).length, 0);
    expect(bytes / 1024).to.be.within(20, MOST_KIB);
  });
});

/** Whether it is no use of such a name in a file that asks whether there is one. */
function isNoGuess({ file, start = 0, messageText }: ts.Diagnostic): boolean {
  if (file === undefined) return true;
  const [, name] = NAMES.exec(ts.flattenDiagnosticMessageText(messageText, '\n')) ?? [];
  if (name !== undefined) return !file.text.includes(`typeof ${name}`);
  return !file.text.slice(0, start).endsWith('globalThis.') || !file.text.startsWith('process?.', start);
}

function inWords({ file, start = 0, messageText }: ts.Diagnostic): string {
  const where = file && `${file.fileName.replace(ROOT, '')}:${file.getLineAndCharacterOfPosition(start).line + 1}`;
  return `${where} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
