import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { answerCalls } from './called-thread.ts';
import { PEERS, type PeerRoom, type PeerSocket } from './peers.ts';
import type { ListenRequest } from './stream-server.ts';

/** The thread that real peers live in, so that the test's own thread may block. */
const room: PeerRoom = { notes: [], stalled: new Set(), released: 0 };
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

/** @returns the port, 0 for a path */
function listen(request: ListenRequest): Promise<number> {
  const { where, backlog } = request;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => serve(socket, request));
  servers.push(server);
  if ('path' in where) rmSync(where.path, { force: true });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen({ ...where, ...(backlog === undefined ? {} : { backlog }) }, () => {
      const address = server.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
}

answerCalls(
  (request) => listen(request as ListenRequest),
  (request) => {
    // the kernel goes on to take connections until its queue is full; nobody accepts them
    if ((request as ListenRequest).backlog !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
);
