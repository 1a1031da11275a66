import { parentPort, workerData } from 'node:worker_threads';
import { BlockingConnection } from '../../adapters/index.ts';

/** A thread with a connection of its own, which is terminated while it waits in it. */
const { url } = workerData as { url: string };
const connection = new BlockingConnection(url);
const channel = connection.channel();
const { queue } = channel.queueDeclare({ queue: '', exclusive: true });
parentPort?.postMessage('waiting');
for (const { method } of channel.consume({ queue })) channel.basicAck(method.deliveryTag);
