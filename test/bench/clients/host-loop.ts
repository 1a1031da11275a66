/** Node's own loop, as a program without any library uses it. */
import { MessageChannel } from 'node:worker_threads';
import { loopRounds } from '../loop-rounds.ts';
import { serveRounds } from '../rounds-on-demand.ts';
import { Waker } from '../waker.ts';

const { port1, port2 } = new MessageChannel();
const waker = new Waker(new URL('../workers/port-waker.js', import.meta.url), { port: port2 }, [port2]);
let woken: (rang: number) => void = () => {};
port1.on('message', (rang: number) => woken(rang));

serveRounds(
  loopRounds<NodeJS.Timeout>({
    soon: (fn) => setImmediate(fn),
    later: (delay, fn) => setTimeout(fn, delay),
    cancel: (timer) => clearTimeout(timer),
    ring(onWoken) {
      woken = onWoken;
      waker.ask();
    },
  }),
);
