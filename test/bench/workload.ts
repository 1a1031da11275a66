/** What every client does alike. */
export const BODY: Buffer = Buffer.alloc(16, 'pikaloop-bench16');
/** Published to and never filled: the server only counts. */
export const QUEUE = 'bench-queue';
/** Publishes that may wait for their confirms. */
export const UNCONFIRMED = 10_000;
/** Deliveries that may wait for their acks. */
export const PREFETCH = 500;

/** Milliseconds: a timer that is never due while it is measured. */
export const FAR_OFF = 60_000;
export const BATCH_OF_TIMERS = 100_000;
export const BATCH_OF_CALLBACKS = 10_000;
