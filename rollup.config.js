import dts from 'rollup-plugin-dts';

// The entry points of the package: name in dist/ -> module that tsc emitted.
const ENTRIES = {
  index: 'build/adapters/index.js',
  browser: 'build/adapters/browser.js',
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
// What `npx pikaloop` runs.
const PROGRAMS = { cli: 'build/cli/cli.js' };
const external = [/^node:/, 'ws'];

export default [
  {
    input: { ...ENTRIES, ...WORKERS, ...PROGRAMS },
    external,
    output: { dir: 'dist', format: 'es', sourcemap: true, chunkFileNames: 'chunk-[name].js' },
  },
  {
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, file.replace(/\.js$/, '.d.ts')])),
    external,
    plugins: [dts()],
    output: { dir: 'dist', format: 'es' },
  },
];
