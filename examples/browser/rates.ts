/** Seconds that are shown. */
const SPAN = 60;
/** Samples in a second. */
export const SAMPLES_A_SECOND = 4;

/** How fast a count has grown over the last minute. */
export class Rates {
  /** Per second, the oldest first; each over the second before it. */
  readonly history: number[] = new Array<number>(SPAN * SAMPLES_A_SECOND + 1).fill(0);
  readonly #seen: { readonly time: number; readonly count: number }[] = [];

  /** @param time - milliseconds */
  add(time: number, count: number): void {
    this.#seen.push({ time, count });
    if (this.#seen.length > SAMPLES_A_SECOND + 1) this.#seen.shift();
    const [first] = this.#seen;
    const seconds = first === undefined ? 0 : (time - first.time) / 1_000;
    this.history.shift();
    this.history.push(first === undefined || seconds === 0 ? 0 : Math.max(0, count - first.count) / seconds);
  }

  get now(): number {
    return this.history.at(-1) ?? 0;
  }

  get most(): number {
    return Math.max(...this.history);
  }
}

/** The next of 10, 20, 50, 100, 200 and so on: a scale that does not change with every sample. */
export function roundScale(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 10)));
  return [1, 2, 5, 10].map((step) => step * power).find((scale) => scale >= most) ?? most;
}
