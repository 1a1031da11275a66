import type { Counts, Verdicts } from './ledger.ts';
import type { LoadProcess, Style } from './load-process.ts';
import type { RunOptions, RunResult } from './restart-run.ts';

/** What one program came to. Times are milliseconds, memory is MiB. */
export interface StyleReport {
  readonly style: Style;
  readonly messages: Counts;
  readonly verdicts: Verdicts;
  readonly recoveries: number;
  /** From the broker's being ready again, and from the loss. */
  readonly fromReady: Spread;
  readonly fromLoss: Spread;
  readonly rss: readonly number[];
  readonly heap: readonly number[];
  readonly memoryGrew: boolean;
  readonly handlesLeft: readonly string[];
  /** By name: what the program was told and could tell apart. */
  readonly errors: Readonly<Record<string, number>>;
}
interface Spread {
  readonly longest: number;
  readonly median: number;
}
export interface Report {
  readonly seed: number;
  readonly restarts: Readonly<Record<string, number>>;
  readonly styles: readonly StyleReport[];
  readonly stuck: readonly string[];
  readonly passed: boolean;
  /** What runs the same again. */
  readonly command: string;
}

export function reportOf(options: RunOptions, { restarts, loads, stuck }: RunResult): Report {
  const kinds: Record<string, number> = { stop: 0, kill: 0, freeze: 0 };
  for (const { kind } of restarts) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const styles = loads.map((load) => styleReport(load, restarts));
  const passed = stuck.length === 0 && styles.every((each) => faultsOf(each).length === 0);
  const style = options.styles.length > 1 ? 'all' : options.styles[0];
  const resend = options.resend ? ' --resend' : '';
  const command = `npm run chaos:restart -- --times ${options.times} --style ${style} --seed ${options.seed}${resend}`;
  return { seed: options.seed, restarts: kinds, styles, stuck, passed, command };
}

/** One fact a line. */
export function linesOf(report: Report): string[] {
  const { stop, kill, freeze } = report.restarts;
  return [
    `seed ${report.seed}`,
    `restarts: ${stop} stopped, ${kill} killed, ${freeze} frozen`,
    ...report.styles.flatMap((each) => ['', ...styleLines(each)]),
    '',
    ...report.stuck.map((text) => `FAILED: ${text}`),
    ...report.styles.flatMap((each) => faultsOf(each).map((fault) => `FAILED: ${each.style}: ${fault}`)),
    report.passed ? 'nothing was lost' : `again: ${report.command}`,
  ];
}

function styleReport(load: LoadProcess, restarts: RunResult['restarts']): StyleReport {
  const { style, ledger, losses, recoveries, memory, handles, errors } = load;
  const verdicts = ledger.verdicts(restarts);
  const fromLoss = recoveries.map((at) => at - (losses.findLast((lost) => lost <= at) ?? at));
  const fromReady = restarts.flatMap(({ at, ready }, i) => {
    const next = restarts[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    const back = recoveries.findLast((each) => each > at && each < next);
    return back === undefined ? [] : [Math.max(0, back - ready)];
  });
  const heap = memory.map((each) => each.heap);
  const rss = memory.map((each) => each.rss);
  return {
    style,
    messages: ledger.counts,
    verdicts,
    recoveries: recoveries.length,
    fromReady: spreadOf(fromReady),
    fromLoss: spreadOf(fromLoss),
    rss,
    heap,
    memoryGrew: grew(heap, HEAP_SLACK) || grew(rss, RSS_SLACK),
    handlesLeft: handles ?? [],
    errors: Object.fromEntries(errors),
  };
}

function styleLines({ style, messages, verdicts, fromReady, fromLoss, rss, heap, ...others }: StyleReport): string[] {
  const { called, confirmed, nacked, unroutable, unknown, failed, handled, redelivered, drained, unflagged } = messages;
  const { lost, unsettled, settledTwice, duplicated, damaged, untyped } = verdicts;
  const errors = Object.entries(others.errors).map(([name, count]) => `${count} ${name}`);
  const grown = others.memoryGrew ? 'grew' : 'flat';
  return [
    style,
    `  published: ${called} called, ${confirmed} confirmed, ${nacked} nacked, ${unroutable} unroutable, ${unknown} unknown, ${failed} failed`,
    `  consumed: ${handled} handled, ${redelivered} redelivered, ${unflagged} again after a kill without the flag, ${drained} drained`,
    `  lost: ${lost.length}`,
    `  unsettled: ${unsettled.length}, settled twice: ${settledTwice.length}`,
    `  duplicated: ${duplicated.length}`,
    `  damaged: ${damaged.length}`,
    `  untyped errors: ${untyped.length} (typed: ${errors.join(', ') || 'none'})`,
    `  recovered: ${others.recoveries} times; from the broker's return at most ${fromReady.longest} ms, median ${fromReady.median} ms`,
    `  from the loss: at most ${fromLoss.longest} ms, median ${fromLoss.median} ms`,
    `  memory: rss ${curve(rss)} MiB, heap ${curve(heap)} MiB: ${grown}`,
    `  handles left: ${others.handlesLeft.length}`,
  ];
}

/** What a run fails for, in words. */
function faultsOf({ verdicts, memoryGrew, handlesLeft }: StyleReport): string[] {
  const faults = Object.entries(verdicts)
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name} ${list.length}: ${list.slice(0, SHOWN).join(', ')}`);
  if (memoryGrew) faults.push('memory grew');
  if (handlesLeft.length > 0) faults.push(`handles left: ${handlesLeft.join(', ')}`);
  return faults;
}

function curve(values: readonly number[]): string {
  return values.map((value) => value.toFixed(value < 100 ? 1 : 0)).join(' ');
}

/** Whether the last third needs more than the first, of which the very first is left out: code is compiled there. */
function grew(values: readonly number[], slack: number): boolean {
  const counted = values.slice(1, -1);
  const third = Math.floor(counted.length / 3);
  if (third < 2) return false;
  return median(counted.slice(-third)) > median(counted.slice(0, third)) * 1.1 + slack;
}

function spreadOf(values: readonly number[]): Spread {
  return { longest: Math.max(0, ...values), median: values.length === 0 ? 0 : median(values) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** MiB. */
const HEAP_SLACK = 4;
const RSS_SLACK = 16;
const SHOWN = 10;
