/** An IOLoop with nothing but its own work. */
import { IOLoop, type TimeoutHandle } from '../../../ioloop/index.ts';
import { loopRounds } from '../loop-rounds.ts';
import { roundsInLoop } from '../rounds-in-loop.ts';
import { type Finish, serveRounds } from '../rounds-on-demand.ts';
import { Waker } from '../waker.ts';

const loop = new IOLoop({ poller: 'worker' });
const handle = loop.handle();
const waker = new Waker(new URL('../workers/handle-waker.js', import.meta.url), { handle }, [handle.port]);
let woken: (rang: number) => void = () => {};
loop.expose('woken', (rang) => woken(rang as number));

const rounds = loopRounds<TimeoutHandle>({
  soon: (fn) => loop.addCallback(fn),
  later: (delay, fn) => loop.callLater(delay, fn),
  cancel: (timer) => timer.cancel(),
  ring(onWoken) {
    woken = onWoken;
    waker.ask();
  },
});
serveRounds({ 'start-stop': startAndStop, 'empty-turn': emptyTurns, ...roundsInLoop(loop, rounds) });

function startAndStop(count: number, done: Finish): void {
  const stop = (): void => loop.stop();
  for (let i = 0; i < count; i++) {
    loop.addCallback(stop);
    loop.start();
  }
  done();
}

function emptyTurns(count: number, done: Finish): void {
  for (let i = 0; i < count; i++) loop.runOnce(0);
  done();
}
