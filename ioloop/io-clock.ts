/** Milliseconds on a clock that all threads of the process share; `performance.now()` starts anew in each. */
export function monotonic(): number {
  return performance.now() + OFFSET;
}

/** A time as one shared word: ms since `origin`, modulo 2^32. */
export function stamp(origin: number, now: number = monotonic()): number {
  return (now - origin) | 0;
}

/** Milliseconds since such a stamp, however long the origin is ago: right as long as the answer is below 24 days. */
export function ageOf(word: number, origin: number, now: number = monotonic()): number {
  return (stamp(origin, now) - word) | 0;
}

/** A thread that is put aside between the two readings would be wrong for its whole life: the best of some counts. */
function findOffset(): number {
  const { hrtime } = process;
  let offset = -Infinity;
  for (let tries = 0; tries < 5; tries++) offset = Math.max(offset, Number(hrtime.bigint()) / 1e6 - performance.now());
  return offset;
}

// the others' hrtime starts anew in each thread, and browsers have none; the time of day that a thread began at is the same clock
// for all, unless somebody sets that clock meanwhile
const IN_NODE = typeof process === 'object' && !('Bun' in globalThis || 'Deno' in globalThis);
const OFFSET: number = IN_NODE ? findOffset() : performance.timeOrigin;
