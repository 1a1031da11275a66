import type { MessagePort } from 'node:worker_threads';

/** What the sentinel's thread is started with. */
export interface SentinelData {
  /** SENTINEL_ASK and its neighbours. */
  readonly words: Int32Array;
  /** Each message is a Duty; the last one counts. */
  readonly port: MessagePort;
}

export interface Duty {
  /** Of the loops whose Ctrl-C is caught, to be rung at each; none = it is left alone. */
  readonly bells: readonly SharedArrayBuffer[];
  /** Of the loop whose callbacks are watched. */
  readonly watched: SharedArrayBuffer | null;
  /** Whether SIGINT has to be taken from the host anew. */
  readonly anew?: boolean;
}

/** Written by the loops' thread: +1 for each duty, after its message. */
export const SENTINEL_ASK = 0;
/** Written by the sentinel: the SENTINEL_ASK that it has obeyed; before the first, 0 = it has not started, or */
export const SENTINEL_STATE = 1;
/** it has, and looks for its duty. */
export const SENTINEL_STARTED = -1;
/** Written by the sentinel: how often Ctrl-C was caught. */
export const SENTINEL_COUNT = 2;
export const SENTINEL_WORDS = 3;
