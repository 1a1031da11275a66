// Watches stdin, a pipe and a queue, until Ctrl-C: npm run build && node build/examples/watch-everything.js
import { execFileSync, spawn } from 'node:child_process';
import { constants, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type Channel, IOLoop, KeyboardInterrupt, SelectConnection } from 'pikaloop';

const url = process.env.AMQP_URL || 'amqp://localhost/%2F';
const connection = new SelectConnection(url, (connection) => connection.channel(listen));
const loop = connection.ioloop;
if (!loop.poller.realFds) {
  console.error(`the ${loop.poller.name} poller watches no file descriptors; npm install koffi brings one that does`);
  process.exit(1);
}
const fifo = `${tmpdir()}/watch-everything.${process.pid}`; // anybody may write to it
execFileSync('mkfifo', [fifo]);
const pipe = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK); // a writer of our own, so that it does not end
const clock = spawn('sh', ['-c', 'while date +%T; do sleep 1; done'], { stdio: ['ignore', pipe, 'inherit'] });
const bytes = Buffer.alloc(65_536);
try {
  for (const fd of [0, pipe]) loop.addHandler(fd, show, IOLoop.READ);
  loop.start();
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  connection.close();
  loop.start(); // until fully closed; stops on its own
} finally {
  clock.kill();
  rmSync(fifo);
}

function show(fd: number): void {
  const length = readSync(fd, bytes); // never waits: the loop has seen that something is there
  if (length === 0)
    loop.removeHandler(fd); // the end of it
  else console.log(`${fd === 0 ? 'stdin' : 'pipe '}  ${bytes.toString('utf8', 0, length).trimEnd()}`);
}

function listen(channel: Channel): void {
  channel.queueDeclare({ queue: 'hello', durable: true });
  channel.basicConsume({ queue: 'hello', autoAck: true }, (_c, _m, _properties, body) => console.log(`queue  ${body}`));
}
