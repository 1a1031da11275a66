import type {
  ConnectOptions,
  SocketAddress,
  TcpAddress,
  TlsInfo,
  TlsOptions,
  UnixAddress,
  WebSocketAddress,
} from './transport.ts';

/** Whose I/O thread it is to be. */
export interface IoOwner {
  readonly bell: SharedArrayBuffer;
  readonly generation: number;
  /** `monotonic()` that the times in shared memory count from. */
  readonly origin: number;
}

export type Resolved = (error: Error | null, list: readonly SocketAddress[]) => void;

/** An error on its way to another thread: a structured clone loses the code. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly syscall?: string;
  /** Of a WebSocket. */
  readonly closeCode?: number;
}

export interface StreamInfo {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly tls?: TlsInfo;
}

/** A connected socket, and the name that it was connected to. */
export interface OpenSocket {
  readonly fd: number;
  readonly host: string;
}

/** What an I/O thread may be able to connect to. */
export type IoTarget = TcpAddress | UnixAddress | WebSocketAddress;

/** From the loop to its I/O thread. */
export type IoCommand =
  | null // only looks at what was rung for
  | { op: 'page'; page: SharedArrayBuffer }
  | { op: 'connect'; slot: number; memory: SharedArrayBuffer; to: IoTarget; options: ConnectOptions }
  | { op: 'adopt'; slot: number; memory: SharedArrayBuffer; socket: OpenSocket }
  | { op: 'startTls'; slot: number; options: TlsOptions }
  | { op: 'shutdown' | 'abort'; slot: number }
  | { op: 'resolve'; id: number; host: string; port: number; family: 0 | 4 | 6 }
  | { op: 'cancel'; id: number }
  | { op: 'drain' | 'end' };

/** From the I/O thread to its loop. */
export type IoEvent =
  | { op: 'securing'; slot: number }
  | { op: 'connected'; slot: number; info: StreamInfo }
  | { op: 'closed'; slot: number; error: PlainError | null }
  | { op: 'resolved'; id: number; error: PlainError | null; list: readonly SocketAddress[] };

/** What survives a message to another thread. */
export function plainError(error: Error & { code?: unknown; syscall?: unknown; closeCode?: unknown }): PlainError {
  const { name, message, code, syscall, closeCode } = error;
  return {
    name,
    // several addresses were tried: the text of a sum of errors is empty
    message: message === '' && error instanceof AggregateError ? error.errors.map(String).join('; ') : message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof syscall === 'string' ? { syscall } : {}),
    ...(typeof closeCode === 'number' ? { closeCode } : {}),
  };
}
