import type { MessagePort } from 'node:worker_threads';
import type { ConnectOptions, SocketAddress, TcpAddress, TlsInfo, TlsOptions, UnixAddress } from './transport.ts';

/** What the I/O thread is started with. */
export interface IoWorkerData {
  readonly bell: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly generation: number;
  /** `monotonic()` that the times in shared memory count from. */
  readonly origin: number;
}

/** An error on its way to another thread: a structured clone loses the code. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly syscall?: string;
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

/** From the loop to its I/O thread. */
export type IoCommand =
  | null // only looks at what was rung for
  | { op: 'page'; page: SharedArrayBuffer }
  | { op: 'connect'; slot: number; memory: SharedArrayBuffer; to: TcpAddress | UnixAddress; options: ConnectOptions }
  | { op: 'adopt'; slot: number; memory: SharedArrayBuffer; socket: OpenSocket }
  | { op: 'startTls'; slot: number; options: TlsOptions }
  | { op: 'shutdown' | 'abort'; slot: number }
  | { op: 'resolve'; id: number; host: string; port: number; family: 0 | 4 | 6 }
  | { op: 'cancel'; id: number }
  | { op: 'drain' };

/** From the I/O thread to its loop. */
export type IoEvent =
  | { op: 'securing'; slot: number }
  | { op: 'connected'; slot: number; info: StreamInfo }
  | { op: 'closed'; slot: number; error: PlainError | null }
  | { op: 'resolved'; id: number; error: PlainError | null; list: readonly SocketAddress[] };
