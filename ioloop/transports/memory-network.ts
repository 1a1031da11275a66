import { LoopClosedError } from '../errors.ts';
import { type LoopServices, READ } from '../poller.ts';
import type {
  SocketAddress,
  TcpAddress,
  Transport,
  TransportFactory,
  TransportHandlers,
  UnixAddress,
} from '../transport.ts';
import { checkLookup, systemError } from './checks.ts';
import { type MemoryEnds, MemoryTransport, type MemoryWire } from './memory.ts';

/** Called for each stream that connects; its handlers hear of everything from onConnect on. */
export type Accept = (transport: Transport) => TransportHandlers;
/** A place of a {@link MemoryNetwork} that takes connections. */
export interface MemoryListener {
  /** With the port that was found when 0 was asked for. */
  readonly address: TcpAddress | UnixAddress;
  /** Streams that are open stay so. */
  close(): void;
}

/** A network within one loop: names, listeners, streams between them. */
export class MemoryNetwork implements TransportFactory, MemoryWire {
  readonly services: LoopServices;
  readonly #hosts = new Map<string, readonly string[]>([['localhost', ['127.0.0.1', '::1']]]);
  /** By path, or by address and port; null takes connections and never answers. */
  readonly #listeners = new Map<string, Accept | null>();
  readonly #streams = new Set<MemoryTransport>();
  /** In order of waking; a stream stays until it was asked, so that none is forgotten when an error leaves the loop. */
  readonly #ready = new Set<MemoryTransport>();
  #dirty: MemoryTransport[] = [];
  #port = 49_151;
  #closed = false;

  constructor(services: LoopServices) {
    this.services = services;
  }

  create(handlers: TransportHandlers): MemoryTransport {
    this.#checkOpen();
    return this.#make(handlers);
  }

  /** Names beside localhost. @param addresses - IPv4 or IPv6 literals, in the order that `resolve` gives them */
  addHost(name: string, addresses: readonly string[]): void {
    this.#hosts.set(name, addresses);
  }

  /** @param where - port 0 finds a free one @throws {IOLoopError} EADDRINUSE */
  listen(where: TcpAddress | UnixAddress, accept: Accept): MemoryListener {
    return this.#listen(where, accept);
  }

  /** Like a firewall that drops packets: who connects there hears nothing, not even a refusal. */
  swallow(where: TcpAddress | UnixAddress): MemoryListener {
    return this.#listen(where, null);
  }

  resolve(
    host: string,
    port: number,
    family: 0 | 4 | 6,
    done: (error: Error | null, list: readonly SocketAddress[]) => void,
  ): { cancel(): boolean } {
    checkLookup(host, port, family, done);
    this.#checkOpen();
    let waiting = true;
    this.services.post(() => {
      if (!waiting) return;
      waiting = false;
      const list = this.#addresses(host, port).filter((address) => family === 0 || address.family === family);
      done(list.length === 0 ? systemError('ENOTFOUND', 'getaddrinfo', host) : null, list);
    });
    return {
      cancel: () => {
        const was = waiting;
        waiting = false;
        return was;
      },
    };
  }

  wake(stream: MemoryTransport): void {
    this.#ready.add(stream);
  }

  rest(stream: MemoryTransport): void {
    this.#ready.delete(stream);
  }

  forget(stream: MemoryTransport): void {
    this.services.unregister(stream.token);
    this.#streams.delete(stream);
    this.#ready.delete(stream);
  }

  dirty(stream: MemoryTransport): void {
    if (stream.written) return;
    stream.written = true;
    this.#dirty.push(stream);
  }

  reach(stream: MemoryTransport, to: TcpAddress | UnixAddress): void {
    this.services.post(() => {
      if (stream.state === 'connecting' || stream.state === 'closing') this.#meet(stream, to);
    });
  }

  handOver(): void {
    const streams = this.#dirty;
    if (streams.length === 0) return;
    this.#dirty = [];
    for (const stream of streams) {
      stream.written = false;
      stream.handOver();
    }
  }

  /** Fills `out` with pairs of token and events. @returns how many */
  takeReady(out: Int32Array): number {
    if (this.#ready.size === 0) return 0;
    let at = 0;
    for (const stream of this.#ready) {
      if (at === out.length) break;
      out[at++] = stream.token;
      out[at++] = READ;
    }
    return at >> 1;
  }

  /** The loop is closed: no stream tells anything any more. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.drop();
    this.#streams.clear();
    this.#listeners.clear();
    this.#ready.clear();
    this.#dirty = [];
  }

  #checkOpen(): void {
    if (this.#closed) throw new LoopClosedError('transports');
  }

  /** An end that looks like an accepted one: it hears of its peer when it is joined. */
  #make(handlers: TransportHandlers | null): MemoryTransport {
    const stream = new MemoryTransport(this, handlers);
    this.#streams.add(stream);
    return stream;
  }

  #listen(where: TcpAddress | UnixAddress, accept: Accept | null): MemoryListener {
    const address = 'path' in where || where.port !== 0 ? where : { ...where, port: ++this.#port };
    const keys = this.#targets(address).map(textOfSocket);
    if (keys.length === 0) throw systemError('EADDRNOTAVAIL', 'listen', textOf(address));
    if (keys.some((key) => this.#listeners.has(key))) throw systemError('EADDRINUSE', 'listen', textOf(address));
    for (const key of keys) this.#listeners.set(key, accept);
    return {
      address,
      close: () => {
        for (const key of keys) this.#listeners.delete(key);
      },
    };
  }

  #meet(stream: MemoryTransport, to: TcpAddress | UnixAddress): void {
    const targets = this.#targets(to);
    const remote = targets.find((target) => this.#listeners.has(textOfSocket(target)));
    if (remote === undefined) {
      const code = targets.length === 0 ? 'ENOTFOUND' : 'ECONNREFUSED';
      stream.fail(systemError(code, targets.length === 0 ? 'getaddrinfo' : 'connect', textOf(to)));
      return;
    }
    const accept = this.#listeners.get(textOfSocket(remote)) ?? null;
    if (accept === null) return;
    const other = this.#make(null);
    try {
      const local = remote.port === 0 ? remote : { ...remote, port: ++this.#port };
      join(stream, other, { local, remote }, accept(other));
    } catch (error) {
      stream.fail(systemError('ECONNRESET', 'connect', textOf(to)));
      throw error;
    }
  }

  /** Where that may be listening; a path is an address with port 0. */
  #targets(where: TcpAddress | UnixAddress): readonly SocketAddress[] {
    if ('path' in where) return [{ address: where.path, port: 0, family: 4 }];
    const { host, port, family = 0 } = where;
    return this.#addresses(host, port).filter((address) => family === 0 || address.family === family);
  }

  #addresses(host: string, port: number): SocketAddress[] {
    const literal = /^\d+(\.\d+){3}$/.test(host) || host.includes(':');
    const addresses = literal ? [host] : (this.#hosts.get(host) ?? []);
    return addresses.map((address) => ({ address, port, family: address.includes(':') ? 6 : 4 }));
  }
}

/** Two ends that are open from the next turn on, with no listener between. */
export function memoryPair(
  network: MemoryNetwork,
  first: TransportHandlers,
  second: TransportHandlers,
): readonly [MemoryTransport, MemoryTransport] {
  const ends: readonly [MemoryTransport, MemoryTransport] = [network.create(first), network.create(second)];
  const address: SocketAddress = { address: 'memory', port: 0, family: 4 };
  join(ends[0], ends[1], { local: address, remote: address }, second);
  return ends;
}

function join(first: MemoryTransport, second: MemoryTransport, ends: MemoryEnds, handlers: TransportHandlers): void {
  second.join(first, { local: ends.remote, remote: ends.local }, handlers);
  first.join(second, ends);
}

function textOf(where: TcpAddress | UnixAddress): string {
  return 'path' in where ? where.path : `${where.host}:${where.port}`;
}

function textOfSocket({ address, port, family }: SocketAddress): string {
  if (port === 0) return address;
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
