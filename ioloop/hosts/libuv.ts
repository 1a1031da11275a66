import type { HostLoop } from '../host.ts';
import type { Callback } from '../poller.ts';
import { HostSockets } from '../transports/host-socket.ts';

/** The runtime's own loop: libuv on Node, what stands in for it on Bun and Deno. */
export class LibuvHost implements HostLoop {
  readonly transports: HostSockets = new HostSockets(this);
  /** Set, and not over. */
  readonly #timers = new Set<NodeJS.Timeout>();
  #referenced = true;

  now(): number {
    return performance.now();
  }

  soon(fn: Callback): void {
    const immediate = setImmediate(fn);
    // one that is under way keeps the process for a moment only: it need not be found again
    if (!this.#referenced) immediate.unref();
  }

  endOfTask(fn: Callback): void {
    process.nextTick(fn);
  }

  later(delay: number, fn: Callback): NodeJS.Timeout {
    // up: a wait that ends too early is another wait
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      fn();
    }, Math.ceil(delay));
    this.#timers.add(timer);
    if (!this.#referenced) timer.unref();
    return timer;
  }

  cancel(timer: unknown): void {
    // what later() has given
    const handle = timer as NodeJS.Timeout;
    this.#timers.delete(handle);
    clearTimeout(handle);
  }

  flush(): void {
    this.transports.flush();
  }

  ref(): void {
    this.#referenced = true;
    for (const timer of this.#timers) timer.ref();
    this.transports.ref();
  }

  unref(): void {
    this.#referenced = false;
    for (const timer of this.#timers) timer.unref();
    this.transports.unref();
  }

  atEnd(fn: Callback): Disposable {
    if (ends.size === 0) process.on('beforeExit', tellEnds);
    ends.add(fn);
    return {
      [Symbol.dispose]: () => {
        if (ends.delete(fn) && ends.size === 0) process.off('beforeExit', tellEnds);
      },
    };
  }
}

/** Of all loops of this thread: a listener of the process for each would look like a leak from the eleventh on. */
const ends = new Set<Callback>();

function tellEnds(): void {
  for (const fn of [...ends]) fn();
}
