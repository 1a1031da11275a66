import { IOLoopError } from './errors.ts';
import { monotonic } from './io-clock.ts';
import { IoLink } from './io-link.ts';
import type { IoCommand, IoEvent } from './io-messages.ts';
import { type Bell, IO_FAILED, IO_GONE, IO_PULSE, IO_STARTING, IO_STATE, PULSE_ASK } from './ring.ts';

/** An I/O thread as its loop sees it: what is told it, its wake, and whether it lives. */
export class IoThread {
  /** `monotonic()` that the times of its streams count from. */
  readonly origin: number = monotonic();
  readonly #bell: Bell;
  readonly #generation: number;
  readonly #link: IoLink | null;
  /** When it was last asked for a pulse, and how often in a row it had not answered the time before. */
  #asked: number = monotonic();
  #strikes = 0;

  /** @param generation - one more than that of the thread before on this bell */
  constructor(bell: Bell, generation: number, program: URL) {
    this.#bell = bell;
    this.#generation = generation;
    Atomics.store(bell.words, IO_STATE, (generation << 2) | IO_STARTING);
    this.#link = this.#open(program);
  }

  post(command: IoCommand): void {
    this.#link?.post(command);
  }

  /** Something in shared memory is to be looked at. */
  wake(): void {
    if (this.#bell.ringIo()) this.post(null);
  }

  receive(visit: (event: IoEvent) => void): void {
    this.#link?.receive(visit);
  }

  /** Why it is dead, or null. */
  get death(): string | null {
    const state = Atomics.load(this.#bell.words, IO_STATE);
    if (state === ((this.#generation << 2) | IO_FAILED)) return `failed: ${this.#bell.failure}`;
    if (state === ((this.#generation << 2) | IO_GONE)) return 'ended';
    if (this.#link?.lost === true) return 'was ended';
    return this.#strikes >= STRIKES ? 'does not answer' : null;
  }

  /** To be called now and then, once per PULSE ms at least while a wait is long. */
  feelPulse(): void {
    const now = monotonic();
    if (now - this.#asked < PULSE) return;
    const { words } = this.#bell;
    const starting = Atomics.load(words, IO_STATE) === ((this.#generation << 2) | IO_STARTING);
    if (starting && now - this.origin < START_LIMIT) return;
    // one late answer proves nothing: this whole process may have been stopped meanwhile
    this.#strikes = Atomics.load(words, IO_PULSE) === Atomics.load(words, PULSE_ASK) ? 0 : this.#strikes + 1;
    Atomics.add(words, PULSE_ASK, 1);
    this.#asked = now;
    this.wake();
  }

  /** Asks it to end when all that was written is on its way. */
  drain(): void {
    this.post({ op: 'drain' });
  }

  get gone(): boolean {
    return Atomics.load(this.#bell.words, IO_STATE) === ((this.#generation << 2) | IO_GONE);
  }

  end(): void {
    this.#link?.end();
  }

  /** It is dead, or good for nothing. */
  terminate(): void {
    this.#link?.terminate();
  }

  #open(program: URL): IoLink | null {
    const { buffer: bell, words } = this.#bell;
    try {
      return new IoLink({ bell, generation: this.#generation, origin: this.origin }, program);
    } catch (error) {
      if (error instanceof IOLoopError) throw error;
      this.#bell.failure = (error as Error).message;
      Atomics.store(words, IO_STATE, (this.#generation << 2) | IO_FAILED);
      this.#bell.ringLoop();
      return null;
    }
  }
}

/** Milliseconds between two looks whether the thread lives. */
export const PULSE = 900;
/** Unanswered looks in a row that mean death. */
const STRIKES = 2;
/** Milliseconds that a thread may take to start, on a machine that has other things to do. */
const START_LIMIT = 15_000;
