import type { ClientProcess } from './client-process.ts';
import { perSecond, rotated, type Sample } from './rounds.ts';

export interface Effort {
  readonly rounds: number;
  /** Aim for the length of one client's round, in seconds: at most one. */
  readonly roundSeconds: number;
}

/** Makes ready what a round needs, outside of its time. */
export type Prepare = (name: string, count: number) => Promise<void>;

const FIRST_COUNT = 100;
const GROWTH = 8;

/**
 * Lets the clients do one case in turn, round after round.
 * @returns the samples of each client that knows the case, all lists of the same length
 */
export async function measure(
  clients: readonly ClientProcess[],
  name: string,
  effort: Effort,
  prepare: Prepare,
): Promise<Map<ClientProcess, Sample[]>> {
  const counts = new Map<ClientProcess, number>();
  const samples = new Map<ClientProcess, Sample[]>();
  for (const client of clients) {
    const count = await calibrate(client, name, effort.roundSeconds, prepare);
    if (count === null) continue;
    counts.set(client, count);
    samples.set(client, []);
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const client of rotated([...counts.keys()], round)) {
      const count = counts.get(client) ?? FIRST_COUNT;
      await prepare(name, count);
      const sample = await client.round(name, count);
      if (sample) samples.get(client)?.push(sample);
    }
  }
  return samples;
}

/** Grows the count until a round is long enough to know the speed; that also warms the code up. */
async function calibrate(
  client: ClientProcess,
  name: string,
  roundSeconds: number,
  prepare: Prepare,
): Promise<number | null> {
  for (let count = FIRST_COUNT; ; count *= GROWTH) {
    await prepare(name, count);
    const sample = await client.round(name, count);
    if (!sample) return null;
    if (sample.seconds >= roundSeconds / 4) return Math.max(1, Math.round(perSecond(sample) * roundSeconds));
  }
}
