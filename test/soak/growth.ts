import type { Vitals } from '../support/vitals.ts';

/** Of one process at one moment. */
export interface Sample extends Vitals {
  /** MiB, after a collection. */
  readonly heap: number;
}

/** What a quantity may gain from the first third of a run to its last. */
interface Tolerance {
  readonly share: number;
  readonly amount: number;
}

const TOLERANCES: Readonly<Record<keyof Sample, Tolerance>> = {
  rss: { share: 0.1, amount: 16 },
  heap: { share: 0.1, amount: 4 },
  threads: { share: 0, amount: 1 },
  fds: { share: 0, amount: 2 },
};
/** The share of a run that passes before anything counts: code is compiled, buffers find their size. */
const WARM_UP = 0.1;

export interface Growth {
  readonly quantity: string;
  /** Medians of the first and the last third. */
  readonly first: number;
  readonly last: number;
  readonly limit: number;
  readonly grew: boolean;
}

/** Compares the last third of a run with its first. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const counted = samples.slice(Math.floor(samples.length * WARM_UP));
  const third = Math.max(1, Math.floor(counted.length / 3));
  return (Object.keys(TOLERANCES) as (keyof Sample)[]).map((quantity) => {
    const { share, amount } = TOLERANCES[quantity];
    const first = median(counted.slice(0, third).map((sample) => sample[quantity]));
    const last = median(counted.slice(-third).map((sample) => sample[quantity]));
    const limit = first * (1 + share) + amount;
    return { quantity, first, last, limit, grew: !(last <= limit) };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
