import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { MemoryBroker } from './broker.ts';

/** Where {@link listen} listens. */
export interface ListenOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: one that is free. */
  readonly port?: number;
}

/** A broker that can be reached over TCP. */
export interface BrokerServer {
  readonly port: number;
  /** For guest, in the virtual host '/'. */
  readonly url: string;
  /** Ends all its connections as a broker does that stops (320), and frees the port. */
  close(): Promise<void>;
}

/** Puts a broker on a TCP port of this thread's own event loop. */
export async function listen(broker: MemoryBroker, options: ListenOptions = {}): Promise<BrokerServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(broker, socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo; // TCP, so it is one
  return {
    port: address.port,
    url: `amqp://guest:guest@${host.includes(':') ? `[${host}]` : host}:${address.port}/%2F`,
    async close(): Promise<void> {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const session of broker.sessions) session.close('broker forced connection closure with reason shutdown');
      // reading goes on: a socket that is dropped with bytes unread resets, and takes the last words with it
      for (const socket of sockets) socket.end();
      const limit = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, LINGER);
      await closed;
      clearTimeout(limit);
    },
  };
}

/** Milliseconds that a client has to end its side too. */
const LINGER = 1000;

function serve(broker: MemoryBroker, socket: Socket): void {
  let timer: NodeJS.Timeout | undefined;
  const session = broker.connect(
    {
      write(bytes) {
        if (!socket.write(bytes)) session.congested = true;
      },
      end: () => socket.end(),
    },
    performance.now(),
  );
  const arm = (): void => {
    const wait = session.nextTimeout() - performance.now();
    timer = Number.isFinite(wait) ? setTimeout(check, Math.ceil(Math.max(0, wait))) : undefined;
  };
  const check = (): void => {
    session.handleTimeout(performance.now());
    arm(); // traffic has moved the deadline meanwhile, which is cheaper to notice here than to act on each time
  };
  socket.on('data', (bytes) => {
    session.receive(bytes, performance.now());
    if (timer === undefined) arm();
  });
  socket.on('drain', () => {
    session.congested = false;
  });
  socket.on('error', () => undefined); // 'close' follows, and to a broker a broken stream is as good as an ended one
  socket.on('close', () => {
    session.lost(performance.now());
    clearTimeout(timer);
  });
}
