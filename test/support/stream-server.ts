import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocketOptions } from 'node:tls';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { TcpAddress, UnixAddress } from '../../ioloop/index.ts';
import type { PeerName } from './peers.ts';

export interface ListenRequest {
  readonly peer: PeerName;
  readonly where: TcpAddress | UnixAddress;
  readonly tls?: Pick<TLSSocketOptions, 'key' | 'cert' | 'ca' | 'requestCert' | 'rejectUnauthorized'>;
  /** TLS begins after the first bytes, which are answered in plain. */
  readonly startTls?: boolean;
  /** Takes no connection; the kernel holds about as many as this. */
  readonly backlog?: number;
  readonly answer: { readonly port: MessagePort; readonly flag: Int32Array };
}

export type ServerOptions = Partial<Pick<ListenRequest, 'where' | 'tls' | 'startTls' | 'backlog'>>;

/** A thread of peers on real sockets. Its methods block, as the tests of a blocking loop do. */
export class StreamServer {
  readonly #worker = new Worker(new URL('./stream-server-worker.js', import.meta.url), { execArgv: [] });

  constructor() {
    this.#worker.unref();
  }

  /** @returns where it listens: a free port of 127.0.0.1 unless `where` says otherwise */
  listen(
    peer: PeerName,
    { where = { host: '127.0.0.1', port: 0 }, ...rest }: ServerOptions = {},
  ): TcpAddress | UnixAddress {
    const { port1, port2 } = new MessageChannel();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const request: ListenRequest = { peer, where, ...rest, answer: { port: port2, flag } };
    this.#worker.postMessage(request, [port2]);
    if (Atomics.wait(flag, 0, 0, START_LIMIT) === 'timed-out')
      throw new Error('the thread of the peers does not answer');
    const answer: { port?: number; error?: string } = receiveMessageOnPort(port1)?.message ?? {};
    const { port, error } = answer;
    port1.close();
    if (error !== undefined) throw new Error(error);
    return 'path' in where ? where : { ...where, port: port ?? 0 };
  }

  terminate(): Promise<unknown> {
    return this.#worker.terminate();
  }
}

/** A path that no other test run uses. */
export function socketPath(): string {
  return join(tmpdir(), `pikaloop-${process.pid}-${paths++}.sock`);
}

let paths = 0;
const START_LIMIT = 15_000;
