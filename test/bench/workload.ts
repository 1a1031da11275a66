/** What every client does alike. */
export const BODY: Buffer = Buffer.alloc(16, 'pikaloop-bench16');
/** Published to and never filled: the server only counts. */
export const QUEUE = 'bench-queue';
/** Publishes that may wait for their confirms. */
export const UNCONFIRMED = 10_000;
/** Deliveries that may wait for their acks. */
export const PREFETCH = 500;
