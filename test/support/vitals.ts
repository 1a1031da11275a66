import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process uses, as Linux tells of it. */
export interface Vitals {
  /** MiB. */
  readonly rss: number;
  readonly threads: number;
  /** Without modules: of one that a thread is loading when it is terminated, Node leaves the file open. */
  readonly fds: number;
}

/** @throws when the process is gone */
export function vitalsOf(pid: number): Vitals {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  const fds = readdirSync(`/proc/${pid}/fd`).filter((fd) => !isModule(`/proc/${pid}/fd/${fd}`));
  return { rss: field('VmRSS') / 1024, threads: field('Threads'), fds: fds.length };
}

function isModule(link: string): boolean {
  try {
    return readlinkSync(link).endsWith('.js');
  } catch (error) {
    // closed meanwhile; the listing's own always is
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
