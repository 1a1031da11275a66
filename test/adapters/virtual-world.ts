import { IOLoop, type IOLoopOptions, type MemoryNetwork } from '../../ioloop/index.ts';
import { MemoryBroker, type MemoryBrokerOptions, serveInMemory } from '../kit/index.ts';

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
  { loop }: World,
  options: MemoryBrokerOptions & { port?: number; host?: string } = {},
): MemoryBroker {
  const { host = 'localhost', port = 5672, ...rest } = options;
  const broker = new MemoryBroker(rest);
  serveInMemory(broker, loop, { host, port });
  return broker;
}
