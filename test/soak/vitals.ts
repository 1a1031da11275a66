import { readdirSync, readFileSync } from 'node:fs';

/** What a process uses, as Linux tells of it. */
export interface Vitals {
  /** MiB. */
  readonly rss: number;
  readonly threads: number;
  readonly fds: number;
}

/** @throws when the process is gone */
export function vitalsOf(pid: number): Vitals {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { rss: field('VmRSS') / 1024, threads: field('Threads'), fds: readdirSync(`/proc/${pid}/fd`).length };
}
