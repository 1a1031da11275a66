import type { IoSocket, SocketEvents } from '../io-socket.ts';
import type { ConnectOptions, SocketAddress, TcpAddress, UnixAddress, WebSocketAddress } from '../transport.ts';

/** A socket of the host on the thread of the loop. */
export interface HostedSocket extends IoSocket {
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

export type Found = (error: Error | null, list: readonly SocketAddress[]) => void;

/** Where the streams of a host have their sockets from. */
export interface SocketSource {
  /**
   * Tells nothing from inside.
   * @param scratch - what is read may land here first; all sockets of a host share it
   * @throws {TypeError | RangeError | UnsupportedError} what cannot be connected to here
   */
  open(
    to: TcpAddress | UnixAddress | WebSocketAddress,
    options: ConnectOptions,
    scratch: Uint8Array,
    events: SocketEvents,
  ): HostedSocket;
  /** `done` is called later, once. */
  resolve(host: string, port: number, family: 0 | 4 | 6, done: Found): void;
  cancel(done: Found): void;
}
