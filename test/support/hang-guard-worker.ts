import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/** A timeout of mocha's is of no use to a test that blocks the thread. */
const LIMIT = 200_000; // ms, more than RabbitMQ is given to start

let title = 'the first test';
const timer = setTimeout(() => {
  writeSync(2, `\nThe thread of the tests has been held for ${LIMIT / 1000} s: ${title}\n`);
  // no handler of that thread could run; what it started is cleared away by the keeper
  process.kill(process.pid, 'SIGKILL');
}, LIMIT);

parentPort?.on('message', (begun: string) => {
  title = begun;
  timer.refresh();
});
