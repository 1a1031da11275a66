import { BlockingConnection, type ConnectionFields } from '../../adapters/index.ts';
import { IOLoop, type LoopServices, type MemoryNetwork } from '../../ioloop/index.ts';
import { VirtualPoller } from '../../ioloop/pollers/virtual.ts';
import { MemoryBroker, serveInMemory } from '../kit/index.ts';
import { type PeerOptions, ScriptedPeer } from './scripted-peer.ts';
import type { World } from './virtual-world.ts';

/** Virtual time that lets a peer in as soon as its loop runs. */
class PeopledPoller extends VirtualPoller {
  readonly #enter: () => void;
  #entered = false;

  constructor(services: LoopServices, enter: () => void) {
    super(services);
    this.#enter = enter;
  }

  override wait(timeout: number, out: Int32Array): number {
    if (!this.#entered) this.#enter();
    this.#entered = true;
    return super.wait(timeout, out);
  }
}

/** Makes a blocking connection in virtual time; whoever answers lives in its loop. */
function inVirtualTime(
  people: (loop: IOLoop, log: string[]) => void,
  fields: ConnectionFields = {},
): { connection: BlockingConnection; log: string[] } {
  const log: string[] = [];
  const logger = {
    warn: (text: string) => log.push(`warn ${text}`),
    error: (text: string) => log.push(`error ${text}`),
  };
  IOLoop.configure((services) => new PeopledPoller(services, () => people(IOLoop.current(), log)));
  try {
    return { connection: new BlockingConnection({ heartbeat: 0, logger, ...fields }), log };
  } finally {
    IOLoop.configure(null);
  }
}

/** A connection to a broker in memory. */
export function withBroker(fields: ConnectionFields = {}): {
  connection: BlockingConnection;
  broker: MemoryBroker;
  log: string[];
} {
  const broker = new MemoryBroker();
  return { ...inVirtualTime((loop) => serveInMemory(broker, loop), fields), broker };
}

/** A connection to a peer that does only what the test tells it to. */
export function withPeer(
  options: PeerOptions = {},
  fields: ConnectionFields = {},
): { connection: BlockingConnection; peer: ScriptedPeer; log: string[] } {
  let peer: ScriptedPeer | null = null;
  const made = inVirtualTime((loop, log) => {
    // the streams of a virtual poller are those of a network in memory
    const world: World = { loop, network: loop.transports as MemoryNetwork, log };
    peer = new ScriptedPeer(world, options);
  }, fields);
  return { ...made, peer: peer! }; // connected, so it is there
}
