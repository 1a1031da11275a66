import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { parentPort } from 'node:worker_threads';
import { PEERS, type PeerRoom, type PeerSocket } from './peers.ts';
import type { ListenRequest } from './stream-server.ts';

/** The thread that real peers live in, so that the test's own thread may block. */
const room: PeerRoom = { notes: [], stalled: new Set() };
const servers: Server[] = [];

function serve(socket: Socket, { peer, tls, startTls }: ListenRequest): void {
  socket.on('error', () => {});
  if (tls === undefined) behave(socket, peer);
  else if (startTls !== true) secure(socket, tls, peer);
  else {
    socket.once('data', () => {
      socket.pause();
      socket.write('go ahead', () => secure(socket, tls, peer));
    });
  }
}

function secure(socket: Socket, tls: NonNullable<ListenRequest['tls']>, peer: ListenRequest['peer']): void {
  const secured = new TLSSocket(socket, { isServer: true, ...tls });
  secured.on('error', () => socket.destroy());
  behave(secured, peer);
}

function behave(socket: Socket, name: ListenRequest['peer']): void {
  socket.allowHalfOpen = true;
  const peer: PeerSocket = {
    write: (bytes) => socket.write(bytes),
    end: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    onData() {},
    onDrain() {},
    onEnd() {},
  };
  PEERS[name](peer, room);
  const paused = socket.isPaused();
  socket.on('data', (bytes) => peer.onData(bytes));
  if (paused) socket.pause();
  socket.on('drain', () => peer.onDrain());
  socket.on('end', () => peer.onEnd());
}

function listen(request: ListenRequest): void {
  const { where, answer, backlog } = request;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => serve(socket, request));
  servers.push(server);
  server.on('error', (error) => reply(answer, { error: String(error) }));
  if ('path' in where) rmSync(where.path, { force: true });
  server.listen({ ...where, ...(backlog === undefined ? {} : { backlog }) }, () => {
    const address = server.address();
    reply(answer, { port: typeof address === 'object' ? address?.port : 0 });
    // the kernel goes on to take connections until its queue is full; nobody accepts them
    if (backlog !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

function reply({ port, flag }: ListenRequest['answer'], message: unknown): void {
  port.postMessage(message);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

parentPort?.on('message', listen);
