import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Lines of stdout and stderr, in the order in which they came. */
  readonly lines: string[];
}

/** A program of the tests in a process of its own, which talks in lines. */
export class Child {
  readonly lines: string[] = [];
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  readonly #heard = new Set<() => void>();

  /** @param program - a built file, next to the caller's: `new URL('./x.js', import.meta.url)` */
  constructor(program: URL, ...args: string[]) {
    this.#process = spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const limit = setTimeout(() => this.#process.kill('SIGKILL'), LIFE);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        this.lines.push(...lines);
        for (const listener of this.#heard) listener();
      });
    }
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        clearTimeout(limit);
        resolve({ code, signal, lines: this.lines });
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Until it has said that. @throws when it ends first */
  said(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!this.lines.includes(line)) return;
        this.#heard.delete(look);
        resolve();
      };
      this.#heard.add(look);
      look();
      this.ended.then(({ code, signal }) => {
        reject(new Error(`ended with ${code ?? signal}, without "${line}": ${this.lines.join(' | ')}`));
      });
    });
  }
}

/** Milliseconds. */
const LIFE = 15_000;
