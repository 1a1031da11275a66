import { AMQPError, NackError, PublishUnknownError, UnroutableError } from '../../adapters/index.ts';
import { bodyMaker, readBody } from './bodies.ts';
import { JournalWriter, type Outcome } from './journal.ts';

/** What a program under load is told when it is started. */
export interface LoadOptions {
  readonly url: string;
  readonly queue: string;
  readonly journal: string;
  readonly seed: number;
  readonly resend: boolean;
}

export const PUBLISHERS = 2;
export const CONSUMERS = 2;
export const PREFETCH = 50;
/** Unconfirmed messages that a publisher may have. */
export const WINDOW = 50;
/** Of `recovery`: quick, since the broker is on this machine. Milliseconds. */
export const RECOVERY = { initialDelay: 100, maxDelay: 1000 };
/** Milliseconds between two turns of a publisher, and what it publishes in one. */
export const TICK = 20;
export const BATCH = 5;
/** Milliseconds without a message after which a consumer takes the queue for empty. */
export const QUIET = 500;

/** The publishing and consuming side of one program: knows what is still to settle, and writes all down. */
export class Load {
  readonly options: LoadOptions;
  stopping = false;
  readonly #journal: JournalWriter;
  readonly #bodyOf: (id: string) => string;
  readonly #before: readonly string[] = process.getActiveResourcesInfo();
  readonly #open: number[] = Array.from({ length: PUBLISHERS }, () => 0);
  readonly #numbers: number[] = Array.from({ length: PUBLISHERS }, () => 0);
  #handledAt = 0;

  constructor() {
    this.options = JSON.parse(process.argv[2] ?? '') as LoadOptions; // as the run wrote it
    this.#journal = new JournalWriter(this.options.journal);
    this.#bodyOf = bodyMaker(this.options.seed);
    process.on('uncaughtException', (error, origin) => this.thrown(origin, error));
    process.on('exit', () => this.#journal.flush());
  }

  /** Of all publishers. */
  get unsettled(): number {
    return this.#open.reduce((sum, each) => sum + each, 0);
  }
  /** Whether all that was published has settled, and no message has come for a while. */
  get isQuiet(): boolean {
    return this.unsettled === 0 && Date.now() - this.#handledAt > QUIET;
  }

  /** How many messages this publisher may send in this turn. */
  room(publisher: number): number {
    return this.stopping ? 0 : Math.min(BATCH, WINDOW - (this.#open[publisher] ?? 0));
  }

  /** The next message: the call that publishes it comes right behind. */
  called(publisher: number): { readonly id: string; readonly body: string } {
    const number = (this.#numbers[publisher] ?? 0) + 1;
    this.#numbers[publisher] = number;
    this.#open[publisher] = (this.#open[publisher] ?? 0) + 1;
    const id = `${publisher}:${number}`;
    this.#journal.add(['called', Date.now(), id]);
    return { id, body: this.#bodyOf(id) };
  }

  settled(id: string, outcome: Outcome): void {
    const publisher = Number.parseInt(id, 10);
    this.#open[publisher] = (this.#open[publisher] ?? 0) - 1;
    this.#journal.add(['settled', Date.now(), id, outcome]);
  }

  /** By the error that a publish came to. */
  refused(id: string, error: unknown): void {
    this.settled(id, outcomeOf(error));
    this.error(error);
  }

  handled(channel: number, tag: number | bigint, redelivered: boolean, body: Uint8Array): void {
    const { id, whole } = readBody(body);
    this.#handledAt = Date.now();
    this.#journal.add(['handled', this.#handledAt, channel, String(tag), id, redelivered, whole]);
  }

  event(name: string): void {
    this.#journal.add(['event', Date.now(), name]);
    if (name === 'recovered' || name === 'open') this.#memory();
    this.flush();
  }

  error(error: unknown): void {
    const { name, message, code } = Object(error) as { name?: string; message?: string; code?: unknown }; // any of them
    const isMistake = (error instanceof TypeError || error instanceof RangeError) && typeof code === 'string';
    this.#journal.add(['error', Date.now(), error instanceof AMQPError || isMistake, `${name}`, `${message}`]);
  }

  /** What no caller was given. */
  thrown(how: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#journal.add(['error', Date.now(), false, how, text]);
    this.flush();
  }

  flush(): void {
    this.#journal.flush();
  }

  /** Everything is closed: what is still there was left behind. */
  ended(): void {
    this.#memory();
    const left = [...process.getActiveResourcesInfo()];
    for (const name of this.#before) if (left.includes(name)) left.splice(left.indexOf(name), 1);
    this.#journal.add(['ended', Date.now(), left]);
    this.flush();
  }

  #memory(): void {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    this.#journal.add(['memory', Date.now(), rss / MIB, heapUsed / MIB]);
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof PublishUnknownError) return 'unknown';
  if (error instanceof UnroutableError) return 'unroutable';
  return error instanceof NackError ? 'nacked' : 'failed';
}

const MIB = 2 ** 20;
