import type { HostLoop } from '../host-loop.ts';
import type { Callback } from '../poller.ts';
import { HostSockets } from '../transports/host-socket.ts';

interface Handle {
  ref(): unknown;
  unref(): unknown;
}

/** The runtime's own loop: libuv on Node, what stands in for it on Bun and Deno. */
export class LibuvHost implements HostLoop {
  readonly transports: HostSockets = new HostSockets(this);
  /** What was asked for and has not come. */
  readonly #handles = new Set<Handle>();
  #referenced = true;

  now(): number {
    return performance.now();
  }

  soon(fn: Callback): void {
    const immediate = setImmediate(() => {
      this.#handles.delete(immediate);
      fn();
    });
    this.#keep(immediate);
  }

  later(delay: number, fn: Callback): NodeJS.Timeout {
    // up: a wait that ends too early is another wait
    const timer = setTimeout(() => {
      this.#handles.delete(timer);
      fn();
    }, Math.ceil(delay));
    this.#keep(timer);
    return timer;
  }

  cancel(timer: unknown): void {
    // what later() has given
    const handle = timer as NodeJS.Timeout;
    this.#handles.delete(handle);
    clearTimeout(handle);
  }

  flush(): void {
    this.transports.flush();
  }

  ref(): void {
    this.#referenced = true;
    for (const handle of this.#handles) handle.ref();
    this.transports.ref();
  }

  unref(): void {
    this.#referenced = false;
    for (const handle of this.#handles) handle.unref();
    this.transports.unref();
  }

  atEnd(fn: Callback): Disposable {
    process.on('beforeExit', fn);
    return { [Symbol.dispose]: () => process.off('beforeExit', fn) };
  }

  #keep(handle: Handle): void {
    this.#handles.add(handle);
    if (!this.#referenced) handle.unref();
  }
}
