/** Node's own loop, as a program without any library uses it. */
import { type Finish, type Stopwatch, serveRounds } from '../rounds-on-demand.ts';
import { BATCH_OF_CALLBACKS, BATCH_OF_TIMERS, FAR_OFF } from '../workload.ts';

serveRounds({
  'schedule-cancel': scheduleAndCancel,
  'due-timers': dueTimers,
  callbacks,
  chain,
  lateness,
});

function scheduleAndCancel(count: number, done: Finish): void {
  for (let i = 0; i < count; i++) clearTimeout(setTimeout(nothing, FAR_OFF));
  done();
}

/** What is counted is the firing: scheduling, and the wait until all are due, are not. */
function dueTimers(count: number, done: Finish, watch: Stopwatch): void {
  let left = count;
  let pending = 0;
  const fire = (): void => {
    pending -= 1;
    if (pending > 0) return;
    watch.pause();
    if (left > 0) schedule();
    else done();
  };
  const schedule = (): void => {
    pending = Math.min(left, BATCH_OF_TIMERS);
    left -= pending;
    for (let i = 0; i < pending; i++) setTimeout(fire, 1);
    const allDue = performance.now() + 3;
    while (performance.now() < allDue);
    watch.resume();
  };
  watch.pause();
  schedule();
}

function callbacks(count: number, done: Finish): void {
  let left = count;
  let pending = 0;
  const run = (): void => {
    pending -= 1;
    if (pending > 0) return;
    if (left > 0) queue();
    else done();
  };
  const queue = (): void => {
    pending = Math.min(left, BATCH_OF_CALLBACKS);
    left -= pending;
    for (let i = 0; i < pending; i++) setImmediate(run);
  };
  queue();
}

function chain(count: number, done: Finish): void {
  let left = count;
  const run = (): void => {
    left -= 1;
    if (left > 0) setImmediate(run);
    else done();
  };
  setImmediate(run);
}

function lateness(count: number, done: Finish): void {
  const late = new Float64Array(count);
  let at = 0;
  let due = 0;
  const wait = (): void => {
    due = performance.now() + 1;
    setTimeout(fire, 1);
  };
  const fire = (): void => {
    late[at++] = Math.max(0, performance.now() - due);
    if (at < count) wait();
    else done(late);
  };
  wait();
}

function nothing(): void {}
