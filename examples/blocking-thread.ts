// A main thread that hands a blocking one work, until Ctrl-C: npm run build && node build/examples/blocking-thread.js
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { BlockingConnection, LoopHandle } from 'pikaloop';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const [handle] = await once(worker, 'message');
  const publisher = LoopHandle.attach(handle);
  worker.on('message', (text) => console.log(text)).on('exit', () => console.log('closed'));
  let readings = 0;
  const timer = setInterval(() => publisher.call('publish', `reading ${++readings}`), 100); // nothing blocks here
  process.once('SIGINT', () => {
    clearInterval(timer);
    publisher.call('end');
  });
} else {
  using connection = new BlockingConnection(process.env.AMQP_URL || 'amqp://localhost/%2F');
  const channel = connection.channel();
  channel.queueDeclare({ queue: 'readings', durable: true });
  channel.confirmDelivery();

  let going = true;
  connection.expose('publish', (reading) => {
    channel.basicPublish('', 'readings', `${reading}`); // waits for its confirm, and holds up nobody else
    parentPort?.postMessage(`${reading} is with the broker`); // what a blocked thread would log waits until it is free
  });
  connection.expose('end', () => {
    going = false;
  });
  const handle = connection.handle();
  parentPort?.postMessage(handle, [handle.port]);
  while (going) connection.processDataEvents(null); // waits until there is something to do, and does it
}
