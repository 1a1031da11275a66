import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Command } from './programs.ts';
import type { Sample } from './rounds.ts';

const ROUND_LIMIT = 60_000;

/** A measured program that runs, seen from the runner. */
export class ClientProcess {
  readonly title: string;
  /** What it says of its version, if it does. */
  about = '';
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** Resolves once the program is connected. @throws {Error} when it ends before, or says nothing for a minute */
  static async start(
    title: string,
    command: Command,
    url: string | null,
    environment: Readonly<Record<string, string>>,
  ): Promise<ClientProcess> {
    const client = new ClientProcess(title, url === null ? command : [...command, url], environment);
    client.about = (await client.#nextLine()).replace(/^ready ?/, '');
    return client;
  }

  private constructor(title: string, [file = '', ...args]: Command, environment: Readonly<Record<string, string>>) {
    const env = { ...process.env, ...environment };
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    // A program that cannot be started ends its output too: that is what the reader of the next line reports.
    child.on('error', () => child.stdout.destroy());
    child.stdin.on('error', () => child.stdout.destroy());
    const lines: Interface = createInterface(child.stdout);
    this.title = title;
    this.#process = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @returns null when the program does not know the case */
  async round(name: string, count: number): Promise<Sample | null> {
    this.#process.stdin?.write(`${name} ${count}\n`);
    const line = await this.#nextLine();
    if (line === 'unsupported') return null;
    const [seconds = Number.NaN, cpuSeconds = Number.NaN, first, p99] = line.split(' ').map(Number);
    if (first === undefined) return { count, seconds, cpuSeconds };
    if (p99 === undefined) return { count, seconds, cpuSeconds, held: first };
    return { count, seconds, cpuSeconds, latency: { p50: first, p99 } };
  }

  stop(): void {
    this.#process.stdin?.end();
    this.#process.kill();
  }

  async #nextLine(): Promise<string> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), ROUND_LIMIT);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`the client "${this.title}" ended, or took more than ${ROUND_LIMIT} ms, in a round`);
    return value;
  }
}
