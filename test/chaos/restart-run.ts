import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RabbitNode } from '../support/rabbitmq.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { readBody } from './bodies.ts';
import { drain } from './drain.ts';
import type { Restart, RestartKind } from './ledger.ts';
import { LoadProcess, type Style } from './load-process.ts';

export interface RunOptions {
  readonly times: number;
  readonly seed: number;
  readonly styles: readonly Style[];
  readonly resend: boolean;
}

/** What a run was and what its programs came to. */
export interface RunResult {
  readonly restarts: readonly Restart[];
  readonly loads: readonly LoadProcess[];
  /** What did not go on, or did not end. */
  readonly stuck: readonly string[];
}

/** Milliseconds. */
const LOOK = 50;
const BACK_LIMIT = 90_000;
const END_LIMIT = 60_000;
/** Longer than twice the heartbeat of a second that the programs ask for. */
const FROZEN = 4000;
const KINDS: readonly RestartKind[] = ['stop', 'kill', 'stop', 'kill', 'freeze'];

/**
 * Puts load on a broker in each of the styles, all at the same time, and restarts it again and again.
 * @param node - started; it is left running
 * @param tell - hears of each restart when all have come back from it
 */
export async function runRestarts(
  node: RabbitNode,
  options: RunOptions,
  tell: (text: string) => void,
): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'pikaloop-chaos-'));
  const random = seededRandom(options.seed);
  const { seed, resend } = options;
  const url = `${node.url}?heartbeat=1`;
  const loads = options.styles.map((style) => new LoadProcess(style, folder, { url, seed, resend }));
  const restarts: Restart[] = [];
  const stuck: string[] = [];
  try {
    stuck.push(...(await untilAll(loads, BACK_LIMIT, 'does not begin', (load) => load.goesOnSince(0))));
    for (let i = 0; i < options.times && stuck.length === 0; i++) {
      await delay(200 + random() * 1000);
      const restart = await disturb(node, KINDS[i % KINDS.length] ?? 'stop', random() * 1000);
      restarts.push(restart);
      const isBack = (load: LoadProcess): boolean => load.recoveredFrom(restart) && load.goesOnSince(restart.ready);
      const what = `does not go on after restart ${restarts.length} (${restart.kind})`;
      stuck.push(...(await untilAll(loads, BACK_LIMIT, what, isBack)));
      tell(`${String(restarts.length).padStart(3)}  ${restart.kind.padEnd(6)}  ${said(loads, restart)}`);
    }
    stuck.push(...(await end(loads)));
    for (const load of loads) await drainInto(node.url, load);
  } finally {
    for (const load of loads) {
      load.signal('SIGKILL');
      load.close();
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return { restarts, loads, stuck };
}

/** @param pause - milliseconds that the broker is away beside what its start takes */
async function disturb(node: RabbitNode, kind: RestartKind, pause: number): Promise<Restart> {
  const at = Date.now();
  if (kind === 'freeze') {
    node.freeze();
    await delay(FROZEN);
    node.thaw();
    return { kind, at, ready: Date.now() };
  }
  if (kind === 'stop') await node.stop();
  else await node.kill();
  await delay(pause);
  await node.start();
  return { kind, at, ready: Date.now() };
}

/** @returns of which it is not true in time */
async function untilAll(
  loads: readonly LoadProcess[],
  limit: number,
  what: string,
  isTrue: (load: LoadProcess) => boolean,
): Promise<string[]> {
  for (let waited = 0; ; waited += LOOK) {
    for (const load of loads) load.look();
    const missing = loads.filter((load) => !isTrue(load));
    if (missing.length === 0) return [];
    if (waited > limit || !missing.every(({ alive }) => alive)) return missing.map(({ style }) => `${style} ${what}`);
    await delay(LOOK);
  }
}

/** The load stops, all settles, the programs end by themselves. */
async function end(loads: readonly LoadProcess[]): Promise<string[]> {
  for (const load of loads) load.signal('SIGTERM');
  const stuck: string[] = [];
  for (const load of loads) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, END_LIMIT, 'late');
    });
    const code = await Promise.race([load.ended, late]);
    clearTimeout(timer);
    load.look();
    if (code !== 0) stuck.push(`${load.style} ${code === 'late' ? 'does not end' : `ended with ${code}`}`);
  }
  return stuck;
}

async function drainInto(url: string, { queue, ledger }: LoadProcess): Promise<void> {
  await drain(url, queue, (body) => {
    const { id, whole } = readBody(body);
    ledger.drained(id, whole);
  });
}

function said(loads: readonly LoadProcess[], { ready }: Restart): string {
  return loads
    .map(({ style, recoveries, ledger, memory }) => {
      const after = Math.max(0, (recoveries.at(-1) ?? ready) - ready);
      const { confirmed, unknown } = ledger.counts;
      const rss = memory.at(-1)?.rss.toFixed(1) ?? '?';
      return `${style}: back ${after} ms after the broker, ${confirmed} confirmed, ${unknown} unknown, ${rss} MiB`;
    })
    .join('; ');
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
