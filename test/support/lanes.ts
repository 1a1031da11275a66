import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

/**
 * Runs mocha: on the test files among the arguments, else on all there are, in two processes side by side, since most
 * tests wait rather than compute. What the second one prints comes when the first has ended, and what failed in the first
 * once more at the end, where one looks for it.
 * @returns the exit code of it all
 */
export async function runInLanes(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const specs = args.some((arg) => arg.endsWith('.test.js')) ? [[]] : lanesOf(folders());
  const lanes = specs.map((each) => new Lane([...args, ...each], env));
  let interrupted = false;
  process.on('SIGINT', () => {
    interrupted = true; // the terminal's Ctrl-C reaches each mocha too, which then ends what it started
  });
  process.on('SIGTERM', () => {
    for (const lane of lanes) lane.end();
  });
  let code = 0;
  for (const lane of lanes) code = Math.max(code, await lane.show());
  for (const lane of lanes.slice(0, -1)) for (const line of lane.failures) console.log(line);
  console.log(`${sum(lanes, 'passed')} passed, ${sum(lanes, 'failed')} failed`);
  return interrupted ? 130 : code;
}

/** One mocha process. */
class Lane {
  passed = 0;
  failed = 0;
  /** What mocha says of the tests that failed, from their number on. */
  readonly failures: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  /** Lines that wait to be shown; null: they are shown at once. */
  #held: string[] | null = [];

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const child = spawn(process.execPath, [MOCHA, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, ...colours },
    });
    this.#child = child;
    this.#closed = once(child, 'close');
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => this.#take(line));
  }

  end(): void {
    this.#child.kill('SIGTERM');
  }

  /** Shows what came and comes. @returns the exit code */
  async show(): Promise<number> {
    for (const line of this.#held ?? []) console.log(line);
    this.#held = null;
    await this.#closed;
    return this.#child.exitCode ?? 1;
  }

  #take(line: string): void {
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(line) ?? [];
    if (passed !== undefined) {
      this.passed += Number(passed);
      this.failed += Number(failed);
      return;
    }
    if (this.failures.length > 0 || /^ *\d+ failing$/.test(stripVTControlCharacters(line))) this.failures.push(line);
    if (this.#held === null) console.log(line);
    else this.#held.push(line);
  }
}

/** Where the tests were compiled to, seen from the package's folder. */
const ROOT = 'build/test';
const MOCHA = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
/** Half of the time goes into these folders. Nothing in them needs RabbitMQ, so that one process alone starts it. */
const FIRST_LANE: readonly string[] = ['amqp', 'cli', 'ioloop', 'kit', 'rules', 'runtimes'];

function folders(): string[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function lanesOf(names: readonly string[]): string[][] {
  const first = names.filter((name) => FIRST_LANE.includes(name));
  const second = names.filter((name) => !FIRST_LANE.includes(name));
  return [first, second].map((lane) => lane.map((name) => `${ROOT}/${name}/**/*.test.js`));
}

function sum(lanes: readonly Lane[], count: 'passed' | 'failed'): number {
  return lanes.reduce((total, lane) => total + lane[count], 0);
}
