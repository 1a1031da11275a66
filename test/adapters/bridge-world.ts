import { createServer, type Server, type Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { type BridgeAddress, type Logger, WebSocketBridge, type WebSocketBridgeOptions } from '../../adapters/index.ts';

/** How a WebSocket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A page, without its browser. */
export class Page {
  readonly ws: WebSocket;
  readonly closed: Promise<Closed>;
  readonly opened: Promise<void>;
  received = 0;
  #heard: () => void = () => undefined;

  constructor(url: string, protocol: string | null = 'amqp', options: ClientOptions = {}) {
    this.ws = new WebSocket(url, protocol === null ? [] : [protocol], options);
    this.opened = new Promise((resolve) => this.ws.once('open', () => resolve()));
    this.closed = new Promise((resolve) => {
      this.ws.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.ws.on('error', () => undefined); // 'close' follows
    this.ws.on('message', (data: Buffer) => {
      this.received += data.length;
      this.#heard();
    });
  }

  /** Until so many bytes have come. */
  async until(bytes: number): Promise<void> {
    while (this.received < bytes) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}

/** What a target does with a connection. */
export type Peer = (socket: Socket) => void;

/** Gives back what it gets, the end too. */
export const echo: Peer = (socket) => void socket.pipe(socket);

/** A bridge to one TCP server, with what was logged and how often a target was reached. */
export class BridgeWorld {
  readonly lines: string[] = [];
  readonly reached: Socket[] = [];
  readonly #bridges: WebSocketBridge[] = [];
  readonly #servers: Server[] = [];
  readonly #pages: Page[] = [];
  readonly logger: Logger;

  constructor() {
    const keep = (text: string): void => void this.lines.push(text);
    this.logger = { debug: keep, info: keep, warn: keep, error: keep };
  }

  /** @returns the port */
  async target(peer: Peer): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.reached.push(socket);
      socket.on('error', () => undefined); // 'close' follows
      peer(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return portOf(server);
  }

  /** A bridge to a target of `peer`, unless the options have others. */
  async bridge(peer: Peer, options: Partial<WebSocketBridgeOptions> = {}): Promise<WebSocketBridge & BridgeAddress> {
    const targets = options.targets ?? { main: `amqp://127.0.0.1:${await this.target(peer)}` };
    const port = options.server === undefined ? { port: 0 } : {};
    const bridge = new WebSocketBridge({ ...port, logger: this.logger, ...options, targets });
    this.#bridges.push(bridge);
    return Object.assign(bridge, await bridge.listen());
  }

  page(url: string, protocol?: string | null, options?: ClientOptions): Page {
    const page = new Page(url, protocol, options);
    this.#pages.push(page);
    return page;
  }

  async dispose(): Promise<void> {
    for (const { ws } of this.#pages) ws.terminate();
    for (const socket of this.reached) socket.destroy();
    for (const server of this.#servers) server.close();
    await Promise.all(this.#bridges.map((bridge) => bridge.close()));
  }
}

export function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
  return address.port;
}
