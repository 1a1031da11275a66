import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
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
  /** Of the WebSocket, once there is one. */
  socket: Socket | null = null;
  received = 0;
  #heard: () => void = () => undefined;

  constructor(url: string, protocol: string | null = 'amqp', options: ClientOptions = {}) {
    this.ws = new WebSocket(url, protocol === null ? [] : [protocol], options);
    this.opened = new Promise((resolve) => this.ws.once('open', () => resolve()));
    this.closed = new Promise((resolve) => {
      this.ws.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.ws.once('upgrade', ({ socket }) => {
      this.socket = socket;
    });
    this.ws.on('error', () => undefined); // 'close' follows
    this.ws.on('message', (data: Buffer) => {
      this.received += data.length;
      this.#heard();
    });
  }

  /** Resets the connection. Where it has said its end already it just goes: Node would never let go of such a socket. */
  reset(): void {
    if (this.socket?.writableEnded) this.socket.destroy();
    else this.socket?.resetAndDestroy();
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

/** Reads nothing. */
export const stalled: Peer = () => undefined;

/** Sends so much, reads and forgets what comes, and ends when the other side does. */
export function sender(bytes: number): Peer {
  return (socket) => {
    socket.resume().on('end', () => socket.end());
    if (bytes > 0) socket.write(Buffer.alloc(bytes));
  };
}

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

const LIMIT = 15_000; // ms, less than a test's, which ends no loop

/** Until it holds. @throws {Error} with the condition, when that takes too long */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + LIMIT; !(await condition()); await delay(2)) {
    if (Date.now() > end) throw new Error(`never came: ${condition}`);
  }
}

/** The most that was seen until it stayed the same for a while. */
export async function settled(value: () => number): Promise<number> {
  let most = value();
  for (let same = 0, last = most; same < 20; last = value()) {
    await delay(5);
    same = value() === last ? same + 1 : 0;
    most = Math.max(most, value());
  }
  return most;
}
