import type {
  IOLoop,
  MemoryListener,
  SocketAddress,
  TcpAddress,
  Transport,
  TransportHandlers,
  UnixAddress,
} from '../../ioloop/index.ts';
import { MemoryNetwork } from '../../ioloop/transports/memory-network.ts';
import { PEERS, type PeerName, type PeerRoom, type PeerSocket } from './peers.ts';
import { runLoop } from './run-loop.ts';
import { quietHandlers } from './stream-handlers.ts';
import { StreamServer, socketPath } from './stream-server.ts';

type Address = TcpAddress | UnixAddress;

/** Peers for streams of one loop: in memory where the loop's streams are, else on sockets of another thread. */
export interface StreamLab {
  listen(peer: PeerName, where?: Address): Address;
  /** Where connecting neither works nor fails, once `used` connections were made. */
  swallow(): { address: Address; used: number };
  unixPath(): string;
}

export function streamLab(loop: IOLoop): StreamLab {
  return loop.transports instanceof MemoryNetwork ? memoryLab(loop.transports) : threadLab();
}

/** A stream that keeps a record of what its handlers hear. */
export class RecordedStream {
  readonly transport: Transport;
  readonly events: string[] = [];
  readonly chunks: Uint8Array[] = [];
  error: Error | null | undefined;
  remote: SocketAddress | undefined;

  /** @param more - run after the record was written */
  constructor(loop: IOLoop, more: Partial<TransportHandlers> = {}) {
    this.transport = loop.transports.create({
      ...quietHandlers(),
      ...more,
      onConnect: (info) => {
        this.remote = info.remote;
        this.events.push('connect');
        more.onConnect?.(info);
      },
      onData: (bytes) => {
        if (this.events.at(-1) !== 'data') this.events.push('data');
        this.chunks.push(bytes.slice());
        more.onData?.(bytes);
      },
      onDrain: () => {
        this.events.push('drain');
        more.onDrain?.();
      },
      onEof: () => {
        this.events.push('eof');
        return more.onEof?.() ?? false;
      },
      onIdle: (silence) => {
        this.events.push('idle');
        more.onIdle?.(silence);
      },
      onClose: (error) => {
        this.error = error;
        this.events.push('close');
        more.onClose?.(error);
      },
    });
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  get length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

/** What a peer of `name` tells when it is asked. */
export async function ask(loop: IOLoop, address: Address): Promise<string> {
  const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
  stream.transport.connect(address);
  await runLoop(loop);
  return stream.text;
}

function memoryLab(network: MemoryNetwork): StreamLab {
  const room: PeerRoom = { notes: [], stalled: new Set(), released: 0 };
  let paths = 0;
  return {
    listen: (name, where = { host: '127.0.0.1', port: 0 }): Address => {
      const listener: MemoryListener = network.listen(where, (transport) => {
        const peer = memoryPeer(transport);
        let ended = false;
        const end = (): void => {
          if (!ended) peer.onEnd();
          ended = true;
        };
        return {
          ...quietHandlers(),
          onConnect: () => PEERS[name](peer, room),
          onData: (bytes) => peer.onData(bytes),
          onDrain: () => peer.onDrain(),
          onEof: () => {
            end();
            return true;
          },
          // an end of theirs after one of ours closes the stream at once
          onClose: (error) => {
            if (error === null) end();
          },
        };
      });
      return listener.address;
    },
    swallow: () => ({ address: network.swallow({ host: '127.0.0.1', port: 0 }).address, used: 0 }),
    unixPath: () => `/memory/${paths++}`,
  };
}

function memoryPeer(transport: Transport): PeerSocket {
  return {
    write: (bytes) => transport.write(bytes),
    end: () => transport.shutdown(),
    reset: () => transport.abort(),
    pause: () => transport.pause(),
    resume: () => transport.resume(),
    onData() {},
    onDrain() {},
    onEnd() {},
  };
}

function threadLab(): StreamLab {
  server ??= new StreamServer();
  const peers = server;
  return {
    listen: (name, where) => peers.listen(name, where === undefined ? {} : { where }),
    swallow: () => {
      const swallowing = new StreamServer();
      after(() => swallowing.terminate());
      return { address: swallowing.listen('silent', { backlog: 1 }), used: 3 };
    },
    unixPath: socketPath,
  };
}

let server: StreamServer | null = null;
