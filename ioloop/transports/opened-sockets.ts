import type { SocketEvents } from '../io-socket.ts';
import type { ConnectOptions, TcpAddress, TlsOptions, UnixAddress } from '../transport.ts';
import { checkConnect } from './checks.ts';
import { NodeSocket } from './node.ts';
import type { Found, HostedSocket, SocketSource } from './socket.ts';
import { type OpeningClock, type OpenStream, StreamOpening } from './stream-opening.ts';

/** Sockets over streams that the program makes. */
export class OpenedSockets implements SocketSource {
  readonly #host: OpeningClock & { soon(fn: () => void): void };
  readonly #open: OpenStream;
  readonly #lookups = new Set<Found>();

  constructor(host: OpeningClock & { soon(fn: () => void): void }, open: OpenStream) {
    this.#host = host;
    this.#open = open;
  }

  open(...[to, options, scratch, events]: Parameters<SocketSource['open']>): HostedSocket {
    checkConnect(to, options);
    return new OpenedSocket(this.#open, to, options, this.#host, scratch, events);
  }

  /** Whoever opens the streams knows the way, names included. */
  resolve(host: string, port: number, _family: 0 | 4 | 6, done: Found): void {
    this.#lookups.add(done);
    this.#host.soon(() => {
      if (this.#lookups.delete(done)) done(null, [{ address: host, port, family: 4 }]);
    });
  }

  cancel(done: Found): void {
    this.#lookups.delete(done);
  }
}

/** One of them; nothing is asked of it but its end until it is connected. */
class OpenedSocket implements HostedSocket {
  readonly #host: { soon(fn: () => void): void };
  readonly #events: SocketEvents;
  readonly #opening: StreamOpening;
  #socket: NodeSocket | null = null;
  #referenced = true;
  #ended = false;

  constructor(
    open: OpenStream,
    to: TcpAddress | UnixAddress,
    options: ConnectOptions,
    host: OpeningClock & { soon(fn: () => void): void },
    scratch: Uint8Array,
    events: SocketEvents,
  ) {
    this.#host = host;
    this.#events = events;
    const place = 'path' in to ? { path: to.path } : { host: to.host, port: to.port };
    const given = 'path' in to ? { host: 'localhost', path: to.path } : { host: to.host };
    this.#opening = new StreamOpening(open, place, options.timeout ?? 0, host, {
      opened: (stream) => {
        this.#socket = new NodeSocket({ stream, ...given }, options, scratch, events);
        if (!this.#referenced) this.#socket.unref();
      },
      failed: (error) => this.#closed(error),
    });
  }

  get idle(): boolean {
    return this.#socket?.idle ?? true;
  }

  write(first: Uint8Array, second: Uint8Array | null, done: (error?: Error | null) => void): void {
    this.#socket?.write(first, second, done);
  }

  resume(): void {
    this.#socket?.resume();
  }

  startTls(options: TlsOptions, done: () => void): void {
    this.#socket?.startTls(options, done);
  }

  end(): void {
    this.#socket?.end();
  }

  destroy(): void {
    this.#opening.cancel();
    if (this.#socket === null) this.#closed(null);
    else this.#socket.destroy();
  }

  ref(): void {
    this.#referenced = true;
    this.#socket?.ref();
  }

  unref(): void {
    this.#referenced = false;
    this.#socket?.unref();
  }

  #closed(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.soon(() => this.#events.closed(error));
  }
}
