import { parentPort, workerData } from 'node:worker_threads';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';

/** A thread whose loop watches a descriptor that never is ready: it waits in the system until it is ended from outside. */
const { poller, fd } = workerData as { poller: PollerName; fd: number };
const loop = new IOLoop({ poller });
loop.addHandler(fd, () => {}, IOLoop.READ);
loop.expose('answer', (word) => parentPort?.postMessage(word));
const handle = loop.handle();
loop.callLater(20, () => parentPort?.postMessage(handle, [handle.port]));
loop.start();
