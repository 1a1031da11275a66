import { packed } from './arguments.ts';
import { BlockingDriver } from './blocking-driver.ts';
import { wrongType } from './errors.ts';
import { HostDriver, HostPoller } from './host-loop.ts';
import type { InboxOwner } from './inbox-owner.ts';
import { type Logger, stderrLogger } from './logger.ts';
import { Inbox } from './loop-handle.ts';
import { type IOLoopOptions, type PollerInfo, pollerInfo } from './options.ts';
import type { Callback, LoopServices, Poller, PollerFactory, PollerName } from './poller.ts';
import { choosePoller } from './pollers/choose.ts';
import { Reports } from './reports.ts';
import { Signals } from './signals.ts';
import { Sources } from './sources.ts';
import type { Task } from './timer-heap.ts';
import { Turn } from './turn.ts';

/** What the parts ask of the loop that they make up. */
export interface PartsOwner {
  report(error: unknown, task: Task): void;
  /** Queues a callback of this thread, unless the loop is closed. */
  post(fn: Callback): unknown;
  stop(): void;
  /** Runs `work` as the running loop of the thread, with nothing lost when an error leaves it. */
  during(work: Callback): void;
}

/** One loop, taken apart. */
export interface LoopParts {
  readonly time: () => number;
  readonly turn: Turn;
  readonly poller: Poller;
  readonly info: PollerInfo;
  readonly sources: Sources;
  readonly signals: Signals;
  readonly reports: Reports;
  /** Where other threads can ring it. */
  readonly inbox: Inbox | null;
  readonly driver: BlockingDriver;
  /** Where a host drives. */
  readonly guest: HostDriver | null;
}

/** Makes the parts and ties them together; see the constructor of `IOLoop` for what it throws. */
export function assemble(
  options: IOLoopOptions,
  configured: PollerName | readonly PollerName[] | PollerFactory | null,
  owner: PartsOwner,
): LoopParts {
  const { logger = stderrLogger, clock = systemTime } = options;
  const reports = new Reports(logger);
  // the poller may bring a clock, which is known once it is open
  let time = clock;
  let opened: Poller | null = null;
  let inbox: Inbox | null = null;
  const turn = new Turn({
    clock: () => time(),
    report: (error, task) => owner.report(error, task),
    stalled: () => reports.stalled(),
    slow: (task, duration) => reports.slow(task, duration),
    flush: () => opened?.flush(),
    collect: () => inbox?.collect(),
  });
  const services = servicesOf(turn, () => time(), owner, logger);
  const { poller, notTaken } = choosePoller(options.poller, configured, services);
  opened = poller;
  if (poller.clock !== undefined) time = ownClock(poller, options);
  turn.backstop = poller.backstop;
  if (poller.turnWords !== undefined) turn.words = poller.turnWords;
  inbox = openInbox(poller, turn, owner, logger);
  const signals = new Signals(turn, poller);
  return {
    time,
    turn,
    poller,
    info: pollerInfo(poller, notTaken),
    sources: new Sources(turn, poller),
    signals,
    reports,
    inbox,
    driver: new BlockingDriver(turn, poller, inbox, signals, options.interrupt !== 'default'),
    guest: poller instanceof HostPoller ? openGuest(turn, poller, owner, logger) : null,
  };
}

function servicesOf(turn: Turn, time: () => number, owner: PartsOwner, logger: Logger): LoopServices {
  return {
    time,
    register: (dispatch) => turn.register(dispatch),
    unregister: (token) => turn.unregister(token),
    post: (fn) => owner.post(fn),
    later: (delay, fn) => turn.timers.add(time() + delay, fn, null),
    call: (fn, ...args) => turn.guard(fn, args),
    warn: (text) => logger.warn(text),
  };
}

function ownClock(poller: Poller, options: IOLoopOptions): () => number {
  const { clock } = poller;
  if (clock === undefined || options.clock !== undefined) {
    poller.close();
    throw wrongType('clock', `cannot be given: the ${poller.name} poller has a clock of its own`);
  }
  return () => clock.now();
}

function openInbox({ bell, name }: Poller, turn: Turn, owner: PartsOwner, logger: Logger): Inbox | null {
  if (bell === undefined) return null;
  const inbox: InboxOwner = {
    queue: (fn, args) => turn.add(fn, packed(args)),
    stop: () => owner.stop(),
    unknown: (missing) => logger.error(`A handle called "${missing}", which this loop does not expose`),
  };
  return new Inbox(bell, inbox, name === 'host');
}

function openGuest(turn: Turn, poller: HostPoller, owner: PartsOwner, logger: Logger): HostDriver {
  return new HostDriver(turn, poller, {
    during: (work) => owner.during(work),
    warn: (text) => logger.warn(text),
  });
}

function systemTime(): number {
  return performance.now();
}
