import {
  IOLoop,
  type IOLoopOptions,
  type MemoryNetwork,
  type Transport,
  type TransportHandlers,
} from '../../ioloop/index.ts';
import { MemoryBroker, type MemoryBrokerOptions, type Session } from '../kit/index.ts';

/** A loop in virtual time, its network, and lines that were logged. */
export interface World {
  readonly loop: IOLoop;
  readonly network: MemoryNetwork;
  readonly log: string[];
}

export function virtualWorld(options: IOLoopOptions = {}): World {
  const log: string[] = [];
  const logger = {
    warn: (text: string) => log.push(`warn ${text}`),
    error: (text: string) => log.push(`error ${text}`),
  };
  const loop = new IOLoop({ poller: 'virtual', makeCurrent: false, logger, ...options });
  // the streams of a virtual poller are those of a network in memory
  return { loop, network: loop.transports as MemoryNetwork, log };
}

/** A broker in memory that listens in the world's network; its side runs in the same loop. */
export function virtualBroker(
  { loop, network }: World,
  options: MemoryBrokerOptions & { port?: number; host?: string } = {},
): MemoryBroker {
  const { host = 'localhost', port = 5672, ...rest } = options;
  const broker = new MemoryBroker(rest);
  network.listen({ host, port }, (transport) => serve(loop, broker, transport));
  return broker;
}

function serve(loop: IOLoop, broker: MemoryBroker, transport: Transport): TransportHandlers {
  let session: Session | null = null;
  return {
    onConnect() {
      session = broker.connect(
        { write: (bytes) => transport.write(bytes), end: () => transport.shutdown() },
        loop.time(),
      );
    },
    onData: (bytes) => session?.receive(bytes, loop.time()),
    onDrain() {},
    onEof: () => false,
    onIdle() {},
    onClose: () => session?.lost(loop.time()),
  };
}
