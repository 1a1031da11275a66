import { Resolver } from '../resolver.ts';
import { checkConnect } from './checks.ts';
import { NodeSocket } from './node.ts';
import type { Found, HostedSocket, SocketSource } from './socket.ts';
import { checkWebSocket, type WebSocketHost, WebSocketSocket } from './websocket.ts';
import { webSocketClass } from './websocket-class.ts';

/** `node:net`, `node:tls`, and what WebSockets there are. */
export class SystemSockets implements SocketSource {
  readonly #host: WebSocketHost;
  readonly #resolver = new Resolver();

  constructor(host: WebSocketHost) {
    this.#host = host;
  }

  open(...[to, options, scratch, events]: Parameters<SocketSource['open']>): HostedSocket {
    if (typeof to === 'object' && to !== null && 'url' in to) {
      checkWebSocket(to, options);
      return new WebSocketSocket(to, options, webSocketClass(), this.#host, events);
    }
    checkConnect(to, options);
    return new NodeSocket(to, options, scratch, events);
  }

  resolve(host: string, port: number, family: 0 | 4 | 6, done: Found): void {
    this.#resolver.resolve(host, port, family, done);
  }

  cancel(done: Found): void {
    this.#resolver.cancel(done);
  }
}
