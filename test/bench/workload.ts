/** What every client does alike. */
export const BODY: Buffer = Buffer.alloc(16, 'pikaloop-bench16');
/** Published to and never filled: the server only counts. */
export const QUEUE = 'bench-queue';
/** Publishes that may wait for their confirms. */
export const UNCONFIRMED = 10_000;
/** The same for clients that block, which wait for a part of them at a time. */
export const WINDOW = 1_000;
/** Deliveries that may wait for their acks. */
export const PREFETCH = 500;

/** The same as environment variables, for programs in other languages. */
export const WORKLOAD: Readonly<Record<string, string>> = {
  BENCH_QUEUE: QUEUE,
  BENCH_BODY: BODY.toString('latin1'),
  BENCH_WINDOW: String(WINDOW),
  BENCH_PREFETCH: String(PREFETCH),
};
