import { isMainThread } from 'node:worker_threads';
import { KeyboardInterrupt } from './errors.ts';
import type { InterruptOwner } from './interrupt-owner.ts';
import { SentinelThread } from './sentinel-thread.ts';

/** Ctrl-C and slow callbacks of one loop: while it runs, and between its runs as long as somebody keeps them. */
export class Interrupts {
  /** Whether Ctrl-C can become this loop's business: signals come to the main thread alone. */
  readonly able: boolean;
  readonly #bell: SharedArrayBuffer;
  readonly #owner: InterruptOwner;
  /** When this run began, by `performance.now()`; Infinity once nothing is to be done any more. */
  #began = Infinity;
  /** For this run alone. */
  #armed = false;
  /** How many keep it armed between the runs. */
  #keepers = 0;

  constructor(bell: SharedArrayBuffer, owner: InterruptOwner) {
    this.#bell = bell;
    this.#owner = owner;
    this.able = isMainThread && owner.catches;
  }

  /** The loop begins to run. */
  begin(): void {
    running.push(this);
    if (this.#keepers > 0) return;
    if (this.able) this.#began = performance.now();
    if (this.#owner.watched) assign();
  }

  /** The loop has stopped running: Ctrl-C does again what it did before. */
  end(): void {
    running.pop();
    this.#began = Infinity;
    if (!this.#armed && (this.#keepers > 0 || !this.#owner.watched)) return;
    this.#armed = false;
    assign();
  }

  /** Ctrl-C is this loop's business between its runs too, until the last of those who asked for it has had enough. */
  keep(): Disposable {
    if (!this.able) return NOBODY;
    if (this.#keepers++ === 0) {
      keeping.push(this);
      assign();
    }
    let kept = true;
    return {
      [Symbol.dispose]: (): void => {
        if (kept && this.#keepers > 0 && --this.#keepers === 0) this.#giveBack();
        kept = false;
      },
    };
  }

  /** Nobody keeps it any more. */
  close(): void {
    if (this.#keepers === 0) return;
    this.#keepers = 0;
    this.#giveBack();
  }

  #giveBack(): void {
    keeping.splice(keeping.indexOf(this), 1);
    // in the middle of a run, the rest of it is like any other
    this.#armed = running.includes(this);
    assign();
  }

  /** Milliseconds until `settle()` is due. */
  get patience(): number {
    return this.#began === Infinity ? Infinity : Math.max(0, this.#began + armAfter() - performance.now());
  }

  /** To be called in every turn: short runs are not worth the arming. */
  settle(): void {
    if (this.#began === Infinity || performance.now() - this.#began < armAfter()) return;
    this.#began = Infinity;
    this.#armed = true;
    assign();
  }

  /** The threshold for slow callbacks has changed. */
  watch(): void {
    if (running.includes(this) || this.#keepers > 0) assign();
  }

  /** Looked at between two callbacks. */
  get pending(): boolean {
    return sentinel !== null && this.able && sentinel.pending;
  }

  /** @throws {KeyboardInterrupt} unless the program listens for SIGINT itself */
  raise(): void {
    const caught = sentinel;
    if (caught === null || !caught.pending) return;
    if (!caught.take()) throw new KeyboardInterrupt();
    this.#owner.call(() => caught.emit());
  }

  /** @internal What of this loop the sentinel is to look after. */
  static duty(): { bells: readonly SharedArrayBuffer[]; watched: SharedArrayBuffer | null } {
    const caught = new Set([...running.filter((loop) => loop.#armed), ...keeping]);
    const watched = [...keeping, ...running].findLast((loop) => loop.#owner.watched);
    return { bells: [...caught].map((loop) => loop.#bell), watched: watched === undefined ? null : watched.#bell };
  }
}

/** Whether Ctrl-C is some loop's business by now. */
export function interruptsAreCaught(): boolean {
  return sentinel?.catching === true;
}

function assign(): void {
  const duty = Interrupts.duty();
  if (duty.bells.length === 0 && duty.watched === null && sentinel === null) return;
  sentinel ??= new SentinelThread();
  sentinel.assign(duty);
}

/** Milliseconds that a loop runs before Ctrl-C becomes its business: for less, neither a thread nor its arming is worth it. */
function armAfter(): number {
  return sentinel?.alive === true ? ARM_AFTER : START_AFTER;
}

/** Arming and disarming take a fifth of a millisecond, */
const ARM_AFTER = 2;
/** the start of the thread thirty, beside the loop. */
const START_AFTER = 20;

const NOBODY: Disposable = { [Symbol.dispose]: () => {} };

/** The loops that run in this thread, outermost first. */
const running: Interrupts[] = [];
/** The loops whose Ctrl-C is caught between their runs. */
const keeping: Interrupts[] = [];
let sentinel: SentinelThread | null = null;
