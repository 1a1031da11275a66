/**
 * The client's side of a measurement, for programs in JavaScript. A program in any other language does the same:
 * it writes `ready` when it is connected, and on that line what the report shall say of its version; for each line
 * `CASE COUNT` that it reads it does COUNT of that case and writes `SECONDS CPUSECONDS`, or `SECONDS CPUSECONDS P50 P99`
 * (milliseconds) where single latencies are of interest, `SECONDS CPUSECONDS MIB` where held memory is, or `unsupported`;
 * it ends when its standard input does.
 */
import { writeSync } from 'node:fs';

/** Ends a round. @param latencies - of each single one, in milliseconds @param held - memory, in MiB */
export type Finish = (latencies?: Float64Array, held?: number) => void;
/** Leaves what is only preparation out of the round's figures. */
export interface Stopwatch {
  pause(): void;
  resume(): void;
}
/** Does `count` of something, then calls `done`; blocking meanwhile is as good as returning first. */
export type Round = (count: number, done: Finish, watch: Stopwatch) => void;
export type Rounds = Readonly<Record<string, Round>>;

/** Starts to answer; the caller's resources are in order when this is called. @param about - see above */
export function serveRounds(rounds: Rounds, about = ''): void {
  let unread = '';
  process.stdin.setEncoding('latin1');
  process.stdin.on('data', (text: string) => {
    const lines = (unread + text).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) serve(rounds, line);
  });
  process.stdin.on('end', () => process.exit());
  answer(`ready ${about}`.trimEnd());
}

function serve(rounds: Rounds, line: string): void {
  const [name = '', count = '0'] = line.split(' ');
  const round = rounds[name];
  if (!round) {
    answer('unsupported');
    return;
  }
  const watch = new RunningWatch();
  const finish: Finish = (latencies, held) => {
    watch.pause();
    const spread = latencies ? [percentile(latencies, 0.5), percentile(latencies, 0.99)] : [];
    answer([watch.seconds, watch.cpuSeconds, ...spread, ...(held === undefined ? [] : [held])].join(' '));
  };
  watch.resume();
  round(Number(count), finish, watch);
}

/** Sums up time and processor time (all threads of this process) while it runs. */
class RunningWatch implements Stopwatch {
  seconds = 0;
  cpuSeconds = 0;
  #started = Number.NaN;
  #cpu: NodeJS.CpuUsage = { user: 0, system: 0 };

  resume(): void {
    this.#cpu = process.cpuUsage();
    this.#started = performance.now();
  }

  pause(): void {
    if (Number.isNaN(this.#started)) return;
    this.seconds += (performance.now() - this.#started) / 1e3;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.cpuSeconds += (user + system) / 1e6;
    this.#started = Number.NaN;
  }
}

function percentile(values: Float64Array, part: number): number {
  return values.toSorted()[Math.ceil(values.length * part) - 1] ?? 0;
}

/** At once, also from within a loop that blocks this thread. */
function answer(line: string): void {
  writeSync(1, `${line}\n`);
}
