import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import dts from 'rollup-plugin-dts';

// The entry points of the package: name in dist/ -> module that tsc emitted.
const ENTRIES = {
  index: 'build/adapters/index.js',
  amqp: 'build/amqp/index.js',
  ioloop: 'build/ioloop/index.js',
  testing: 'build/test/kit/index.js',
};
// Programs of threads, started by their file names from wherever the code around them lands in dist/.
const WORKERS = {
  'io-worker': 'build/ioloop/io-worker.js',
  sentinel: 'build/ioloop/sentinel.js',
  'deno-sentinel': 'build/ioloop/deno-sentinel.js',
  watchdog: 'build/ioloop/watchdog.js',
  'broker-thread': 'build/test/kit/broker-thread.js',
};
// The same for a browser, and the program of its I/O worker.
const BROWSER = {
  browser: 'build/adapters/browser.js',
  'browser-amqp': 'build/amqp/index.js',
  'browser-ioloop': 'build/ioloop/index-browser.js',
};
const BROWSER_WORKERS = { 'io-worker-browser': 'build/ioloop/io-worker-browser.js' };
// What `npx pikaloop` runs.
const PROGRAMS = { cli: 'build/cli/cli.js' };
const external = [/^node:/, 'ws'];

/** For browsers, a file takes the place of the one beside it: poller-browser.js that of poller.js. */
export const forBrowsers = {
  name: 'for-browsers',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.')) return null;
    const file = resolve(importer, '..', source).replace(/\.[jt]s$/, '');
    const twin = `${file}-browser${importer.endsWith('.d.ts') ? '.d.ts' : '.js'}`;
    // it may import what it stands for
    return twin !== importer && existsSync(twin) ? twin : null;
  },
};

const declarations = (entries) =>
  Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, file.replace(/\.js$/, '.d.ts')]));

export default [
  {
    input: { ...ENTRIES, ...WORKERS, ...PROGRAMS },
    external,
    output: { dir: 'dist', format: 'es', sourcemap: true, chunkFileNames: 'chunk-[name].js' },
  },
  {
    input: { ...BROWSER, ...BROWSER_WORKERS },
    plugins: [forBrowsers],
    output: { dir: 'dist', format: 'es', sourcemap: true, chunkFileNames: 'browser-chunk-[name].js' },
  },
  {
    input: declarations(ENTRIES),
    external,
    plugins: [dts()],
    output: { dir: 'dist', format: 'es' },
  },
  {
    input: declarations(BROWSER),
    external,
    plugins: [forBrowsers, dts()],
    output: { dir: 'dist', format: 'es' },
  },
];
