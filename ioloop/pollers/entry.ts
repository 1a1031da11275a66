import type { LoopServices, Poller, PollerName } from '../poller.ts';

/** A poller that the loop knows by name. */
export interface PollerEntry {
  readonly name: PollerName;
  /** Why it cannot work here, or null; asked for it may have to load a library. */
  readonly missing: string | null;
  /** Taken by itself when nobody asked for another; the order of the list is the order of preference. */
  readonly automatic: boolean;
  /** Whether it holds the thread; else a host drives the loop. */
  readonly blocking: boolean;
  open(services: LoopServices): Poller;
}
