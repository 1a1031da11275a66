import { parentPort, workerData } from 'node:worker_threads';
import { BlockingConnection } from '../../adapters/index.ts';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';

/** A thread in which a blocking connection waits until it is ended from outside. */
const { poller, url } = workerData as { poller: PollerName; url: string };
IOLoop.configure(poller);
const connection = new BlockingConnection(url);
const channel = connection.channel();
const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
channel.basicPublish('', queue, 'in the middle of things');
connection.callLater(10, () => parentPort?.postMessage('waiting'));
connection.processDataEvents(null);
connection.sleep(600_000);
