import { isMainThread, workerData } from 'node:worker_threads';
import type { IoWorkerData } from './io-link.ts';
import type { IoCommand } from './io-messages.ts';
import { IoProgram } from './io-program.ts';
import { Resolver } from './resolver.ts';
import { Bell, IO_MESSAGES } from './ring.ts';
import { NodeSocket } from './transports/node.ts';

/** The program of the I/O thread on Node, Bun and Deno: a thread for each loop, with the runtime's sockets. */
function run(data: IoWorkerData): void {
  const { port } = data;
  const { words } = new Bell(data.bell);
  const program = new IoProgram(data, {
    post: (event) => {
      port.postMessage(event);
      Atomics.add(words, IO_MESSAGES, 1);
    },
    open: (to, options, events) => {
      // the loop's side has let nothing else pass
      if ('url' in to) throw new TypeError('no WebSocket can be opened here');
      return new NodeSocket(to, options, SCRATCH, events);
    },
    afterWrite: (fn, position) => process.nextTick(fn, position),
    soon: setImmediate,
    resolver: new Resolver(),
    leave: () => process.exit(),
  });
  process.on('uncaughtException', (error) => {
    program.fail(error);
    process.exit(1);
  });
  process.on('exit', () => program.gone());
  port.on('message', (command: IoCommand) => program.receive(command));
  program.start();
}

/** What the sockets read into: the largest single read. */
const SCRATCH = new Uint8Array(65_536);

if (isMainThread) throw new Error('io-worker is started by a loop, in a thread of its own');
// the loop that starts this thread hands it nothing else
run(workerData as IoWorkerData);
