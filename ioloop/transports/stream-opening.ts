import type { Duplex } from 'node:stream';
import { IOLoopError, wrongType } from '../errors.ts';
import type { TcpAddress, UnixAddress } from '../transport.ts';
import { systemError } from './checks.ts';

/**
 * Makes the stream of one connection: through a proxy, a tunnel, or wherever bytes can go. From the moment it is given it
 * belongs to the connection.
 * @param to - where the connection is to go; a host's name as the program has given it
 * @param options - `signal` aborts when nobody waits for the stream any more; one that still comes is destroyed
 */
export type OpenStream = (
  to: TcpAddress | UnixAddress,
  options: { readonly signal: AbortSignal },
) => Duplex | Promise<Duplex>;

/** Timers of the host. */
export interface OpeningClock {
  later(delay: number, fn: () => void): unknown;
  cancel(timer: unknown): void;
}

/** Exactly one of the two is called, never from inside the constructor, and none after `cancel()`. */
export interface OpeningOwner {
  opened(stream: Duplex): void;
  failed(error: Error): void;
}

/** One call of a program's `open()`, until bytes can go through what it gave. */
export class StreamOpening {
  readonly #clock: OpeningClock;
  readonly #owner: OpeningOwner;
  readonly #control = new AbortController();
  readonly #timer: unknown;
  #over = false;

  /** @param timeout - milliseconds; 0 = no limit */
  constructor(
    open: OpenStream,
    to: TcpAddress | UnixAddress,
    timeout: number,
    clock: OpeningClock,
    owner: OpeningOwner,
  ) {
    this.#clock = clock;
    this.#owner = owner;
    const where = 'path' in to ? to.path : `${to.host}:${to.port}`;
    const late = (): void => this.#fail(systemError('ETIMEDOUT', 'open', `${where} within ${timeout} ms`));
    this.#timer = timeout > 0 ? clock.later(timeout, late) : null;
    const { signal } = this.#control;
    Promise.resolve(to)
      .then((place) => open(place, { signal }))
      .then(
        (stream) => this.#take(stream),
        (reason: unknown) => this.#fail(reason),
      );
  }

  /** Nobody wants it any more. */
  cancel(): void {
    if (!this.#end()) return;
    this.#control.abort();
  }

  #take(stream: Duplex): void {
    const flaw = flawOf(stream);
    if (flaw !== null) {
      if (isDuplex(stream)) discard(stream);
      this.#fail(flaw);
    } else if (this.#over) discard(stream);
    else if ((stream as { connecting?: boolean }).connecting === true) this.#awaitConnect(stream);
    else this.#opened(stream);
  }

  /** A socket that was not waited for. */
  #awaitConnect(stream: Duplex): void {
    const settle = (error: Error | null): void => {
      stream.off('connect', connected).off('error', settle).off('close', closed);
      this.#control.signal.removeEventListener('abort', aborted);
      if (error !== null || this.#over) discard(stream);
      if (error !== null) this.#fail(error);
      else this.#opened(stream);
    };
    const connected = (): void => settle(null);
    const closed = (): void => settle(ended(stream, 'was closed before it was connected'));
    const aborted = (): void => settle(null);
    stream.on('connect', connected).on('error', settle).on('close', closed);
    this.#control.signal.addEventListener('abort', aborted);
  }

  #opened(stream: Duplex): void {
    if (this.#end()) this.#owner.opened(stream);
  }

  #fail(reason: unknown): void {
    if (!this.#end()) return;
    const error = reason instanceof Error ? reason : new IOLoopError('OPEN_FAILED', String(reason), { cause: reason });
    this.#owner.failed(error);
    this.#control.abort(error);
  }

  /** @returns false when it was over before */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    if (this.#timer !== null) this.#clock.cancel(this.#timer);
    return true;
  }
}

/** The `open()` of a host that was given one stream, which is there already. */
export function onlyStream(duplex: Duplex): OpenStream {
  let used = false;
  // what happens to it before a connection takes it is told to that one
  duplex.on('error', ignore);
  return () => {
    if (used) {
      throw new IOLoopError(
        'STREAM_USED',
        'duplex is one stream, and a connection has had it; open() makes one for each',
      );
    }
    used = true;
    return duplex;
  };
}

/** Anything with both halves of a stream of Node's, whichever package its class is from. */
export function isDuplex(value: unknown): value is Duplex {
  if (typeof value !== 'object' || value === null) return false;
  const stream = value as { readonly [name: string]: unknown };
  return ['on', 'read', 'pause', 'resume', 'write', 'end', 'destroy'].every(
    (name) => typeof stream[name] === 'function',
  );
}

/** Why no connection can go through it, or null. */
function flawOf(stream: Duplex): Error | null {
  if (!isDuplex(stream))
    return wrongType('open', `must give a Duplex, not ${stream === null ? 'null' : typeof stream}`);
  if (stream.destroyed) return ended(stream, 'was destroyed');
  if (stream.readableEnded || stream.readable === false) return ended(stream, 'has no more to read');
  if (stream.writableEnded || stream.writable === false) return ended(stream, 'can no longer be written to');
  if (typeof stream.readableEncoding === 'string') return wrongType('open', 'must give bytes; this stream gives text');
  return null;
}

function ended(stream: Duplex, text: string): IOLoopError {
  const { errored } = stream;
  return new IOLoopError('STREAM_ENDED', `the stream that open() gave ${text}`, errored ? { cause: errored } : {});
}

/** Nobody will hear of it: neither do its errors matter. */
function discard(stream: Duplex): void {
  stream.on('error', ignore);
  stream.destroy();
}

function ignore(): void {}
