// Computed here, directly below the folder that the built worker programs lie in: bundling moves code, not these files.

/** The program of the I/O thread. */
export const IO_WORKER: URL = new URL('./io-worker.js', import.meta.url);
/** The program of the thread that waits for Ctrl-C and watches slow callbacks. */
export const SENTINEL: URL =
  'Deno' in globalThis ? new URL('./deno-sentinel.js', import.meta.url) : new URL('./sentinel.js', import.meta.url);
/** The program of the thread that sends what a loop of real descriptors has written and does not come round to send. */
export const WATCHDOG: URL = new URL('./watchdog.js', import.meta.url);
