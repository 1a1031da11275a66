import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { type Latency, type Quartiles, type Sample, type Summary, summarize } from './rounds.ts';
import type { Aim, Bound, Case, ClientProgram, Suite } from './suites.ts';

export interface CaseResult {
  readonly case: Case;
  /** What the others are compared with, if it runs here and knows the case. */
  readonly reference: ClientProgram;
  readonly clients: readonly { program: ClientProgram; samples: readonly Sample[] }[];
}
/** What is to be said of a client beside its figures: its version, or why it was left out. */
export interface Remark {
  readonly title: string;
  readonly text: string;
}
/** Where and how the figures came to be. */
export interface Conditions {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly command: string;
  readonly rounds: number;
  readonly roundSeconds: number;
}

export function conditions(command: string, effort: { rounds: number; roundSeconds: number }): Conditions {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const kernel = release().split('.', 2).join('.');
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} × ${cpus()[0]?.model ?? process.arch}, ${memory}, ${process.platform} ${kernel}`,
    node: process.version,
    command,
    ...effort,
  };
}

const HEAD = ['client', 'per second', 'of the reference (quartiles)', 'CPU each', 'p50 / p99'];
const HEAD_OF_MEMORY = ['client', 'held'];

/** One page: how it was measured, what was aimed at, then a table per case. */
export function markdown(
  suite: Suite,
  results: readonly CaseResult[],
  how: Conditions,
  remarks: readonly Remark[],
): string {
  const lines = [
    `# Benchmark: ${suite.title}`,
    '',
    `- ${how.date}, ${how.machine}, Node ${how.node}`,
    `- \`${how.command}\`: the clients alternate in ${how.rounds} rounds of about ${how.roundSeconds} s each`,
    '- a ratio is the median of the rounds’ ratios, with its quartiles; the other columns are medians',
    '- CPU is that of the client’s process with all its threads',
    ...remarks.map(({ title, text }) => `- ${title}: ${text}`),
  ];
  const aims = aimsTable(suite, results);
  if (aims.length > 0) lines.push('', '## Aims', '', ...aims);
  for (const result of results) lines.push('', `## ${result.case.title}`, '', ...table(result));
  return `${lines.join('\n')}\n`;
}

/** The same with every sample, for programs. */
export function json(suite: Suite, results: readonly CaseResult[], how: Conditions): string {
  const cases = results.map((result) => ({
    name: result.case.name,
    clients: summaries(result).map(({ program, summary, samples }) => ({ name: program.name, ...summary, samples })),
  }));
  return `${JSON.stringify({ suite: suite.name, ...how, cases }, null, 1)}\n`;
}

/** What each aim asks for, and what was reached; empty where nothing of it could be measured. */
export function aimsTable(suite: Suite, results: readonly CaseResult[]): string[] {
  const rows = [
    ...suite.aims.flatMap((aim) => aimRow(aim, results)),
    ...(suite.bounds ?? []).flatMap((bound) => boundRow(bound, results)),
  ];
  return rows.length > 0 ? aligned(['aim', 'wanted', 'reached (quartiles)', 'met'], rows) : [];
}

/** A row per client. */
export function table(result: CaseResult): string[] {
  const held = summaries(result).flatMap(({ program, summary }) =>
    summary.held === null ? [] : [[program.title, `${summary.held.toFixed(1)} MiB`]],
  );
  if (held.length > 0) return aligned(HEAD_OF_MEMORY, held);
  const rows = summaries(result).map(({ program, summary }) => [
    program.title,
    rate(summary.perSecond.median),
    summary.ratio ? ratio(summary.ratio) : '',
    `${summary.cpuEach.median.toFixed(3)} µs`,
    summary.latency ? latency(summary.latency) : '',
  ]);
  return aligned(HEAD, rows);
}

function aimRow(aim: Aim, results: readonly CaseResult[]): string[][] {
  const result = results.find((each) => each.case.name === aim.case);
  const client = result?.clients.find(({ program }) => program.name === aim.client);
  const other = fastest(result?.clients.filter(({ program }) => [aim.than].flat().includes(program.name)) ?? []);
  const reached = client && other ? summarize(client.samples, other.samples).ratio : null;
  if (!result || !client || !other || !reached) return [];
  const words = reached.median >= aim.ratio ? 'yes' : 'no';
  const than = `${other.program.title}${typeof aim.than === 'string' ? '' : ', the fastest'}`;
  return [[`${result.case.title}: ${client.program.title}`, `≥ ${aim.ratio} of ${than}`, ratio(reached), words]];
}

function boundRow(bound: Bound, results: readonly CaseResult[]): string[][] {
  const result = results.find((each) => each.case.name === bound.case);
  const client = result?.clients.find(({ program }) => program.name === bound.client);
  const held = client ? summarize(client.samples, null).held : null;
  if (!result || !client || held === null) return [];
  const words = held <= bound.mebibytes ? 'yes' : 'no';
  const title = `${result.case.title}: ${client.program.title}`;
  return [[title, `≤ ${bound.mebibytes} MiB`, `${held.toFixed(1)} MiB`, words]];
}

function fastest(clients: CaseResult['clients']): CaseResult['clients'][number] | undefined {
  const speed = ({ samples }: CaseResult['clients'][number]): number => summarize(samples, null).perSecond.median;
  return [...clients].sort((a, b) => speed(b) - speed(a))[0];
}

/** Rows of text that read well in a terminal and in Markdown. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((text, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? text).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)];
}

function summaries(result: CaseResult): { program: ClientProgram; samples: readonly Sample[]; summary: Summary }[] {
  const reference = result.clients.find(({ program }) => program === result.reference);
  return result.clients.map(({ program, samples }) => ({
    program,
    samples,
    summary: summarize(samples, program === result.reference ? null : (reference?.samples ?? null)),
  }));
}

function latency({ p50, p99 }: Latency): string {
  return `${(p50 * 1e3).toFixed(0)} / ${(p99 * 1e3).toFixed(0)} µs`;
}
function ratio({ q1, median, q3 }: Quartiles): string {
  return `${short(median)} (${short(q1)}–${short(q3)})`;
}
function short(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}
function rate(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(0);
}
