import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Entry, JournalReader } from './journal.ts';
import { Ledger, type Restart } from './ledger.ts';
import { CONSUMERS, type LoadOptions, PUBLISHERS } from './load.ts';

/** The styles that there is a program for. */
export const STYLES = ['promises', 'callbacks', 'blocking'] as const;
export type Style = (typeof STYLES)[number];

/** A program that publishes and consumes, in a process of its own, seen through its journal. */
export class LoadProcess {
  readonly style: Style;
  readonly queue: string;
  readonly ledger: Ledger;
  /** MiB, in order. */
  readonly memory: { readonly rss: number; readonly heap: number }[] = [];
  /** Unix milliseconds. */
  readonly losses: number[] = [];
  readonly recoveries: number[] = [];
  /** What was left when all was closed; null: it did not come so far. */
  handles: readonly string[] | null = null;
  /** Typed errors by name. */
  readonly errors = new Map<string, number>();
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #child: ChildProcess;
  readonly #journal: JournalReader;
  /** When each of its channels was last seen to work. */
  readonly #confirmed = new Map<string, number>();
  readonly #handled = new Map<number, number>();
  #openedAt = 0;

  constructor(style: Style, folder: string, given: { url: string; seed: number; resend: boolean }) {
    this.style = style;
    this.queue = `pikaloop.chaos.${style}`;
    this.ledger = new Ledger(given.resend);
    const options: LoadOptions = { ...given, queue: this.queue, journal: join(folder, `${style}.journal`) };
    this.#journal = new JournalReader(options.journal);
    const program = fileURLToPath(new URL(`./load-${style}.js`, import.meta.url));
    // a terminal's Ctrl-C is for the run, which then ends the program
    this.#child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', program, JSON.stringify(options)], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Reads what it has written since. */
  look(): void {
    for (const entry of this.#journal.read()) {
      this.ledger.add(entry);
      this.#note(entry);
    }
  }

  /** Whether the connection has stood since this moment, and every publisher and consumer has gone on. */
  goesOnSince(at: number): boolean {
    const isAway = (this.losses.at(-1) ?? 0) > (this.recoveries.at(-1) ?? 0);
    const later = [...this.#confirmed.values(), ...this.#handled.values()].filter((seen) => seen > at);
    return this.#openedAt > 0 && !isAway && later.length === PUBLISHERS + CONSUMERS;
  }

  /** @returns whether this restart was noticed and the connection has come back */
  recoveredFrom({ kind, at }: Pick<Restart, 'kind' | 'at'>): boolean {
    return kind === 'freeze' || (this.recoveries.at(-1) ?? 0) > at;
  }

  close(): void {
    this.#journal.close();
  }

  #note(entry: Entry): void {
    const at = entry[1];
    if (entry[0] === 'handled') this.#handled.set(entry[2], at);
    else if (entry[0] === 'settled' && entry[3] === 'confirmed') this.#confirmed.set(entry[2].split(':')[0] ?? '', at);
    else if (entry[0] === 'memory') this.memory.push({ rss: entry[2], heap: entry[3] });
    else if (entry[0] === 'ended') this.handles = entry[2];
    else if (entry[0] === 'error' && entry[2]) this.errors.set(entry[3], (this.errors.get(entry[3]) ?? 0) + 1);
    else if (entry[0] === 'event') this.#event(entry[2], at);
  }

  #event(name: string, at: number): void {
    if (name === 'open') this.#openedAt = at;
    else if (name === 'lost') this.losses.push(at);
    else if (name === 'recovered') this.recoveries.push(at);
  }
}
