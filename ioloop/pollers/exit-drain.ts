import { monotonic } from '../io-clock.ts';
import { DRAIN_LIMIT } from '../io-streams.ts';

/** Streams that may hold what was written and has not left. */
export interface Drainable {
  readonly hasOpen: boolean;
  /** @param deadline - by `monotonic()` */
  drain(deadline: number): void;
}

/** What was written before the process ends still leaves: of all loops of this thread together, within one limit. */
export function drainAtExit(streams: Drainable): void {
  if (EXITS.size === 0 && ENDS) process.on('exit', drainAll);
  EXITS.add(streams);
}

export function forgetAtExit(streams: Drainable): void {
  EXITS.delete(streams);
  if (EXITS.size === 0 && ENDS) process.off('exit', drainAll);
}

/** A browser does not tell its workers that they end. */
const ENDS: boolean = typeof process === 'object';
const EXITS = new Set<Drainable>();

function drainAll(): void {
  const deadline = monotonic() + DRAIN_LIMIT;
  for (const streams of EXITS) if (streams.hasOpen) streams.drain(deadline);
}
