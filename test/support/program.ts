import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keeper } from './keeper.ts';

/** A program of ours that runs as its own process, seen from outside: what it prints, how it ends. */
export class Program {
  /** What it has printed so far, both streams, line by line. */
  readonly lines: string[] = [];
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  #changed: () => void = () => undefined;

  private constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const inherited = { ...process.env };
    for (const name of ['AMQP_URL', 'NO_COLOR', 'FORCE_COLOR', 'PIKALOOP_TRACE']) delete inherited[name];
    // A group of its own, so that an interrupt meets it as a terminal's would, and nothing else.
    this.#child = spawn(command, args, { detached: true, env: { ...inherited, ...env }, cwd: ROOT });
    const { pid, stdout, stderr } = this.#child;
    if (pid !== undefined) keeper.group(pid);
    for (const input of [stdout, stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.#heard(line));
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        if (pid !== undefined) keeper.forget(pid);
        resolve(code ?? signal ?? 'SIGKILL');
        this.#changed();
      });
    });
  }

  /** Runs an example, by the name of its file, with the sources' lines in its errors. */
  static example(name: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Program {
    return new Program(process.execPath, ['--enable-source-maps', `build/examples/${name}.js`, ...args], env);
  }

  /** Runs a script of package.json. */
  static npm(...args: readonly string[]): Program {
    return new Program('npm', args, {});
  }

  /** Settles with the first line that matches; fails with all that was printed when it ends without. */
  async line(pattern: RegExp): Promise<string> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (over) throw new Error(`no line like ${pattern}; it printed:\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** What Ctrl-C does. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** What a supervisor does that wants it to end in order. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Writes to its standard input. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Its standard input ends. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  /** For the end of a test: it may run on no longer. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #heard(line: string): void {
    this.lines.push(line);
    this.#changed();
  }
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
