import { isIP } from 'node:net';
import { LoopClosedError } from './errors.ts';
import { monotonic } from './io-clock.ts';
import { DRAIN_LIMIT } from './io-streams.ts';
import type { System } from './native/calls.ts';
import type { LoopServices } from './poller.ts';
import type { SocketAddress, TcpAddress, Transport, TransportFactory, TransportHandlers } from './transport.ts';
import { checkLookup, systemError } from './transports/checks.ts';
import type { FdHost, FdTransport, FdWatch } from './transports/fd.ts';
import { SCRATCH_BYTES } from './transports/fd-input.ts';
import { SecurableStream, type SecureStreams } from './transports/securable.ts';
import { WatchdogThread } from './watchdog-thread.ts';

export type { FdWatch } from './transports/fd.ts';

type Done = (error: Error | null, list: readonly SocketAddress[]) => void;

/** The I/O thread: where TLS is, and whoever asks for the addresses of a name that is not this machine's. */
export type FarStreams = SecureStreams & Pick<TransportFactory, 'resolve'>;

/** All streams of one loop whose sockets the loop itself waits for. */
export class FdStreams implements TransportFactory, FdHost {
  readonly services: LoopServices;
  readonly system: System;
  readonly watch: FdWatch;
  readonly watchdog: WatchdogThread;
  readonly scratch: Uint8Array = new Uint8Array(SCRATCH_BYTES);
  readonly #secure: FarStreams;
  readonly #open = new Set<FdTransport>();
  #written: FdTransport[] = [];
  #flushing: FdTransport[] = [];
  #closed = false;
  #warned = false;

  /** @param watchdog - in place of that of this thread */
  constructor(
    services: LoopServices,
    system: System,
    watch: FdWatch,
    secure: FarStreams,
    watchdog: WatchdogThread = WatchdogThread.get(),
  ) {
    this.services = services;
    this.system = system;
    this.watch = watch;
    this.#secure = secure;
    this.watchdog = watchdog;
  }

  create(handlers: TransportHandlers): Transport {
    if (this.#closed) throw new LoopClosedError('transports');
    return new SecurableStream(this, this.#secure, handlers);
  }

  resolve(host: string, port: number, family: 0 | 4 | 6, done: Done): { cancel(): boolean } {
    checkLookup(host, port, family, done);
    if (this.#closed) throw new LoopClosedError('transports');
    if (!isNear(host)) return this.#secure.resolve(host, port, family, done);
    let waiting = true;
    this.services.post(() => {
      if (!waiting) return;
      waiting = false;
      this.#find(host, port, family, done);
    });
    return {
      cancel: (): boolean => {
        const was = waiting;
        waiting = false;
        return was;
      },
    };
  }

  lookup({ host, port, family = 0 }: TcpAddress, done: Done): { cancel(): unknown } | null {
    if (!isNear(host)) return this.#secure.resolve(host, port, family, done);
    this.#find(host, port, family, done);
    return null;
  }

  opened(transport: FdTransport): void {
    this.#open.add(transport);
    const { missing } = this.watchdog;
    if (missing !== null && !this.#warned) this.services.warn(`No watchdog keeps streams prompt: ${missing}`);
    this.#warned = missing !== null;
  }

  wrote(transport: FdTransport): void {
    this.#written.push(transport);
  }

  finished(transport: FdTransport): void {
    this.#open.delete(transport);
  }

  // from here on: for the poller

  /** Before a wait: what the turn has written is sent. */
  flush(): void {
    if (this.#written.length === 0) return;
    const written = this.#written;
    this.#written = this.#flushing;
    this.#flushing = written;
    for (const transport of written) transport.flush();
    written.length = 0;
    // a handler that was told of the hand-over has written more: the next turn is to come at once
    if (this.#written.length > 0) this.services.post(() => {});
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Gives what was written until `deadline` (of `monotonic()`) to leave. */
  drain(deadline: number): void {
    for (;;) {
      const waiting: number[] = [];
      for (const transport of this.#open) {
        const fd = transport.push();
        if (fd >= 0) waiting.push(fd);
      }
      const left = deadline - monotonic();
      if (waiting.length === 0 || left <= 0) return;
      this.#awaitRoom(waiting, Math.ceil(left));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.drain(monotonic() + DRAIN_LIMIT);
    for (const transport of this.#open) transport.drop();
    this.#open.clear();
    this.#written.length = 0;
  }

  /** This machine's own names wait for no network. */
  #find(host: string, port: number, family: 0 | 4 | 6, done: Done): void {
    const literal = isIP(host);
    if (literal === 4 || literal === 6) {
      done(null, [{ address: host, port, family: literal }]);
      return;
    }
    const { error, list } = this.system.getaddrinfo(host, family, false);
    if (error !== 0 || list.length === 0) done(systemError('ENOTFOUND', 'getaddrinfo', host), []);
    else
      done(
        null,
        list.map((found) => ({ ...found, port })),
      );
  }

  #awaitRoom(fds: readonly number[], limit: number): void {
    const { POLLOUT } = this.system.constants;
    // of `pollfd`: the descriptor, then two 16-bit words, the first of which is asked for
    const words = new Int32Array(fds.length * 2);
    for (const [i, fd] of fds.entries()) {
      words[2 * i] = fd;
      words[2 * i + 1] = POLLOUT;
    }
    this.system.poll(new Uint8Array(words.buffer), fds.length, limit);
  }
}

function isNear(host: string): boolean {
  return isIP(host) !== 0 || host.toLowerCase() === 'localhost';
}
