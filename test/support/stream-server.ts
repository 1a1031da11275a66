import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocketOptions } from 'node:tls';
import type { TcpAddress, UnixAddress } from '../../ioloop/index.ts';
import { CalledThread } from './called-thread.ts';
import type { PeerName } from './peers.ts';

export interface ListenRequest {
  readonly peer: PeerName;
  readonly where: TcpAddress | UnixAddress;
  readonly tls?: Pick<TLSSocketOptions, 'key' | 'cert' | 'ca' | 'requestCert' | 'rejectUnauthorized'>;
  /** TLS begins after the first bytes, which are answered in plain. */
  readonly startTls?: boolean;
  /** Takes no connection; the kernel holds about as many as this. */
  readonly backlog?: number;
}

export type ServerOptions = Partial<Omit<ListenRequest, 'peer'>>;

/** A thread of peers on real sockets. Its methods block, as the tests of a blocking loop do. */
export class StreamServer {
  readonly #thread = new CalledThread(new URL('./stream-server-worker.js', import.meta.url));

  /** @returns where it listens: a free port of 127.0.0.1 unless `where` says otherwise */
  listen(
    peer: PeerName,
    { where = { host: '127.0.0.1', port: 0 }, ...rest }: ServerOptions = {},
  ): TcpAddress | UnixAddress {
    const request: ListenRequest = { peer, where, ...rest };
    const port = this.#thread.ask(request) as number; // the program's answer
    return 'path' in where ? where : { ...where, port };
  }

  terminate(): Promise<unknown> {
    return this.#thread.terminate();
  }
}

/** A path that no other test run uses. */
export function socketPath(): string {
  return join(tmpdir(), `pikaloop-${process.pid}-${paths++}.sock`);
}

let paths = 0;
