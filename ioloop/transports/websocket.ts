import { checkDelay } from '../arguments.ts';
import { outOfRange, UnsupportedError, WebSocketError, wrongType } from '../errors.ts';
import type { SocketEvents } from '../io-socket.ts';
import { LONGEST } from '../poller.ts';
import type { ConnectOptions, TcpAddress, UnixAddress, WebSocketAddress } from '../transport.ts';
import { systemError } from './checks.ts';
import type { HostedSocket } from './socket.ts';
import { closingError } from './websocket-closing.ts';

/** The part of the web's WebSocket that is used here. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: { readonly data: unknown }) => unknown) | null;
  onerror: ((event: { readonly message?: unknown }) => unknown) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => unknown) | null;
  send(data: Uint8Array | string): void;
  close(code?: number, reason?: string): void;
}
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/** What a WebSocket needs of the loop that it lives in. */
export interface WebSocketHost {
  soon(fn: () => void): void;
  later(delay: number, fn: () => void): unknown;
  cancel(timer: unknown): void;
}

/**
 * A byte stream over a WebSocket: binary messages, where one begins and another ends means nothing. It ends as a whole: after
 * `end()` nothing comes any more.
 */
export class WebSocketSocket implements HostedSocket {
  readonly #url: string;
  readonly #host: WebSocketHost;
  readonly #events: SocketEvents;
  readonly #ws: WebSocketLike;
  /** Not given to the WebSocket yet. */
  readonly #outgoing: Outgoing[] = [];
  /** What came while nobody reads. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #stopped = false;
  /** The bridge is told what was read; else it sends on. */
  #counted = false;
  /** Bytes that were read, and it was not told yet. */
  #unsaid = 0;
  #saying: unknown = null;
  #opened = false;
  #ending = false;
  #closed = false;
  /** It has ended, with bytes that nobody has read yet: told after those. */
  #over: (() => void) | null = null;
  /** What a failed WebSocket says of itself: nothing in a browser. */
  #hint = '';
  #limit: unknown = null;
  /** Looks at `bufferedAmount` again. */
  #look: unknown = null;
  #patience = FIRST_LOOK;

  /** @param webSocket - its class, as the runtime has it */
  constructor(
    to: WebSocketAddress,
    { timeout = 0 }: ConnectOptions,
    webSocket: WebSocketClass,
    host: WebSocketHost,
    events: SocketEvents,
  ) {
    this.#url = shownUrl(to.url);
    this.#host = host;
    this.#events = events;
    this.#ws = new webSocket(to.url, [...SUBPROTOCOLS]);
    this.#ws.binaryType = 'arraybuffer';
    this.#ws.onopen = () => this.#open();
    this.#ws.onmessage = ({ data }) => this.#message(data);
    this.#ws.onerror = ({ message }) => {
      if (typeof message === 'string') this.#hint = message;
    };
    this.#ws.onclose = ({ code, reason }) => this.#ended(code, reason);
    if (timeout > 0) {
      this.#limit = host.later(Math.min(timeout, LONGEST), () =>
        this.#fail(systemError('ETIMEDOUT', 'connect', `${this.#url} within ${timeout} ms`)),
      );
    }
  }

  write(first: Uint8Array, second: Uint8Array | null, done: () => void): void {
    this.#outgoing.push({ bytes: first, done: second === null ? done : null });
    if (second !== null) this.#outgoing.push({ bytes: second, done });
    this.#send();
  }

  get idle(): boolean {
    return this.#outgoing.length === 0 && this.#ws.bufferedAmount === 0;
  }

  resume(): void {
    this.#stopped = false;
    while (this.#held.length > 0 && !this.#stopped && !this.#closed) {
      const bytes = this.#held.shift()!; // the line above has looked
      this.#heldBytes -= bytes.length;
      this.#give(bytes);
    }
    if (this.#held.length === 0) this.#over?.();
  }

  startTls(): void {
    throw new UnsupportedError('a WebSocket is secured by its URL: connect to wss:');
  }

  end(): void {
    this.#ending = true;
    this.#send();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#leave();
    this.#host.soon(() => this.#events.closed(null));
  }

  /** A WebSocket cannot be asked not to keep the process alive. */
  ref(): void {}

  unref(): void {}

  #open(): void {
    if (this.#closed) return;
    this.#opened = true;
    this.#unlimit();
    this.#counted = this.#ws.protocol === CREDIT_SUBPROTOCOL;
    if (!SUBPROTOCOLS.includes(this.#ws.protocol)) {
      const said = JSON.stringify(this.#ws.protocol);
      this.#fail(
        new WebSocketError('WS_PROTOCOL', `${this.#url} speaks ${said}, not "${SUBPROTOCOL}": it is no bridge of AMQP`),
      );
      return;
    }
    const { hostname, port } = new URL(this.#url);
    const remote = {
      address: hostname,
      port: Number(port) || (this.#url.startsWith('wss') ? 443 : 80),
      family: 4,
    } as const;
    this.#events.connected({ local: { address: '', port: 0, family: 4 }, remote });
    this.#send();
  }

  #message(data: unknown): void {
    if (this.#closed) return;
    if (!(data instanceof ArrayBuffer)) {
      this.#fail(
        new WebSocketError('WS_TEXT', `${this.#url} has sent text, and AMQP is binary: it is no bridge of AMQP`),
      );
      return;
    }
    const bytes = new Uint8Array(data);
    if (bytes.length === 0) return;
    if (!this.#stopped) {
      this.#give(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    this.#events.held?.(this.#heldBytes);
    if (this.#heldBytes > HOLD_LIMIT) {
      this.#fail(
        new WebSocketError(
          'WS_HELD',
          `${this.#heldBytes} bytes wait to be read, and ${this.#url} goes on sending: consume with a prefetch and acknowledge`,
        ),
      );
    }
  }

  #give(bytes: Uint8Array): void {
    if (!this.#events.data(bytes)) this.#stopped = true;
    if (!this.#counted || this.#closed) return;
    this.#unsaid += bytes.length;
    if (this.#unsaid >= SAY_FROM) this.#say();
    else this.#saying ??= this.#host.later(SAY_AFTER, () => this.#say());
  }

  #say(): void {
    if (this.#saying !== null) this.#host.cancel(this.#saying);
    this.#saying = null;
    this.#ws.send(String(this.#unsaid));
    this.#unsaid = 0;
  }

  /** Gives the WebSocket what it has room for; comes back for the rest. */
  #send(): void {
    if (!this.#opened || this.#closed || this.#over !== null) return;
    for (let next = this.#outgoing[0]; next !== undefined && this.#ws.bufferedAmount < FULL; next = this.#outgoing[0]) {
      const { bytes, done } = next;
      this.#ws.send(own(bytes.subarray(0, PIECE)));
      if (bytes.length > PIECE) {
        next.bytes = bytes.subarray(PIECE);
      } else {
        this.#outgoing.shift();
        if (done !== null) this.#host.soon(() => this.#taken(done));
      }
    }
    if (this.#outgoing.length > 0) this.#lookAgain();
    else if (this.#ending) this.#ws.close(NORMAL);
  }

  #taken(done: () => void): void {
    if (!this.#closed) done();
  }

  #lookAgain(): void {
    if (this.#look !== null) return;
    this.#look = this.#host.later(this.#patience, () => {
      this.#look = null;
      const hasRoom = this.#ws.bufferedAmount < FULL;
      this.#patience = hasRoom ? FIRST_LOOK : Math.min(this.#patience * 2, LAST_LOOK);
      this.#send();
    });
  }

  #ended(code: number, reason: string): void {
    if (this.#closed) return;
    if (this.#held.length > 0) {
      this.#over = () => this.#ended(code, reason);
      return;
    }
    const orderly = this.#opened && (code === NORMAL || (this.#ending && code === NO_CODE));
    this.#leave();
    if (orderly && !this.#ending) this.#events.end();
    this.#events.closed(orderly ? null : closingError(code, reason || this.#hint, this.#url, this.#opened));
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.#leave();
    this.#events.closed(error);
  }

  #unlimit(): void {
    if (this.#limit !== null) this.#host.cancel(this.#limit);
    this.#limit = null;
  }

  /** Nothing is told from here on, but for `closed`. */
  #leave(): void {
    this.#closed = true;
    this.#unlimit();
    if (this.#look !== null) this.#host.cancel(this.#look);
    if (this.#saying !== null) this.#host.cancel(this.#saying);
    this.#outgoing.length = 0;
    this.#held = [];
    const ws = this.#ws;
    ws.onopen = ws.onmessage = ws.onclose = null;
    // some runtimes report an error that nobody listens for
    ws.onerror = () => {};
    ws.close();
  }
}

/** Before a `connect()` of a stream that speaks WebSocket. @throws {TypeError | RangeError | UnsupportedError} */
export function checkWebSocket(
  to: TcpAddress | UnixAddress | WebSocketAddress,
  { timeout, tls, keepAlive = 0, localAddress }: ConnectOptions,
): asserts to is WebSocketAddress {
  if (typeof to !== 'object' || to === null) throw wrongType('to', 'must be an address');
  if (!('url' in to)) {
    throw new UnsupportedError(
      'a browser has WebSockets only: connect to a WebSocketBridge, by its { url } or the parameter webSocket',
    );
  }
  if (typeof to.url !== 'string') throw wrongType('url', 'must be a string');
  if (!/^wss?:\/\//i.test(to.url) || !URL.canParse(to.url)) throw outOfRange('url', 'must be a ws: or wss: URL');
  if (timeout !== undefined) checkDelay(timeout, 'timeout');
  if (tls !== undefined) throw new UnsupportedError('tls: a WebSocket is secured by its URL: connect to wss:');
  if (keepAlive > 0 || localAddress !== undefined) {
    throw new UnsupportedError('keepAlive and localAddress are of TCP sockets: a WebSocket has neither');
  }
}

interface Outgoing {
  bytes: Uint8Array;
  readonly done: (() => void) | null;
}

/** A URL for people's eyes: a query may have a token in it. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}

/** No browser sends views of shared memory. */
function own(bytes: Uint8Array): Uint8Array {
  const shared = typeof SharedArrayBuffer === 'function' && bytes.buffer instanceof SharedArrayBuffer;
  return shared ? bytes.slice() : bytes;
}

const SUBPROTOCOL = 'amqp';
/** Of bridges that send no more than so much before they are told, in text messages, how many bytes were read. */
const CREDIT_SUBPROTOCOL = 'amqp.credit';
/** The first that the other side knows. */
const SUBPROTOCOLS: readonly string[] = [CREDIT_SUBPROTOCOL, SUBPROTOCOL];
/** Bytes read, and milliseconds after the first of them, from which on the bridge is told. */
const SAY_FROM = 16 * 1024;
const SAY_AFTER = 20;
/** RFC 6455 §7.4.1: an orderly end, and one without a code. */
const NORMAL = 1000;
const NO_CODE = 1005;
/** Bytes of one message at most; the bridge takes 1 MiB. */
const PIECE = 128 * 1024;
/** Bytes that the WebSocket may hold before it is given no more. */
const FULL = 512 * 1024;
/** Bytes that may wait for who has stopped reading. */
const HOLD_LIMIT = 16 << 20;
/** Milliseconds between two looks whether it has room again: the first, and the longest. */
const FIRST_LOOK = 1;
const LAST_LOOK = 16;
