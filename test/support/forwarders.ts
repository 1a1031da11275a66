import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { socketPath } from './stream-server.ts';

/** A proxy that opens tunnels for HTTP's CONNECT. */
export interface HttpProxy {
  readonly port: number;
  /** What it was asked for, `host:port` each. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** @param names - where it goes for the names that only it knows; others are refused */
export async function httpProxy(names: Readonly<Record<string, number>>): Promise<HttpProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket | Duplex>();
  const server = createHttpServer();
  server.on('connect', (ask, near: Duplex) => {
    asked.push(ask.url ?? '');
    const port = names[ask.url ?? ''];
    if (port === undefined) {
      near.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const far = connect(port, '127.0.0.1', () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    join(near, far, sockets);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, asked, close: () => end(server, sockets) };
}

/** The stream of a tunnel through such a proxy, as a program would ask for it. */
export function tunnel(proxyPort: number, to: { host: string; port: number }, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const path = `${to.host}:${to.port}`;
    const ask = request({ host: '127.0.0.1', port: proxyPort, method: 'CONNECT', path, agent: false, signal });
    ask.on('connect', (answer, stream: Duplex) => {
      if (answer.statusCode === 200) resolve(stream);
      else reject(new Error(`the proxy says ${answer.statusCode}`));
    });
    ask.on('error', reject);
    ask.end();
  });
}

/** A Unix socket whose connections go on to a port. */
export async function unixForwarder(port: number): Promise<{ path: string; close(): Promise<void> }> {
  const path = socketPath();
  const sockets = new Set<Socket | Duplex>();
  const server = createServer((near) => join(near, connect(port, '127.0.0.1'), sockets)).listen(path);
  await once(server, 'listening');
  return {
    path,
    close: async () => {
      await end(server, sockets);
      rmSync(path, { force: true });
    },
  };
}

function join(near: Duplex, far: Socket, sockets: Set<Socket | Duplex>): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    sockets.add(from);
    // the end of either is the end of both
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
    from.pipe(to);
  }
}

async function end(server: Server, sockets: Set<Socket | Duplex>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
}
