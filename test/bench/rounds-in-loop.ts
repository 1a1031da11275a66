import type { IOLoop } from '../../ioloop/index.ts';
import type { Finish, Round, Rounds, Stopwatch } from './rounds-on-demand.ts';

/** The same rounds, each within a run of a loop that blocks this thread. */
export function roundsInLoop(loop: IOLoop, rounds: Rounds): Rounds {
  return Object.fromEntries(Object.entries(rounds).map(([name, round]) => [name, inLoop(loop, round)]));
}

function inLoop(loop: IOLoop, round: Round): Round {
  return (count: number, done: Finish, watch: Stopwatch): void => {
    let latencies: Float64Array | undefined;
    const finish: Finish = (each) => {
      latencies = each;
      loop.stop();
    };
    loop.addCallback(() => round(count, finish, watch));
    loop.start();
    done(latencies);
  };
}
