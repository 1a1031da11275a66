import type { MessagePort } from 'node:worker_threads';

/** What the sentinel's thread is started with. */
export interface SentinelData {
  /** SENTINEL_ASK and SENTINEL_STATE. */
  readonly words: Int32Array;
  /** Each message is a Duty; the last one counts. */
  readonly port: MessagePort;
}

export interface Duty {
  /** Of the loop to watch and to ring; null = none. */
  readonly bell: SharedArrayBuffer | null;
  /** Whether Ctrl-C is caught. */
  readonly armed: boolean;
}

/** Written by the loop's thread: +1 for each duty, after its message. */
export const SENTINEL_ASK = 0;
/** Written by the sentinel: the SENTINEL_ASK that it has obeyed. */
export const SENTINEL_STATE = 1;
