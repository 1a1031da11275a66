/** What every client does alike. */
export const BODY: Buffer = Buffer.from(process.env.BENCH_BODY ?? bodyOf(16), 'latin1');
/** Published to and never filled: the server only counts. */
export const QUEUE = 'bench-queue';
/** Publishes that may wait for their confirms. */
export const UNCONFIRMED = 10_000;
/** The same for clients that wait for a part of them at a time. */
export const WINDOW = 1_000;
/** Deliveries that may wait for their acks. */
export const PREFETCH = 500;
/** Channels that ask at the same time. */
export const CHANNELS = 100;

/** The same as environment variables, for server and clients in every language. */
export function workload(bodySize: number): Readonly<Record<string, string>> {
  return {
    BENCH_QUEUE: QUEUE,
    BENCH_BODY: bodyOf(bodySize),
    BENCH_WINDOW: String(WINDOW),
    BENCH_PREFETCH: String(PREFETCH),
  };
}

function bodyOf(size: number): string {
  return 'pikaloop-bench16'.repeat(Math.ceil(size / 16)).slice(0, size);
}
