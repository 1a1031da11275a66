import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Clears away what the tests started when they can no longer do it themselves: a process of its own that outlives them
 * by a moment, also after kill -9. It learns of their end by its standard input, which the system closes then.
 */
export class Keeper {
  #child: ChildProcess | null = null;

  /** Until `forget()`, the end of this process kills the process group. */
  group(pid: number): void {
    this.#tell('group', String(pid));
  }

  /** Until `forget()`, the end of this process removes the folder. */
  folder(path: string): void {
    this.#tell('folder', path);
  }

  forget(pidOrPath: number | string): void {
    this.#tell('forget', String(pidOrPath));
  }

  #tell(verb: string, what: string): void {
    this.#child ??= startKeeper();
    this.#child.stdin?.write(`${JSON.stringify([verb, what])}\n`);
  }
}

/** The one of this process. */
export const keeper: Keeper = new Keeper();

const FLAG = '--keeper';

function startKeeper(): ChildProcess {
  // Detached, because a terminal's Ctrl-C is not for it.
  const options: SpawnOptions = { detached: true, stdio: ['pipe', 'ignore', 'ignore'] };
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), FLAG], options);
  child.unref();
  (child.stdin as Socket).unref(); // a pipe to a child is one
  return child;
}

function keep(): void {
  const kept = new Map<string, () => void>();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [verb, what] = JSON.parse(line) as [string, string];
    if (verb === 'forget') kept.delete(what);
    else if (verb === 'group') kept.set(what, () => killGroup(Number(what)));
    else kept.set(what, () => rmSync(what, { recursive: true, force: true, maxRetries: 20 }));
  });
  lines.on('close', () => {
    for (const clear of [...kept.values()].reverse()) clear(); // folders were told before the groups that write in them
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it had ended by itself
  }
}

if (process.argv[2] === FLAG) keep();
