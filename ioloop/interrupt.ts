import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { KeyboardInterrupt } from './errors.ts';
import { Bell, INTERRUPTS } from './ring.ts';
import { SentinelThread } from './sentinel-thread.ts';

/** What a loop hands over for the time that it runs. */
export interface InterruptOwner {
  /** Whether Ctrl-C leaves `start()`; else it does what it does elsewhere. */
  readonly catches: boolean;
  /** Whether a slow callback is to be told while it runs. */
  readonly watched: boolean;
  /** Runs a listener of the program's; what it throws is the loop's. */
  call(listener: () => void): void;
}

/** Ctrl-C and slow callbacks of one loop, while it runs. */
export class Interrupts {
  readonly #bell: Bell;
  readonly #owner: InterruptOwner;
  /** The count of Ctrl-Cs that was acted on. */
  #taken = 0;
  /** When this run began, by `performance.now()`; Infinity once nothing is to be done any more. */
  #began = Infinity;
  #armed = false;

  constructor(bell: SharedArrayBuffer, owner: InterruptOwner) {
    this.#bell = new Bell(bell);
    this.#owner = owner;
  }

  /** Whether Ctrl-C can become this loop's business: signals come to the main thread alone. */
  get able(): boolean {
    return isMainThread && this.#owner.catches;
  }

  /** The loop begins to run. */
  begin(): void {
    running.push(this);
    this.#taken = this.#count;
    if (this.able) this.#began = performance.now();
    if (this.#owner.watched) Interrupts.#assign();
  }

  /** The loop has stopped running: Ctrl-C does again what it did before. */
  end(): void {
    running.pop();
    this.#began = Infinity;
    if (!this.#armed && !this.#owner.watched) return;
    this.#armed = false;
    Interrupts.#assign();
    if (this.#count === this.#taken) return;
    // one that came too late for this run is the business of whoever is next
    const outer = running.at(-1);
    if (outer === undefined) process.kill(process.pid, 'SIGINT');
    else Atomics.add(outer.#bell.words, INTERRUPTS, 1);
  }

  /** Milliseconds until `settle()` is due. */
  get patience(): number {
    return this.#began === Infinity ? Infinity : Math.max(0, this.#began + ARM_AFTER - performance.now());
  }

  /** To be called in every turn: short runs are not worth the arming. */
  settle(): void {
    if (this.#began === Infinity) return;
    const now = performance.now();
    if (now - this.#began < ARM_AFTER) return;
    sentinel ??= new SentinelThread();
    // disarming waits for the thread's word, which should not take as long as its start
    this.#began = sentinel.alive ? Infinity : now;
    if (!sentinel.alive) return;
    this.#armed = true;
    Interrupts.#assign();
  }

  /** The threshold for slow callbacks has changed. */
  watch(): void {
    if (running.includes(this)) Interrupts.#assign();
  }

  /** Looked at between two callbacks, so a plain load: the bell is rung after the count. */
  get pending(): boolean {
    return this.#bell.words[INTERRUPTS] !== this.#taken || sentinel?.stray === true;
  }

  /** @throws {KeyboardInterrupt} unless the program listens for SIGINT itself */
  raise(): void {
    if (sentinel === null) return;
    if (sentinel.stray) sentinel.takeListeners();
    const count = this.#count;
    const interrupted = count !== this.#taken;
    this.#taken = count;
    if (interrupted && sentinel.listeners.length === 0) throw new KeyboardInterrupt();
    sentinel.rearm();
    if (interrupted) sentinel.signal((task) => this.#owner.call(task));
  }

  get #count(): number {
    return Atomics.load(this.#bell.words, INTERRUPTS);
  }

  /** The sentinel serves the innermost loop that needs it. */
  static #assign(): void {
    const served = running.findLast((loop) => loop.#armed || loop.#owner.watched);
    if (served === undefined && sentinel === null) return;
    sentinel ??= new SentinelThread();
    sentinel.assign({
      bell: served === undefined ? null : served.#bell.buffer,
      armed: running.some((loop) => loop.#armed),
    });
  }
}

/** Whether Ctrl-C is some loop's business by now. */
export function interruptsAreCaught(): boolean {
  return sentinel?.catching === true;
}

/** Calls `fn` on Ctrl-C, in place of a KeyboardInterrupt. */
export function listenForInterrupt(fn: () => void): Disposable {
  const listener = (): void => fn();
  process.on('SIGINT', listener);
  return {
    [Symbol.dispose]: (): void => {
      process.off('SIGINT', listener);
      sentinel?.forget(listener);
    },
  };
}

/** Milliseconds that a loop runs before Ctrl-C becomes its business. */
const ARM_AFTER = 50;

/** The loops that run in this thread, outermost first. */
const running: Interrupts[] = [];
let sentinel: SentinelThread | null = null;
