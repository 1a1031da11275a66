import type { Duplex } from 'node:stream';
import { outOfRange, unknownField, wrongType } from '../errors.ts';
import type { HostLoop } from '../host.ts';
import type { Callback } from '../poller.ts';
import type { TransportFactory } from '../transport.ts';
import { HostSockets } from '../transports/host-socket.ts';
import { OpenedSockets } from '../transports/opened-sockets.ts';
import { isDuplex, type OpenStream, onlyStream } from '../transports/stream-opening.ts';
import { SystemSockets } from '../transports/system-sockets.ts';
import { ThreadedStreams } from './threaded-streams.ts';

/** Where the streams of a host come from; by default they are TCP and Unix sockets that it connects. */
export interface LibuvHostOptions {
  /** Called for each connect. No name is looked up before. */
  readonly open?: OpenStream | undefined;
  /** The stream of the one connection that this host can have. */
  readonly duplex?: Duplex | undefined;
  /**
   * What sends the keep-alives of a stream (a connection's heartbeats): a timer, which waits while this thread computes, or
   * another thread, where the sockets then are. Default `'timer'`.
   */
  readonly keepAlive?: 'timer' | 'worker' | undefined;
}

/** What a host can do with its streams. */
interface LibuvStreams extends TransportFactory {
  flush(): void;
  ref?(): void;
  unref?(): void;
}

/** The runtime's own loop: libuv on Node, what stands in for it on Bun and Deno. */
export class LibuvHost implements HostLoop {
  readonly transports: LibuvStreams;
  /** Set, and not over. */
  readonly #timers = new Set<NodeJS.Timeout>();
  #referenced = true;

  /** @throws {TypeError | RangeError} options that are none, or that contradict each other */
  constructor(options: LibuvHostOptions = {}) {
    const open = openOf(options);
    this.transports =
      options.keepAlive === 'worker'
        ? new ThreadedStreams(this)
        : new HostSockets(this, open === null ? new SystemSockets(this) : new OpenedSockets(this, open));
  }

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
    this.transports.ref?.();
  }

  unref(): void {
    this.#referenced = false;
    for (const timer of this.#timers) timer.unref();
    this.transports.unref?.();
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

function openOf(options: LibuvHostOptions): OpenStream | null {
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'must be an object');
  const { open, duplex, keepAlive = 'timer', ...others } = options;
  for (const name of Object.keys(others)) throw unknownField(name, 'LibuvHost');
  if (open !== undefined && typeof open !== 'function')
    throw wrongType('open', 'must be a function that gives a Duplex');
  if (duplex !== undefined && !isDuplex(duplex)) throw wrongType('duplex', 'must be a Duplex');
  if (keepAlive !== 'timer' && keepAlive !== 'worker') throw outOfRange('keepAlive', "must be 'timer' or 'worker'");
  if (open !== undefined && duplex !== undefined) {
    throw wrongType('duplex', 'cannot be given beside open: one of them makes the stream');
  }
  const made = duplex === undefined ? open : onlyStream(duplex);
  if (keepAlive === 'worker' && made !== undefined) {
    throw wrongType('keepAlive', "cannot be 'worker' beside open or duplex: those streams live in this thread");
  }
  return made ?? null;
}
