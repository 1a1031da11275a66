// The loop without AMQP, timers and Ctrl-C: npm run build && node build/examples/loop-alone.js
import { IOLoop, KeyboardInterrupt, PeriodicCallback } from 'pikaloop/ioloop';

const TICKS = 5;
const loop = IOLoop.current();
const started = loop.time();
let ticks = 0;

const ticker = new PeriodicCallback(() => {
  ticks++;
  say(`tick ${ticks}`);
  if (ticks === TICKS) loop.stop();
}, 200);
ticker.start();

const never = loop.callLater(300, () => say('this one was removed before it was due'));
loop.callLater(100, say, 'a timer');
loop.callLater(250, () => loop.removeTimeout(never));
loop.addCallback(say, 'a callback');

try {
  loop.start(); // this thread waits in here, at no cost
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  say('Ctrl-C came out of start(), and the loop can start again');
  loop.callLater(100, () => loop.stop());
  loop.start();
}
ticker.stop();
loop.close();
say('stopped');

function say(what: string): void {
  console.log(`${String(Math.round(loop.time() - started)).padStart(5)} ms  ${what}`);
}
