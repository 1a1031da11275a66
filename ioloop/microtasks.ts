import type { Task } from './timer-heap.ts';

export type Report = (error: unknown, task: Task) => void;

/** Whether draining does anything at this moment: it does not under a microtask, nor where there is no way. */
export function drainWorks(): boolean {
  // where draining does nothing the last mark still waits: one for each asking would pile up until the script ends
  if (!marking) SETTLED.then(mark);
  marking = true;
  drainMicrotasks();
  return !marking;
}

/**
 * While a loop runs, what a `process.nextTick` callback throws is reported to it: Node aborts the whole process when
 * such an error is caught around the drain ("async hook stack has become corrupted").
 * @returns the guard that was there, for `unguardTicks`
 */
export function guardTicks(report: Report): Report | null {
  const outer = guard;
  guard = report;
  if (outer === null && host !== undefined) {
    hostTick = host.nextTick;
    host.nextTick = nextTick;
  }
  return outer;
}

export function unguardTicks(outer: Report | null): void {
  guard = outer;
  // somebody may have put a function of their own there meanwhile: that one stays
  if (outer === null && host !== undefined && host.nextTick === nextTick && hostTick !== null) host.nextTick = hostTick;
}

/** Runs `fn` in a task of the host, under no microtask. */
export function inHostTask(fn: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(fn);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  const run = (): void => {
    port1.close();
    fn();
  };
  port1.addEventListener('message', run);
  port1.start();
  port2.postMessage(null);
}

interface DenoCore {
  core?: { runMicrotasks?: () => void };
}
interface HostProcess {
  nextTick: (task: Task, ...args: unknown[]) => void;
  versions?: { bun?: string };
  _tickCallback?: () => void;
  getBuiltinModule?: (name: string) => unknown;
}
interface Globals {
  process?: HostProcess;
  Deno?: Record<symbol, DenoCore> & { internal?: symbol };
}

// the runtimes' own declarations know none of this
const globals = globalThis as unknown as Globals;
const host: HostProcess | undefined = globals.process?.nextTick === undefined ? undefined : globals.process;

/** Runs microtasks (on Node `process.nextTick` too) to exhaustion; does nothing where the runtime has no way. */
export const drainMicrotasks: () => void = findDrain();

/** Whether the runtime has a way at all; then it is the place of the call that is wrong. */
export const CAN_DRAIN: boolean = drainMicrotasks !== nothing;

const SETTLED: Promise<void> = Promise.resolve();
/** A mark waits for microtasks to run. */
let marking = false;
let guard: Report | null = null;
let hostTick: HostProcess['nextTick'] | null = null;
/** Whether a report is being made, or what it has queued is run. */
let reporting = false;

function mark(): void {
  marking = false;
}

function nextTick(task: Task, ...args: unknown[]): void {
  // the host has its own error for what is no function
  if (typeof task !== 'function' || guard === null) hostTick?.call(host, task, ...args);
  else hostTick?.call(host, runGuarded, reporting ? unheard : guard, task, args);
}

function runGuarded(report: Report, task: Task, args: unknown[]): void {
  const outer = reporting;
  reporting = report === unheard;
  try {
    (task as (...a: unknown[]) => unknown)(...args);
  } catch (error) {
    reporting = true;
    report(error, task);
  } finally {
    reporting = outer;
  }
}

/** For ticks that come of a report: where stderr is gone, a report of that would bring the next, and the loop no further. */
function unheard(): void {}

function findDrain(): () => void {
  const { Deno, process } = globals;
  if (Deno?.internal !== undefined) return Deno[Deno.internal]?.core?.runMicrotasks ?? nothing;
  if (process?.versions?.bun !== undefined) {
    const jsc = process.getBuiltinModule?.('bun:jsc') as { drainMicrotasks?: () => void } | undefined;
    return jsc?.drainMicrotasks ?? nothing;
  }
  return process?._tickCallback ?? nothing;
}

function nothing(): void {}
