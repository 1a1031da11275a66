import type { PlainError, StreamInfo } from './io-messages.ts';
import type { TlsOptions } from './transport.ts';

/** What happens on a socket of the host; `closed` exactly once, and nothing after it. */
export interface SocketEvents {
  /** TCP stands, TLS begins. */
  securing(): void;
  connected(info: StreamInfo): void;
  /** @param bytes - valid during the call only. @returns false to stop reading until `resume()` */
  data(bytes: Uint8Array): boolean;
  /** A socket that cannot stop reading holds so many bytes until `resume()`. */
  held?(bytes: number): void;
  end(): void;
  /** @param cause - the error itself, for who is on the same thread */
  closed(error: PlainError | null, cause?: Error | null): void;
}

/** A socket of the host, as the I/O thread's side of a stream uses it. */
export interface IoSocket {
  /** @param done - called later, once all bytes of both pieces were taken by the system */
  write(first: Uint8Array, second: Uint8Array | null, done: (error?: Error | null) => void): void;
  /** Whether the system has taken all that was written. */
  readonly idle: boolean;
  resume(): void;
  /** TLS from here on; `done` after the handshake. All that was written must have been taken. */
  startTls(options: TlsOptions, done: () => void): void;
  end(): void;
  /** No flush. */
  destroy(): void;
}
