import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import type { WebSocket, WebSocketServer } from 'ws';
import { IOLoopError, LibuvHost, UnsupportedError } from '../ioloop/index.ts';
import { CLOSE, chooseProtocol, type Ending, isFor } from './websocket-bridge-admission.ts';
import { BridgeLink, type LinkOwner } from './websocket-bridge-link.ts';
import { type BridgeSettings, checkBridgeOptions, type WebSocketBridgeOptions } from './websocket-bridge-options.ts';

/** Where a bridge listens. */
export interface BridgeAddress {
  readonly port: number;
  readonly host: string;
  /** What a page on this machine connects to: `ws://127.0.0.1:15670/`. */
  readonly url: string;
}

/**
 * Carries AMQP between browsers, which have WebSockets, and brokers, which have TCP. It knows nothing of AMQP: the bytes
 * of binary messages, of any length, go to the broker as they are, and its bytes come back. Made for Node; it needs the
 * package `ws`.
 */
export class WebSocketBridge {
  readonly #settings: BridgeSettings;
  readonly #host = new LibuvHost();
  readonly #links = new Set<BridgeLink>();
  readonly #perAddress = new Map<string, number>();
  /** Told to go, and not gone yet: they count for no limit but one of their own. */
  readonly #refused = new Set<BridgeLink>();
  readonly #owner: LinkOwner;
  #listening: Promise<BridgeAddress> | null = null;
  #closing: Promise<void> | null = null;
  #server: Server | null = null;
  #webSockets: WebSocketServer | null = null;
  #pings: unknown = null;
  #wasFull = false;
  #allGone: () => void = () => undefined;

  /** @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD @throws {RangeError} ARG_RANGE, each with `.field` */
  constructor(options: WebSocketBridgeOptions) {
    this.#settings = checkBridgeOptions(options);
    this.#owner = { settings: this.#settings, host: this.#host, ended: (link) => this.#ended(link) };
  }

  /** Pages that are being let in, connected, or on their way out. */
  get connections(): number {
    return this.#links.size;
  }

  /** What all connections hold, in both directions, with 256 bytes for each piece. */
  get bytesInFlight(): number {
    let sum = 0;
    for (const link of this.#links) sum += link.bytesInFlight;
    return sum;
  }

  /**
   * Begins. A `server` without a `port` is waited for until it listens by itself.
   * @throws {UnsupportedError} when `ws` is not installed @throws {IOLoopError} BRIDGE_CLOSED; the system's error, like
   *   EADDRINUSE
   */
  listen(): Promise<BridgeAddress> {
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /**
   * Takes nobody in any more, closes each WebSocket with 1001 once it has what is under way to it, and ends when all
   * are gone: after `closeTimeout` at the latest. A server that the bridge was given goes on, unless the bridge made it listen.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(): Promise<BridgeAddress> {
    const { WebSocketServer } = await loadWs();
    const server = this.#settings.server ?? (await plainServer());
    if (this.#closing !== null) throw new IOLoopError('BRIDGE_CLOSED', 'listen(): the bridge is closed');
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.#settings.maxBytesInFlight,
      handleProtocols: chooseProtocol,
    });
    this.#server = server;
    server.on('upgrade', this.#upgrade);
    try {
      await this.#untilListening(server);
    } catch (error) {
      server.off('upgrade', this.#upgrade);
      throw error;
    }
    if (this.#closing !== null) {
      await this.#closeServer();
      throw new IOLoopError('BRIDGE_CLOSED', 'listen(): the bridge was closed meanwhile');
    }
    this.#ping();
    return this.#address(server);
  }

  #untilListening(server: Server): Promise<void> {
    const { port, host } = this.#settings;
    if (server.listening && port === null) return Promise.resolve();
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', () => {
        server.off('error', reject);
        // running out of descriptors is no reason to end the process
        if (port !== null) server.on('error', (error) => this.#settings.logger.error(`bridge: ${error.message}`));
        resolve();
      });
      if (port !== null) server.listen(port, host);
    });
  }

  #address(server: Server): BridgeAddress {
    const address = server.address() as AddressInfo | string | null;
    if (typeof address !== 'object' || address === null) return { port: 0, host: '', url: '' };
    const { address: host, port, family } = address;
    const scheme = server instanceof TlsServer ? 'wss' : 'ws';
    return { port, host, url: `${scheme}://${family === 'IPv6' ? `[${host}]` : host}:${port}${this.#settings.path}` };
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const mine = isFor(request, this.#settings.path);
    // somebody else's endpoint, on a server that is shared
    if (!mine && (this.#server?.listenerCount('upgrade') ?? 0) > 1) return;
    if (this.#closing !== null || this.#refused.size >= MOST_REFUSED) {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n', () => socket.destroy());
      return;
    }
    this.#webSockets?.handleUpgrade(request, socket, head, (ws) => this.#accepted(ws, request, mine));
  };

  #accepted(ws: WebSocket, request: IncomingMessage, mine: boolean): void {
    const address = this.#addressOf(request);
    const link = new BridgeLink(this.#owner, ws, address);
    const refusal = mine ? this.#fullFor(address) : NO_SUCH_PATH;
    if (refusal !== null) {
      this.#refused.add(link);
      link.end(refusal);
      return;
    }
    this.#links.add(link);
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    void link.open(request);
  }

  /** Asks a function of the user's, which may throw. */
  #addressOf(request: IncomingMessage): string {
    try {
      return this.#settings.addressOf(request);
    } catch (error) {
      this.#settings.logger.error(`bridge: addressOf threw: ${error instanceof Error ? error.message : String(error)}`);
      return request.socket.remoteAddress ?? '';
    }
  }

  #fullFor(address: string): Ending | null {
    const { maxConnections, maxConnectionsPerAddress, logger } = this.#settings;
    const isFull = this.#links.size >= maxConnections;
    // one line for a flood
    if (isFull && !this.#wasFull) logger.warn(`bridge: all ${maxConnections} connections are taken`);
    this.#wasFull = isFull;
    if (isFull) return { code: CLOSE.tooMany, reason: 'all connections are taken' };
    if ((this.#perAddress.get(address) ?? 0) < maxConnectionsPerAddress) return null;
    return { code: CLOSE.tooMany, reason: 'too many connections from one address' };
  }

  #ended(link: BridgeLink): void {
    if (this.#links.delete(link)) {
      const left = (this.#perAddress.get(link.address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(link.address);
      else this.#perAddress.set(link.address, left);
    }
    this.#refused.delete(link);
    if (this.#links.size + this.#refused.size === 0) this.#allGone();
  }

  #ping(): void {
    const { pingInterval } = this.#settings;
    if (pingInterval === 0 || this.#closing !== null) return;
    this.#pings = this.#host.later(pingInterval, () => {
      for (const link of this.#links) link.beat();
      this.#ping();
    });
  }

  async #close(): Promise<void> {
    if (this.#pings !== null) this.#host.cancel(this.#pings);
    const server = this.#server;
    const closed = this.#closeServer();
    const links = [...this.#links, ...this.#refused];
    const limit = this.#host.later(this.#settings.closeTimeout, () => {
      for (const link of links) link.abort();
    });
    if (links.length > 0) {
      await new Promise<void>((resolve) => {
        this.#allGone = resolve;
        for (const link of links) link.end({ code: CLOSE.leaving, reason: 'the bridge closes' });
      });
    }
    this.#host.cancel(limit);
    server?.off('upgrade', this.#upgrade);
    if (this.#settings.port !== null) server?.closeAllConnections();
    await closed;
  }

  /** Of a server that others make listen, only the endpoint goes. */
  #closeServer(): Promise<void> {
    const server = this.#server;
    if (server === null || this.#settings.port === null || !server.listening) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
    });
  }
}

const NO_SUCH_PATH: Ending = { code: CLOSE.badRequest, reason: 'there is no bridge at this path' };

/** WebSockets that were told to go; beyond these a peer is refused without a word. */
const MOST_REFUSED = 100;

const HEADERS_TIMEOUT = 10_000; // ms

async function loadWs(): Promise<typeof import('ws')> {
  try {
    return await import('ws');
  } catch (error) {
    throw new UnsupportedError('the bridge needs the package ws: npm install ws', { cause: error });
  }
}

async function plainServer(): Promise<Server> {
  const { createServer } = await import('node:http');
  const timeouts = { headersTimeout: HEADERS_TIMEOUT, requestTimeout: HEADERS_TIMEOUT };
  return createServer(timeouts, (_request, response) => {
    response.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket', Connection: 'close' });
    response.end('This is a WebSocket endpoint for AMQP.\n');
  });
}
