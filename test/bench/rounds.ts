/** What one client did in one round. */
export interface Sample {
  readonly count: number;
  readonly seconds: number;
  /** Processor time of the client's process in the round, all its threads together. */
  readonly cpuSeconds: number;
  /** Milliseconds from the start to the end of a single one, where the case is about that. */
  readonly latency?: Latency;
  /** MiB of memory held at the end of the round, where the case is about that. */
  readonly held?: number;
}
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** The middle and the spread of a list. */
export interface Quartiles {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

/** A client's figures in one case over all rounds. */
export interface Summary {
  readonly perSecond: Quartiles;
  /** Microseconds. */
  readonly cpuEach: Quartiles;
  /** How its speed stood to the reference's of the same round; null for the reference itself. */
  readonly ratio: Quartiles | null;
  /** The medians of the rounds' percentiles; null where no single ones were timed. */
  readonly latency: Latency | null;
  /** The most that a round held, in MiB; null where memory is not what the case is about. */
  readonly held: number | null;
}

/**
 * Figures of the samples that `client` and `reference` gave in the same rounds, in order. What both suffered in a round
 * (a busy machine, a warm processor) leaves the round's ratio alone, which is why ratios are formed before the median.
 * @throws {RangeError} when the two do not have the same number of rounds, or none
 */
export function summarize(client: readonly Sample[], reference: readonly Sample[] | null): Summary {
  if (reference && reference.length !== client.length) {
    throw new RangeError(`${client.length} rounds cannot be compared with ${reference.length}`);
  }
  const ratios = reference?.map((sample, round) => perSecond(client[round]!) / perSecond(sample)); // same length
  const latencies = client.flatMap(({ latency }) => latency ?? []);
  const held = client.flatMap((sample) => sample.held ?? []);
  return {
    perSecond: quartiles(client.map(perSecond)),
    cpuEach: quartiles(client.map(({ count, cpuSeconds }) => (cpuSeconds * 1e6) / count)),
    ratio: ratios ? quartiles(ratios) : null,
    latency: latencies.length > 0 ? { p50: median(latencies, 'p50'), p99: median(latencies, 'p99') } : null,
    held: held.length > 0 ? Math.max(...held) : null,
  };
}

/** Linear between neighbours, as most statistics programs do it by default. @throws {RangeError} for an empty list */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  return { q1: quantile(sorted, 0.25), median: quantile(sorted, 0.5), q3: quantile(sorted, 0.75) };
}

export function perSecond({ count, seconds }: Sample): number {
  return count / seconds;
}

/** The clients in the order in which round `round` asks them: each is first, second and last equally often. */
export function rotated<T>(clients: readonly T[], round: number): T[] {
  const first = round % clients.length;
  return [...clients.slice(first), ...clients.slice(0, first)];
}

function median(latencies: readonly Latency[], part: keyof Latency): number {
  return quartiles(latencies.map((latency) => latency[part])).median;
}

function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new RangeError('no quartiles of an empty list');
  return below + (above - below) * (at - Math.floor(at));
}
