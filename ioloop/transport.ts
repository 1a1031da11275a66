import type { Pollable } from './pollable.ts';

/** Where a TCP connection goes; family 0 or absent = whichever the host has. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
  readonly family?: 0 | 4 | 6;
}
/** A Unix socket, by the path of its file. */
export interface UnixAddress {
  readonly path: string;
}
/** A WebSocket, by its `ws:` or `wss:` URL. */
export interface WebSocketAddress {
  readonly url: string;
}
/** One end of an open stream; a Unix socket has its path as address and port 0. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** Plain data, so that it can cross to another thread. Texts and bytes are PEM (`pfx`: PKCS#12). */
export interface TlsOptions {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly pfx?: Uint8Array;
  readonly passphrase?: string;
  /** The name that is sent (SNI) and that the certificate must carry; by default the host that was connected to. */
  readonly serverHostname?: string;
  readonly ciphers?: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Default true: an unverified peer is an error. */
  readonly rejectUnauthorized?: boolean;
}
/** What the TLS handshake has agreed on. */
export interface TlsInfo {
  readonly protocol: string;
  readonly cipher: string;
  readonly authorized: boolean;
}

/** How a stream is opened. Times are milliseconds. */
export interface ConnectOptions {
  readonly tls?: TlsOptions;
  /** Default true. */
  readonly noDelay?: boolean;
  /** TCP keep-alive after this many milliseconds of silence; 0 or absent = off. */
  readonly keepAlive?: number;
  /** Milliseconds for the connect alone (TLS not counted). */
  readonly timeout?: number;
  readonly localAddress?: string;
}

/** Called in this order: onSecuring?, onConnect?, onData*, onEof?, onClose (exactly once). Never from inside a method of the transport. */
export interface TransportHandlers {
  /** Only where `connect()` was given `tls`: the TCP connection stands and the TLS handshake begins. */
  onSecuring?(): void;
  onConnect(info: { local: SocketAddress; remote: SocketAddress; tls?: TlsInfo }): void;
  /** @param bytes - valid during the call only */
  onData(bytes: Uint8Array): void;
  /** The buffer is empty again after a `write()` that returned false. */
  onDrain(): void;
  /** @returns true to stay half open */
  onEof(): boolean;
  /** @param silence - milliseconds since the last byte came */
  onIdle(silence: number): void;
  /** @param error - null after `abort()` or an orderly end; a system's error has its `code` */
  onClose(error: Error | null): void;
  /** What was announced is due: it is to be written before this returns. */
  onCollect?(): void;
  /** Once per turn in which something was written, right after it was handed over. */
  onHandOver?(): void;
}

/** Bytes: `write()` returns false while more than this is buffered; */
export const HIGH_WATER: number = 1 << 20;
/** and throws rather than buffer more than this. */
export const HARD_LIMIT: number = 16 << 20;
/** Smaller writes are copied, these and larger ones are kept by reference until they are written. */
export const REFERENCE_SIZE: number = 1 << 16;
/** What one stream may hand to its owner in one turn, so that a fast peer starves nobody. */
export const READ_BUDGET: number = 1 << 20;

/** The life of a stream; it never goes back. */
export type TransportState = 'new' | 'connecting' | 'open' | 'closing' | 'closed';

/** A byte stream in both directions. */
export interface Transport extends Pollable {
  readonly state: TransportState;
  connect(to: TcpAddress | UnixAddress | WebSocketAddress, options?: ConnectOptions): void;
  /**
   * Accepts all or nothing, and hands over at the end of a turn at the latest. Bytes under 64 KiB may be reused when it returns; larger
   * ones are kept by reference until they are written.
   * @param unitEnd - the bytes end a unit that others may be put between (default true)
   * @returns false = accepted, but above the high-water mark of 1 MiB: wait for `onDrain`
   * @throws {RangeError} above the hard limit; nothing was taken
   */
  write(bytes: Uint8Array, unitEnd?: boolean): boolean;
  writev(parts: readonly Uint8Array[], unitEnd?: boolean): boolean;
  /** Where it is there: the owner gathers by itself what it has to write, and `onCollect` is called for it before the hand-over. */
  announce?(): void;
  /** Bytes that the socket has not taken yet, rings included. */
  readonly writeBufferSize: number;
  /** Stops reading; what the peer sends waits in the kernel and in a bounded buffer. */
  pause(): void;
  resume(): void;
  /** What is written after this is sent by TLS. @throws {IOLoopError} STREAM_STATE unless open, or while bytes wait above high water */
  startTls(options: TlsOptions): void;
  /** Sends what is buffered, then ends this side. */
  shutdown(): void;
  /** No flush; leads to `onClose(null)` in a turn of its own. */
  abort(): void;
  /**
   * Sends `bytes` (at most 16, a unit of their own) whenever nothing was written for `idleWrite` ms, and calls `onIdle`
   * when nothing was received for `idleRead` ms. 0 switches off. Goes on while this thread computes.
   */
  keepAlive(bytes: Uint8Array, idleWrite: number, idleRead: number): void;
  /** On the scale of the loop's `time()`, as seen by the side that owns the socket. */
  readonly lastRead: number;
  readonly lastWrite: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Makes byte streams, and finds the addresses that they connect to. */
export interface TransportFactory {
  create(handlers: TransportHandlers): Transport;
  /** `done` is never called from inside, nor after `cancel()`. */
  resolve(
    host: string,
    port: number,
    family: 0 | 4 | 6,
    done: (error: Error | null, list: readonly SocketAddress[]) => void,
  ): { cancel(): boolean };
}
