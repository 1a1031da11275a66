import { UnsupportedError } from '../errors.ts';
import type { HostLoop } from '../host.ts';
import { type Callback, LONGEST } from '../poller.ts';
import { checkLookup } from '../transports/checks.ts';
import { HostSockets } from '../transports/host-socket.ts';
import type { Found, SocketSource } from '../transports/socket.ts';
import { checkWebSocket, type WebSocketClass, WebSocketSocket } from '../transports/websocket.ts';

export interface BrowserHostOptions {
  /** In place of the global one. */
  readonly webSocket?: WebSocketClass | undefined;
  /** What sends the keep-alives of streams (a connection's heartbeats); a page has timers alone. */
  readonly keepAlive?: 'timer' | 'worker' | undefined;
}

/**
 * The loop of a page or of a worker in it: timers, tasks through a MessageChannel, byte streams over WebSockets. A tab in the
 * background has its timers called once a second, later once a minute.
 */
export class BrowserHost implements HostLoop {
  readonly transports: HostSockets;
  readonly #tasks: Callback[] = [];
  readonly #channel = new MessageChannel() as unknown as ReferencedChannel; // Node's types lack onmessage, the web's ref()

  /** @throws {UnsupportedError} what a page has not */
  constructor({ webSocket, keepAlive = 'timer' }: BrowserHostOptions = {}) {
    if (keepAlive !== 'timer') {
      throw new UnsupportedError(
        "keepAlive: 'worker' is not for a page: connect in a worker of it, whose timers nothing else holds up",
      );
    }
    this.transports = new HostSockets(this, new WebSockets(this, webSocket));
    this.#channel.port1.onmessage = (): void => this.#run();
    this.#channel.port1.unref?.();
  }

  now(): number {
    return performance.now();
  }

  soon(fn: Callback): void {
    // a nested setTimeout(0) takes 4 ms
    if (this.#tasks.push(fn) === 1) this.#channel.port1.ref?.();
    this.#channel.port2.postMessage(null);
  }

  later(delay: number, fn: Callback): unknown {
    return setTimeout(fn, Math.min(Math.ceil(delay), LONGEST));
  }

  cancel(timer: unknown): void {
    clearTimeout(timer as number); // what later() has given
  }

  flush(): void {
    this.transports.flush();
  }

  #run(): void {
    const task = this.#tasks.shift();
    if (this.#tasks.length === 0) this.#channel.port1.unref?.();
    task?.();
  }
}

/** Outside of browsers a port keeps the process alive while it is listened to. */
interface ReferencedPort {
  onmessage: ((event: never) => void) | null;
  postMessage(message: null): void;
  ref?(): void;
  unref?(): void;
}
interface ReferencedChannel {
  readonly port1: ReferencedPort;
  readonly port2: ReferencedPort;
}

/** All that a page can open. */
class WebSockets implements SocketSource {
  readonly #host: HostLoop;
  readonly #given: WebSocketClass | undefined;

  constructor(host: HostLoop, given: WebSocketClass | undefined) {
    this.#host = host;
    this.#given = given;
  }

  open(...[to, options, , events]: Parameters<SocketSource['open']>): ReturnType<SocketSource['open']> {
    checkWebSocket(to, options);
    return new WebSocketSocket(to, options, this.#class(), this.#host, events);
  }

  resolve(host: string, port: number, family: 0 | 4 | 6, done: Found): void {
    checkLookup(host, port, family, done);
    const reason = new UnsupportedError(
      'a browser has WebSockets only: connect to a WebSocketBridge, by its { url } or the parameter webSocket',
    );
    this.#host.soon(() => done(reason, []));
  }

  cancel(): void {}

  #class(): WebSocketClass {
    const found = this.#given ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
    if (found === undefined) throw new UnsupportedError('there is no global WebSocket here');
    return found;
  }
}
