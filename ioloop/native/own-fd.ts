import { closeSync, openSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { System } from './calls.ts';
import { systemCallError } from './errors.ts';

/**
 * Gives the fd to this thread: where a worker's end closes what its `fs` has opened, and nothing else, the fd moves to
 * a number that `fs` has opened. The old number is closed then.
 * @returns the number to use from now on, and to close with `closeOwned`
 * @throws Error EMFILE and the like; `fd` is closed then
 */
export function ownFd(system: System, fd: number): number {
  if (isMainThread) return fd;
  let tracked: number;
  try {
    tracked = openSync('/dev/null', 'r');
  } catch (error) {
    system.close(fd);
    throw error;
  }
  const failed = system.dup2(fd, tracked) < 0 ? system.errno() : 0;
  system.close(fd);
  if (failed !== 0) {
    closeSync(tracked);
    throw systemCallError(system, failed, 'dup2');
  }
  // dup2 leaves the new number open in the programs that this one starts
  system.fcntl(tracked, system.constants.F_SETFD, system.constants.FD_CLOEXEC);
  return tracked;
}

/** Closes what `ownFd` returned, if it is open. */
export function closeOwned(system: System, fd: number): void {
  if (isMainThread) {
    system.close(fd);
    return;
  }
  try {
    closeSync(fd);
  } catch (error) {
    // somebody has closed the number already
    if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error;
  }
}
