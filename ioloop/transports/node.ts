import { isIP, connect as netConnect, Socket, type TcpNetConnectOpts } from 'node:net';
import { type Duplex, finished } from 'node:stream';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { wrongType } from '../errors.ts';
import { type OpenSocket, plainError, type StreamInfo } from '../io-messages.ts';
import type { IoSocket, SocketEvents } from '../io-socket.ts';
import { LONGEST } from '../poller.ts';
import type { ConnectOptions, SocketAddress, TcpAddress, TlsOptions, UnixAddress } from '../transport.ts';

/** An open stream that somebody else has made, and the name of the host at its other end. */
export interface GivenStream {
  readonly stream: Duplex;
  readonly host: string;
  /** Where that is a Unix socket. */
  readonly path?: string | undefined;
}

/** A TCP or Unix socket of the host or a given stream, with or without TLS on top; half open until both sides have ended. */
export class NodeSocket implements IoSocket {
  readonly #events: SocketEvents;
  /** The name that TLS checks unless it is told another. */
  readonly #host: string;
  /** Of a Unix socket, which its addresses do not tell. */
  readonly #path: string | undefined;
  /** Whether the stream is somebody else's make. */
  readonly #given: boolean;
  #raw: Duplex;
  #socket: Duplex;
  #error: Error | null = null;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param to - a socket that is connected already is told as nothing but open; TLS is to start before anything is read.
   *   A given stream is told as if it had connected
   * @param scratch - what is read lands here first; may be shared by all sockets of a thread
   */
  constructor(
    to: TcpAddress | UnixAddress | OpenSocket | GivenStream,
    options: ConnectOptions,
    scratch: Uint8Array,
    events: SocketEvents,
  ) {
    this.#events = events;
    this.#host = 'host' in to ? to.host : 'localhost';
    this.#path = 'path' in to ? to.path : undefined;
    this.#given = 'stream' in to;
    if ('stream' in to) {
      this.#raw = this.#socket = to.stream;
      this.#take(to.stream, options);
      return;
    }
    if ('fd' in to) {
      this.#raw = this.#socket = openSocket(to.fd);
      this.#listen(this.#raw);
      return;
    }
    const { tls, timeout } = options;
    const onread =
      tls === undefined
        ? { buffer: scratch, callback: (length: number): boolean => this.#read(scratch, length) }
        : null;
    this.#raw = this.#socket = netConnect({
      ...target(to, options),
      allowHalfOpen: true,
      ...(onread === null ? {} : { onread }),
    });
    this.#listen(this.#raw);
    this.#raw.once('connect', () => {
      clearTimeout(this.#timer);
      if (tls === undefined) this.#connected();
      else this.#secure(tls, () => this.#connected());
    });
    if (timeout !== undefined && timeout > 0) this.#limit(Math.min(timeout, LONGEST));
    if (onread !== null) this.#raw.on('end', this.#ended);
  }

  #take(stream: Duplex, { tls, noDelay = true, keepAlive = 0 }: ConnectOptions): void {
    this.#listen(stream);
    // not every stream destroys itself at its end, nor tells that it was closed
    finished(stream, () => {
      stream.destroy();
      this.#over(stream);
    });
    stream.allowHalfOpen = true;
    const socket: Partial<Socket> = stream as Partial<Socket>; // it may be one: its methods are looked for
    socket.setNoDelay?.(noDelay);
    if (keepAlive > 0) socket.setKeepAlive?.(true, keepAlive);
    // a task of its own: handlers do not run under a promise's reaction
    setImmediate(() => {
      if (this.#closed) return;
      if (tls !== undefined) {
        this.#secure(tls, () => this.#connected());
        return;
      }
      this.#connected();
      // it may have been told to speak TLS meanwhile
      if (this.#socket === stream) this.#hear(stream);
    });
  }

  write(first: Uint8Array, second: Uint8Array | null, done: (error?: Error | null) => void): void {
    if (second === null) {
      this.#socket.write(first, done);
      return;
    }
    this.#socket.cork();
    this.#socket.write(first);
    this.#socket.write(second, done);
    this.#socket.uncork();
  }

  get idle(): boolean {
    return this.#socket.writableLength === 0;
  }

  resume(): void {
    this.#socket.resume();
  }

  startTls(options: TlsOptions, done: () => void): void {
    this.#raw.off('data', this.#heard).off('end', this.#ended);
    this.#secure(options, done);
  }

  end(): void {
    this.#socket.end();
  }

  /** Whether this socket keeps the process alive. */
  ref(): void {
    (this.#raw as Partial<Socket>).ref?.();
  }

  unref(): void {
    (this.#raw as Partial<Socket>).unref?.();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#raw.destroy();
    // one of ours tells that it was closed; of others nobody knows
    if (this.#given) setImmediate(() => this.#over(this.#socket));
  }

  #connected(): void {
    this.#events.connected(streamInfo(this.#raw as Partial<Socket>, this.#socket, this.#path));
  }

  #secure(options: TlsOptions, done: () => void): void {
    this.#events.securing();
    try {
      this.#socket = tlsConnect({
        ...tlsOptions(options, this.#host),
        socket: this.#raw,
        allowHalfOpen: true,
      } as ConnectionOptions);
    } catch (error) {
      // a key or certificate that cannot be read
      this.#fail(error as Error);
      this.destroy();
      return;
    }
    this.#listen(this.#socket);
    this.#socket.once('secureConnect', () => {
      done();
      this.#hear(this.#socket);
    });
  }

  /** After its connect was told: a stream that is no socket may have something at once. */
  #hear(socket: Duplex): void {
    socket.on('data', this.#heard).on('end', this.#ended);
  }

  readonly #heard = (bytes: Uint8Array): void => {
    if (this.#closed) return;
    if (bytes instanceof Uint8Array) {
      if (!this.#events.data(bytes)) this.#socket.pause();
    } else {
      this.#fail(wrongType('stream', `must give bytes, not ${typeof bytes}`));
      this.destroy();
    }
  };

  #listen(socket: Duplex): void {
    socket.on('error', (error: Error) => this.#fail(error));
    socket.on('close', () => this.#over(socket));
  }

  #over(socket: Duplex): void {
    // of the two sockets of a TLS stream, the upper one closes last
    if (socket !== this.#socket || this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#events.closed(this.#error === null ? null : plainError(this.#error), this.#error);
  }

  #limit(timeout: number): void {
    this.#timer = setTimeout(() => {
      const where = `${this.#host} within ${timeout} ms`;
      this.#raw.destroy(
        Object.assign(new Error(`connect ETIMEDOUT ${where}`), { code: 'ETIMEDOUT', syscall: 'connect' }),
      );
    }, timeout);
  }

  #read(scratch: Uint8Array, length: number): boolean {
    return this.#closed || this.#events.data(scratch.subarray(0, length));
  }

  readonly #ended = (): void => {
    if (!this.#closed) this.#events.end();
  };

  /** The first error tells the cause, later ones its consequences. */
  #fail(error: Error): void {
    this.#error ??= error;
  }
}

/** Bun takes a descriptor to connect to only, Node and Deno to begin with only. */
function openSocket(fd: number): Socket {
  const options = { fd, allowHalfOpen: true };
  // the types are Node's
  if ('Bun' in globalThis) return netConnect(options as object as TcpNetConnectOpts);
  return new Socket({ ...options, readable: true, writable: true });
}

function target(to: TcpAddress | UnixAddress, options: ConnectOptions): TcpNetConnectOpts | { path: string } {
  if ('path' in to) return { path: to.path };
  const { noDelay = true, keepAlive = 0, localAddress } = options;
  return {
    host: to.host,
    port: to.port,
    noDelay,
    keepAlive: keepAlive > 0,
    keepAliveInitialDelay: keepAlive,
    ...(to.family === undefined ? {} : { family: to.family }),
    ...(localAddress === undefined ? {} : { localAddress }),
  };
}

function tlsOptions(options: TlsOptions, host: string): object {
  const { serverHostname = host, ...rest } = options;
  // an address is no name to ask for, but the certificate is checked against it
  return { ...rest, host: serverHostname, ...(isIP(serverHostname) === 0 ? { servername: serverHostname } : {}) };
}

/** A stream that is no socket has no addresses. */
function streamInfo(raw: Partial<Socket>, socket: Duplex, path: string | undefined): StreamInfo {
  const local = socketAddress(path ?? raw.localAddress, raw.localPort, raw.localFamily);
  const remote = socketAddress(path ?? raw.remoteAddress, raw.remotePort, raw.remoteFamily);
  if (raw === socket) return { local, remote };
  const secured = socket as TLSSocket;
  const tls = {
    protocol: secured.getProtocol() ?? '',
    cipher: secured.getCipher().name,
    authorized: secured.authorized,
  };
  return { local, remote, tls };
}

function socketAddress(address = '', port = 0, family = 'IPv4'): SocketAddress {
  return { address, port, family: family === 'IPv6' ? 6 : 4 };
}
