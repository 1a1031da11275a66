import { constants } from 'node:os';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { outOfRange, UnsupportedError, wrongType } from './errors.ts';
import { type Callback, type Poller, READ } from './poller.ts';
import { SignalPipe } from './signal-pipe.ts';
import type { Turn } from './turn.ts';

/** The signals that one loop has callbacks for. */
export class Signals {
  readonly #turn: Turn;
  readonly #poller: Poller;
  readonly #registered = new Set<Disposable>();
  /** Of the pipe, where the poller watches it. */
  #token = 0;

  constructor(turn: Turn, poller: Poller) {
    this.#turn = turn;
    this.#poller = poller;
  }

  /** Milliseconds until `look()` is due. */
  get patience(): number {
    return this.#registered.size > 0 && this.#looks ? LOOK_EVERY : Infinity;
  }

  /** Takes in what came while the host could not, where the poller cannot watch for it. */
  look(): void {
    if (this.patience !== Infinity) SignalPipe.find()?.take(hear);
  }

  /**
   * @param fn - called in this thread at each signal that came, also while the loop does not run
   * @param caught - whether the loop hears of it otherwise while it waits
   * @throws {RangeError} no such signal
   * @throws {UnsupportedError}
   */
  add(name: string, fn: Callback, caught: boolean): Disposable {
    const signal = signalOf(name);
    if (!this.#watch() && !caught) {
      throw new UnsupportedError(
        `the ${this.#poller.name} poller cannot wait for ${name} here, at most for SIGINT: that takes Node on Linux, its main ` +
          'thread, and one of the pollers epoll, poll, select, worker; or a loop that a host drives',
      );
    }
    const listener = signal.add(fn);
    const registration: Disposable = {
      [Symbol.dispose]: (): void => {
        if (!this.#registered.delete(registration)) return;
        listener[Symbol.dispose]();
        if (this.#registered.size === 0) this.#unwatch();
      },
    };
    this.#registered.add(registration);
    return registration;
  }

  close(): void {
    for (const registration of this.#registered) registration[Symbol.dispose]();
  }

  get #looks(): boolean {
    return this.#poller.blocking && !this.#poller.realFds;
  }

  /** @returns whether signals are noticed while the loop runs */
  #watch(): boolean {
    // a host that drives the loop calls its listeners itself
    if (!this.#poller.blocking) return true;
    const pipe = isMainThread && this.#poller.clock === undefined ? SignalPipe.find() : null;
    if (pipe === null) return false;
    pipe.onSettled = settle;
    if (this.#looks || this.#token !== 0) return true;
    this.#token = this.#turn.register(() => pipe.take(hear));
    this.#poller.add(pipe.fd, READ, this.#token);
    return true;
  }

  #unwatch(): void {
    const pipe = SignalPipe.find();
    if (this.#token === 0 || pipe === null) return;
    this.#poller.remove(pipe.fd, this.#token);
    this.#turn.unregister(this.#token);
    this.#token = 0;
  }
}

/** One signal in this process: the host's listener for it, and the callbacks of all loops of this thread. */
class Signal {
  /** How often the host will yet call for what was heard already. */
  ahead = 0;
  readonly signum: number;
  readonly #name: string;
  readonly #callbacks = new Set<Callback>();

  constructor(name: string, signum: number) {
    this.#name = name;
    this.signum = signum;
  }

  add(fn: Callback): Disposable {
    const callback = (): void => fn();
    if (this.#callbacks.size === 0) this.#listen();
    this.#callbacks.add(callback);
    return {
      [Symbol.dispose]: (): void => {
        this.#callbacks.delete(callback);
        if (this.#callbacks.size === 0) process.off(this.#name, this.#listener);
      },
    };
  }

  /** Before the host does. */
  hear(): void {
    if (this.#callbacks.size === 0) return;
    this.ahead++;
    this.#call();
  }

  readonly #listener = (): void => {
    if (this.ahead > 0) this.ahead--;
    else this.#call();
  };

  #call(): void {
    for (const callback of this.#callbacks) callback();
  }

  #listen(): void {
    try {
      process.on(this.#name, this.#listener);
    } catch (error) {
      throw new UnsupportedError(`${this.#name}: no program can catch it`, { cause: error });
    }
  }
}

/** @throws {RangeError} */
function signalOf(name: string): Signal {
  if (typeof name !== 'string') throw wrongType('name', 'must be the name of a signal');
  const signum = (constants.signals as Readonly<Record<string, number>>)[name];
  if (signum === undefined) throw outOfRange('name', `"${name}" is no signal of this system`);
  const signal = SIGNALS.get(name) ?? new Signal(name, signum);
  SIGNALS.set(name, signal);
  return signal;
}

/** A loop has found it in the pipe. */
function hear(signum: number): void {
  for (const signal of SIGNALS.values()) if (signal.signum === signum) signal.hear();
}

/** The host has caught up. */
function settle(): void {
  for (const signal of SIGNALS.values()) signal.ahead = 0;
}

/** Milliseconds; what Ctrl-C takes at most. */
const LOOK_EVERY = 50;

/** By name, for two names of one number are two events of the host. */
const SIGNALS = new Map<string, Signal>();
