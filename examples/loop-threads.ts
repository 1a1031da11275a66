// Two threads, each in a loop of its own, that call each other: npm run build && node build/examples/loop-threads.js
import { isMainThread, MessageChannel, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads';
import { IOLoop, LoopHandle } from 'pikaloop/ioloop';

const ROUNDS = 5;
const loop = IOLoop.current();

if (isMainThread) {
  const { port1, port2 } = new MessageChannel(); // for the one thing that a call cannot carry: the way back
  loop.expose('ready', () => {
    const other = LoopHandle.attach(receiveMessageOnPort(port1)?.message);
    loop.expose('pong', (round) => {
      console.log(`pong ${round}`);
      if (round === ROUNDS) {
        other.stop();
        loop.stop();
      } else {
        other.call('ping', Number(round) + 1);
      }
    });
    other.call('ping', 1);
  });
  const main = loop.handle();
  new Worker(new URL(import.meta.url), { workerData: { main, port2 }, transferList: [main.port, port2] });
} else {
  const main = LoopHandle.attach(workerData.main);
  loop.expose('ping', (round) => main.call('pong', round));
  const here = loop.handle();
  workerData.port2.postMessage(here, [here.port]);
  main.call('ready');
}
loop.start(); // both threads wait in here
loop.close();
