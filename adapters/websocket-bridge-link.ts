import type { IncomingMessage } from 'node:http';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { checkServerIdentity, connect as tlsConnect } from 'node:tls';
import type { RawData, WebSocket } from 'ws';
import type { LibuvHost } from '../ioloop/index.ts';
import { ByteGauge } from './byte-gauge.ts';
import { UnreadPieces } from './unread-pieces.ts';
import { CLOSE, CREDIT_SUBPROTOCOL, type Ending, findTarget } from './websocket-bridge-admission.ts';
import type { BridgeSettings, Target } from './websocket-bridge-options.ts';

/** What a link needs of its bridge. */
export interface LinkOwner {
  readonly settings: BridgeSettings;
  readonly host: LibuvHost;
  /** Both ends are closed; once. */
  ended(link: BridgeLink): void;
}

/** One WebSocket, and the broker's socket that its bytes go to: `admitting → connecting → open → closing`. */
export class BridgeLink {
  readonly address: string;
  readonly #owner: LinkOwner;
  readonly #ws: WebSocket;
  readonly #toBroker: ByteGauge;
  readonly #toBrowser: ByteGauge;
  /** Where the page says what it has read; else what its socket has taken counts as read. */
  readonly #unread: UnreadPieces | null;
  #state: 'admitting' | 'connecting' | 'open' | 'closing' = 'admitting';
  /** What came before there was a socket for it. */
  #early: Buffer[] = [];
  #socket: Socket | null = null;
  #target = '?';
  #openEnds = 1;
  #timer: unknown = null;
  #heard = true;
  /** Pieces that a side has taken. */
  #moved = 0;

  constructor(owner: LinkOwner, ws: WebSocket, address: string) {
    this.#owner = owner;
    this.#ws = ws;
    this.address = address;
    this.#toBroker = new ByteGauge(owner.settings.maxBytesInFlight);
    this.#toBrowser = new ByteGauge(owner.settings.maxBytesInFlight);
    this.#unread = ws.protocol === CREDIT_SUBPROTOCOL ? new UnreadPieces() : null;
    ws.on('message', (data, isBinary) => this.#fromBrowser(data, isBinary));
    ws.on('pong', () => {
      this.#heard = true;
    });
    // the WebSocket closes itself, with the code that fits
    ws.on('error', (error) => this.#log('debug', error.message));
    ws.on('close', (code) => this.#browserClosed(code));
  }

  get bytesInFlight(): number {
    return this.#toBroker.bytes + this.#toBrowser.bytes;
  }

  /** Lets the peer in and connects it, or closes with the reason why not. Never rejects. */
  async open(request: IncomingMessage): Promise<void> {
    const { connectTimeout } = this.#owner.settings;
    this.#limit(connectTimeout, () =>
      this.end({ code: CLOSE.refused, reason: `no answer of the authentication within ${connectTimeout} ms` }),
    );
    let admitted: Target | Ending = { code: CLOSE.refused, reason: 'the authentication has refused' };
    try {
      admitted = await this.#admit(request, admitted);
    } catch (error) {
      this.#log('warn', `the authentication threw: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (this.#state !== 'admitting') return;
    if ('code' in admitted) this.end(admitted);
    else this.#connect(admitted);
  }

  /** Tells the browser how it ends, after what is under way to it. What it has sent before still goes to the broker. */
  end(ending: Ending): void {
    if (this.#state === 'closing') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closing';
    this.#early = [];
    if (!wasOpen) this.#socket?.destroy();
    this.#log(WARNED.has(ending.code) ? 'warn' : 'info', `closed with ${ending.code}: ${ending.reason}`);
    this.#ws.close(ending.code, ending.reason);
    // its answer would not be read
    if (!wasOpen) this.#ws.resume();
    this.#linger();
  }

  /** At each interval: a browser that has given no sign of life since the last is gone. */
  beat(): void {
    if (this.#state !== 'open') return;
    if (!this.#heard && !this.#ws.isPaused) {
      this.#log('info', 'no answer to a ping');
      this.abort();
      return;
    }
    this.#heard = false;
    // what waits to be taken says as much as a ping
    if (this.#toBrowser.bytes === 0 || this.#unread !== null) this.#ws.ping();
  }

  /** No flush. */
  abort(): void {
    this.#state = 'closing';
    this.#early = [];
    this.#ws.terminate();
    this.#socket?.destroy();
  }

  /** Runs functions of the user's, which may throw. */
  async #admit(request: IncomingMessage, refusal: Ending): Promise<Target | Ending> {
    const { settings } = this.#owner;
    const found = findTarget(request, this.#ws.protocol, settings);
    if ('code' in found) return found;
    this.#target = found.name;
    return (await settings.authenticate(request, found.name)) === true ? found : refusal;
  }

  #connect(target: Target): void {
    this.#state = 'connecting';
    const { connectTimeout } = this.#owner.settings;
    this.#limit(connectTimeout, () =>
      this.end({ code: CLOSE.timeout, reason: `the broker did not answer within ${connectTimeout} ms` }),
    );
    const socket = openSocket(target);
    this.#socket = socket;
    this.#openEnds++;
    let failure: NodeJS.ErrnoException | null = null;
    socket.once(target.tls === null ? 'connect' : 'secureConnect', () => this.#opened());
    socket.on('data', (bytes) => this.#fromBroker(bytes));
    socket.on('end', () => this.end({ code: CLOSE.ended, reason: 'the broker has ended the connection' }));
    socket.on('error', (error) => {
      failure ??= error;
    });
    socket.on('close', () => this.#brokerClosed(failure));
    // a socket that is not connected yet keeps what it is given
    for (const bytes of this.#early.splice(0)) this.#toSocket(socket, bytes);
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#cancelLimit();
    this.#log('info', 'open');
  }

  #fromBrowser(data: RawData, isBinary: boolean): void {
    this.#heard = true;
    const bytes = data as Buffer; // what `binaryType` nodebuffer, the default, gives
    if (!isBinary) {
      this.#hasRead(bytes);
      return;
    }
    const socket = this.#socket;
    if (socket === null ? this.#state !== 'admitting' : !socket.writable) return;
    if (this.#toBroker.add(bytes.length)) this.#ws.pause();
    if (socket === null) this.#early.push(bytes);
    else this.#toSocket(socket, bytes);
  }

  #hasRead(text: Buffer): void {
    const pieces = this.#unread?.read(String(text)) ?? null;
    if (pieces === null) {
      const reason = this.#unread === null ? 'messages must be binary, not text' : 'nobody can have read so many bytes';
      this.end({ code: CLOSE.badRequest, reason });
      return;
    }
    for (const length of pieces) if (this.#toBrowser.remove(length)) this.#socket?.resume();
  }

  #toSocket(socket: Socket, bytes: Buffer): void {
    socket.write(bytes, () => {
      this.#moved++;
      if (this.#toBroker.remove(bytes.length)) this.#ws.resume();
    });
  }

  #fromBroker(bytes: Buffer): void {
    // after a close nothing may be sent (RFC 6455 §5.5.1)
    if (this.#state !== 'open') return;
    if (this.#toBrowser.add(bytes.length)) this.#socket?.pause();
    this.#ws.send(bytes, { binary: true }, () => {
      this.#moved++;
      this.#heard = true;
      // before that the page cannot have read it, whatever it says
      if (this.#unread !== null) this.#unread.sent(bytes.length);
      else if (this.#toBrowser.remove(bytes.length)) this.#socket?.resume();
    });
  }

  #browserClosed(code: number): void {
    if (this.#state !== 'closing') this.#log('info', `the browser has closed with ${code}`);
    this.#state = 'closing';
    this.#early = [];
    if (this.#socket?.connecting === false) {
      this.#socket.end();
      this.#socket.resume(); // to its end
      this.#linger();
    } else {
      this.#socket?.destroy();
    }
    this.#endClosed();
  }

  #brokerClosed(failure: NodeJS.ErrnoException | null): void {
    const why = failure?.code ?? failure?.name ?? 'closed';
    const reason =
      this.#state === 'open' ? `the broker's connection is lost (${why})` : `no connection to the broker (${why})`;
    if (failure !== null && this.#state !== 'closing') this.#log('debug', failure.message);
    this.end({ code: CLOSE.unreachable, reason });
    this.#ws.resume(); // nobody is left who would
    this.#endClosed();
  }

  #endClosed(): void {
    if (--this.#openEnds > 0) return;
    this.#cancelLimit();
    this.#owner.ended(this);
  }

  /** Gives up when nothing has moved for the whole limit. */
  #linger(): void {
    const moved = this.#moved;
    this.#limit(this.#owner.settings.closeTimeout, () => {
      if (this.#moved === moved) this.abort();
      else this.#linger();
    });
  }

  #limit(delay: number, fn: () => void): void {
    this.#cancelLimit();
    this.#timer = this.#owner.host.later(delay, fn);
  }

  #cancelLimit(): void {
    if (this.#timer !== null) this.#owner.host.cancel(this.#timer);
    this.#timer = null;
  }

  #log(level: 'debug' | 'info' | 'warn', text: string): void {
    this.#owner.settings.logger[level]?.(`bridge: ${this.address} to ${this.#target}: ${text}`);
  }
}

/** What whoever runs a bridge should see without asking. */
const WARNED: ReadonlySet<number> = new Set([CLOSE.badRequest, CLOSE.refused, CLOSE.unreachable, CLOSE.timeout]);

const KEEP_ALIVE = 30_000; // ms

function openSocket({ host, port, tls }: Target): Socket {
  const options = {
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE,
  };
  if (tls === null) return netConnect(options);
  const { context, serverName, verify } = tls;
  return tlsConnect({
    ...options,
    secureContext: context,
    rejectUnauthorized: verify,
    // an address is no name to ask for, but the certificate is checked against it
    servername: isIP(serverName) === 0 ? serverName : '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
  });
}
