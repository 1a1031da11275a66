import type {
  ConnectOptions,
  TcpAddress,
  TlsOptions,
  Transport,
  TransportHandlers,
  TransportState,
  UnixAddress,
  WebSocketAddress,
} from '../transport.ts';
import { checkConnect, wrongStreamState } from './checks.ts';
import { type FdHost, FdTransport } from './fd.ts';
import type { GivenSocket } from './ring.ts';

/** Where TLS is spoken. */
export interface SecureStreams {
  create(handlers: TransportHandlers): Transport;
  /** The stream goes on there: what was not sent leaves in plain, and what is written from here on by TLS. */
  adopt(handlers: TransportHandlers, socket: GivenSocket, tls: TlsOptions): Transport;
}

/** A stream on a socket of the loop's, until TLS is asked for: from then on it is in the I/O thread. */
export class SecurableStream implements Transport {
  readonly #secure: SecureStreams;
  readonly #handlers: TransportHandlers;
  #plain: FdTransport | null;
  #stream: Omit<Transport, 'startTls'>;
  #host = 'localhost';
  #paused = false;
  #keepAlive: Parameters<Transport['keepAlive']> | null = null;
  /** Of the time before TLS. */
  #readBefore = 0;
  #writtenBefore = 0;

  constructor(host: FdHost, secure: SecureStreams, handlers: TransportHandlers) {
    this.#secure = secure;
    this.#handlers = handlers;
    this.#stream = this.#plain = new FdTransport(host, handlers);
  }

  get state(): TransportState {
    return this.#stream.state;
  }

  connect(to: TcpAddress | UnixAddress | WebSocketAddress, options: ConnectOptions = {}): void {
    const plain = this.#plain;
    if (plain === null || options.tls === undefined || this.state !== 'new') {
      this.#stream.connect(to, options);
    } else {
      checkConnect(to, options);
      const stream = this.#secure.create(this.#handlers);
      try {
        stream.connect(to, options);
      } catch (error) {
        stream.abort();
        throw error;
      }
      this.#moveTo(stream, plain);
    }
    if ('host' in to) this.#host = to.host;
  }

  write(bytes: Uint8Array, unitEnd = true): boolean {
    return this.#stream.write(bytes, unitEnd);
  }

  writev(parts: readonly Uint8Array[], unitEnd = true): boolean {
    return this.#stream.writev(parts, unitEnd);
  }

  get writeBufferSize(): number {
    return this.#stream.writeBufferSize;
  }

  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream.resume();
  }

  startTls(options: TlsOptions): void {
    const plain = this.#plain;
    if (plain === null) {
      // it is one of the secure streams by now
      (this.#stream as Transport).startTls(options);
      return;
    }
    if (this.state !== 'open') throw wrongStreamState('startTls', this.state);
    const given = plain.giveAway(this.#host);
    this.#readBefore = plain.bytesRead;
    this.#writtenBefore = plain.bytesWritten;
    this.#moveTo(this.#secure.adopt(this.#handlers, given, options), null);
  }

  shutdown(): void {
    this.#stream.shutdown();
  }

  abort(): void {
    this.#stream.abort();
  }

  close(): void {
    this.abort();
  }

  keepAlive(...settings: Parameters<Transport['keepAlive']>): void {
    this.#stream.keepAlive(...settings);
    this.#keepAlive = settings;
  }

  get lastRead(): number {
    return this.#stream.lastRead;
  }

  get lastWrite(): number {
    return this.#stream.lastWrite;
  }

  get bytesRead(): number {
    return this.#readBefore + this.#stream.bytesRead;
  }

  get bytesWritten(): number {
    return this.#writtenBefore + this.#stream.bytesWritten;
  }

  /** @param from - to be forgotten without a word */
  #moveTo(stream: Transport, from: FdTransport | null): void {
    from?.drop();
    this.#plain = null;
    this.#stream = stream;
    if (this.#paused) stream.pause();
    if (this.#keepAlive !== null) stream.keepAlive(...this.#keepAlive);
  }
}
