import type { MessagePort } from 'node:worker_threads';

/** Words that a loop's thread and its watchdog share. */
export const BOARD_BYTES = 192;
/** Written by the watchdog, and by who wakes it: one of the WATCHDOG_… modes. */
export const MODE = 0;
/** Rings that it is woken with. */
export const WAKES = 16;
/** Streams that it is to watch, counted by the loop; far below zero once it has retired. */
export const STREAMS = 32;

/** It has not started, or is gone: nobody sends what the loop does not send itself. */
export const WATCHDOG_AWAY = 0;
/** It looks at all streams every LOOK ms. */
export const WATCHDOG_AWAKE = 1;
/** It sleeps until it is woken, or something of its own is due. */
export const WATCHDOG_PARKED = 2;
/** What STREAMS is set to, in place of 0, by one that retires. */
export const RETIRED: number = -(2 ** 30);

/** What the watchdog is started with. */
export interface WatchdogData {
  readonly board: SharedArrayBuffer;
  readonly port: MessagePort;
  /** `monotonic()` that the times in shared memory count from. */
  readonly origin: number;
}

/** A stream that is open from here on. */
export interface WatchdogOrder {
  readonly fd: number;
  readonly memory: SharedArrayBuffer;
}
