import { parentPort, workerData } from 'node:worker_threads';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';
import { quietHandlers } from '../support/stream-handlers.ts';

/** A thread that waits in a loop, with an open stream, until it is ended from outside. */
const { poller, port } = workerData as { poller: PollerName; port: number };
const loop = new IOLoop({ poller });
const stream = loop.transports.create({
  ...quietHandlers(),
  onConnect: () => loop.callLater(10, () => parentPort?.postMessage('waiting')),
});
stream.connect({ host: '127.0.0.1', port });
loop.start();
