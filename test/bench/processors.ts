import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Has processes run on one processor with all their threads, the first of the machine.
 * @returns what lets them run as before; null where the system has no `taskset`
 */
export async function onOneProcessor(pids: readonly number[]): Promise<(() => Promise<void>) | null> {
  try {
    const before = await Promise.all(pids.map(async (pid) => ({ pid, processors: await processorsOf(pid) })));
    await Promise.all(pids.map((pid) => use(pid, '0')));
    return async () => void (await Promise.all(before.map(({ pid, processors }) => use(pid, processors))));
  } catch {
    return null;
  }
}

/** @returns a list as `taskset` takes it: `0-3,7` */
async function processorsOf(pid: number): Promise<string> {
  const { stdout } = await run('taskset', ['--cpu-list', '--pid', String(pid)]);
  return stdout.slice(stdout.lastIndexOf(':') + 1).trim();
}

async function use(pid: number, processors: string): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', processors, String(pid)]);
}
