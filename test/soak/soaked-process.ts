import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { vitalsOf } from '../support/vitals.ts';
import type { Sample } from './growth.ts';

/** A program that runs through a soak: what it says of itself, what the system says of it. */
export class SoakedProcess {
  readonly title: string;
  /** Of each number that it has told, the last one. */
  readonly told: Record<string, number> = {};
  readonly samples: Sample[] = [];
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #child: ChildProcess;

  constructor(title: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const file = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', file, ...args], {
      env,
      // a terminal's Ctrl-C is for the one who watches
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) Object.assign(this.told, JSON.parse(line));
      else console.log(`${title}: ${line}`);
    });
    this.title = title;
    this.#child = child;
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  sample(): void {
    const { pid } = this.#child;
    if (pid === undefined || !this.alive) throw new Error(`the ${this.title} has ended before its time`);
    // before it is connected it has nothing to tell
    if (this.told.heap !== undefined) this.samples.push({ ...vitalsOf(pid), heap: this.told.heap });
  }
}
