import type { PlainError, StreamInfo } from '../io-messages.ts';
import type { SocketEvents } from '../io-socket.ts';
import {
  type ConnectOptions,
  HIGH_WATER,
  type SocketAddress,
  type TcpAddress,
  type TlsOptions,
  type Transport,
  type TransportFactory,
  type TransportHandlers,
  type TransportState,
  type UnixAddress,
  type WebSocketAddress,
} from '../transport.ts';
import { ByteQueue } from './byte-queue.ts';
import { checkKeepAlive, checkLookup, checkParts, checkWrite, systemError, wrongStreamState } from './checks.ts';
import { IdleTimers } from './idle-timers.ts';
import type { HostedSocket, SocketSource } from './socket.ts';

/** What the sockets need of the host that they live on. */
export interface SocketHost {
  /** Runs `fn` once no microtask is left, where the host can: what they write leaves together, and in this task. */
  endOfTask?(fn: () => void): void;
  now(): number;
  soon(fn: () => void): void;
  later(delay: number, fn: () => void): unknown;
  cancel(timer: unknown): void;
}

/** Streams over the host's own sockets, on the thread of the loop. */
export class HostSockets implements TransportFactory {
  readonly host: SocketHost;
  /** What is read lands here first. */
  readonly #scratch: Uint8Array = new Uint8Array(65_536);
  readonly #source: SocketSource;
  readonly #open = new Set<HostSocket>();
  #written: HostSocket[] = [];
  #referenced = true;
  readonly #flush = (): void => this.flush();

  constructor(host: SocketHost, source: SocketSource) {
    this.host = host;
    this.#source = source;
  }

  create(handlers: TransportHandlers): Transport {
    const socket = new HostSocket(this, handlers);
    this.#open.add(socket);
    return socket;
  }

  resolve(
    host: string,
    port: number,
    family: 0 | 4 | 6,
    done: (error: Error | null, list: readonly SocketAddress[]) => void,
  ): { cancel(): boolean } {
    checkLookup(host, port, family, done);
    let waiting = true;
    const once = (error: Error | null, list: readonly SocketAddress[]): void => {
      waiting = false;
      done(error, list);
    };
    this.#source.resolve(host, port, family, once);
    return {
      cancel: () => {
        const was = waiting;
        waiting = false;
        if (was) this.#source.cancel(once);
        return was;
      },
    };
  }

  /** @throws what the source's `open()` throws */
  open(to: TcpAddress | UnixAddress | WebSocketAddress, options: ConnectOptions, events: SocketEvents): HostedSocket {
    return this.#source.open(to, options, this.#scratch, events);
  }

  /** Hands over what was written since the last time, once per turn, or soon after for who writes outside one. */
  flush(): void {
    const sockets = this.#written;
    if (sockets.length === 0) return;
    this.#written = [];
    for (const socket of sockets) socket.flush();
  }

  wrote(socket: HostSocket): void {
    if (this.#written.length === 0) (this.host.endOfTask ?? this.host.soon).call(this.host, this.#flush);
    this.#written.push(socket);
  }

  closed(socket: HostSocket): void {
    this.#open.delete(socket);
  }

  get referenced(): boolean {
    return this.#referenced;
  }

  ref(): void {
    this.#referenced = true;
    for (const socket of this.#open) socket.ref();
  }

  unref(): void {
    this.#referenced = false;
    for (const socket of this.#open) socket.unref();
  }
}

class HostSocket implements Transport {
  bytesRead = 0;
  bytesWritten = 0;
  lastRead: number;
  lastWrite: number;

  readonly #sockets: HostSockets;
  readonly #handlers: TransportHandlers;
  readonly #outgoing = new ByteQueue();
  /** What came after pause(), until resume(). */
  readonly #held = new ByteQueue();
  #state: TransportState = 'new';
  #socket: HostedSocket | null = null;
  /** Given to the host's socket and not taken by the system. */
  #inFlight = 0;
  #fresh = false;
  /** The owner has something that it has not written. */
  #announced = false;
  /** Something of this turn was handed over before its end. */
  #isAhead = false;
  #unitEnd = true;
  #drainOwed = false;
  #connected = false;
  #paused = false;
  #ended = false;
  /** Why it ends, where that is no error of the system's. */
  #reason: { error: Error | null } | null = null;
  #idle: IdleTimers | null = null;

  constructor(sockets: HostSockets, handlers: TransportHandlers) {
    this.#sockets = sockets;
    this.#handlers = handlers;
    this.lastRead = this.lastWrite = sockets.host.now();
  }

  get state(): TransportState {
    return this.#state;
  }

  get writeBufferSize(): number {
    return this.#outgoing.size + this.#inFlight;
  }

  connect(to: TcpAddress | UnixAddress | WebSocketAddress, options: ConnectOptions = {}): void {
    if (this.#state !== 'new') throw wrongStreamState('connect', this.#state);
    this.#socket = this.#sockets.open(to, options, this.#ears());
    this.#state = 'connecting';
    if (!this.#sockets.referenced) this.#socket.unref();
  }

  write(bytes: Uint8Array, unitEnd = true): boolean {
    checkWrite(bytes, this.writeBufferSize, this.#state);
    this.#outgoing.push(bytes);
    return this.#accepted(unitEnd);
  }

  writev(parts: readonly Uint8Array[], unitEnd = true): boolean {
    checkParts(parts, this.writeBufferSize, this.#state);
    for (const part of parts) this.#outgoing.push(part);
    return this.#accepted(unitEnd);
  }

  announce(): void {
    this.#announced = true;
    this.#stir();
  }

  pause(): void {
    this.#paused = true;
    this.#idle?.hold();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#connected) this.#idle?.resume();
    this.#sockets.host.soon(() => this.#goOn());
  }

  startTls(options: TlsOptions): void {
    if (this.#state !== 'open' || this.#socket === null) throw wrongStreamState('startTls', this.#state);
    this.flush();
    this.#socket.startTls(options, () => {});
  }

  shutdown(): void {
    if (this.#state === 'new') {
      this.abort();
    } else if (this.#state === 'open' || this.#state === 'connecting') {
      this.#state = 'closing';
      if (!this.#connected) return;
      this.flush();
      this.#socket?.end();
    }
  }

  abort(): void {
    this.#end(null);
  }

  close(): void {
    this.abort();
  }

  keepAlive(bytes: Uint8Array, idleWrite: number, idleRead: number): void {
    checkKeepAlive(bytes, idleWrite, idleRead);
    this.#idle?.cancel();
    const { host } = this.#sockets;
    const unit = bytes.slice();
    const beat = (): boolean => {
      if (this.#state !== 'open' || !this.#unitEnd) return false;
      this.write(unit);
      return true;
    };
    const clock = {
      time: () => host.now(),
      later: (delay: number, fn: () => void) => {
        const timer = host.later(delay, fn);
        return { cancel: () => host.cancel(timer) };
      },
    };
    const idle = (silence: number): void => this.#call(() => this.#handlers.onIdle(silence));
    this.#idle = new IdleTimers(clock, this, idleWrite, idleRead, { beat, idle });
    if (this.#paused || !this.#connected) this.#idle.hold();
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  #ears(): SocketEvents {
    return {
      securing: () => {
        // startTls() comes here too, within the call; its owner knows
        if (!this.#connected) this.#call(() => this.#handlers.onSecuring?.());
      },
      connected: (info) => this.#opened(info),
      data: (bytes) => this.#received(bytes),
      end: () => this.#tellEof(),
      closed: (error, cause) => this.#closed(error, cause ?? null),
    };
  }

  flush(): void {
    const socket = this.#socket;
    if (this.#announced && this.#state === 'open') this.#collect();
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#isAhead = false;
    if (socket === null || !this.#connected || this.#reason !== null) return;
    this.#handOver(socket);
    if (fresh) this.#call(() => this.#handlers.onHandOver?.());
  }

  #handOver(socket: HostedSocket): void {
    for (let piece = this.#outgoing.take(ALL); piece !== null; piece = this.#outgoing.take(ALL)) {
      const next = this.#outgoing.take(ALL);
      this.#send(socket, piece, next);
    }
  }

  /** What a turn writes first need not wait for its end, where the system takes it at once. */
  #goAhead(): void {
    const socket = this.#socket;
    if (socket === null || !this.#connected || this.#reason !== null || !socket.idle) return;
    this.#isAhead = true;
    this.#handOver(socket);
  }

  #collect(): void {
    this.#announced = false;
    this.#call(() => this.#handlers.onCollect?.());
  }

  #send(socket: HostedSocket, first: Uint8Array, second: Uint8Array | null): void {
    const size = first.length + (second?.length ?? 0);
    this.#inFlight += size;
    this.bytesWritten += size;
    this.lastWrite = this.#sockets.host.now();
    socket.write(first, second, () => {
      this.#inFlight -= size;
      if (this.writeBufferSize > 0 || !this.#drainOwed || this.#reason !== null) return;
      this.#drainOwed = false;
      this.#call(() => this.#handlers.onDrain());
    });
  }

  #accepted(unitEnd: boolean): boolean {
    this.#unitEnd = unitEnd;
    this.#stir();
    if (this.#outgoing.size >= (this.#isAhead ? MUCH : AHEAD)) this.#goAhead();
    if (this.writeBufferSize <= HIGH_WATER) return true;
    this.#drainOwed = true;
    return false;
  }

  /** There will be something to hand over at the end of the turn. */
  #stir(): void {
    if (!this.#fresh) this.#sockets.wrote(this);
    this.#fresh = true;
  }

  #opened(info: StreamInfo): void {
    if (this.#reason !== null) return;
    this.#connected = true;
    if (!this.#paused) this.#idle?.resume();
    this.lastRead = this.#sockets.host.now();
    const shut = this.#state === 'closing';
    if (!shut) this.#state = 'open';
    this.#call(() => this.#handlers.onConnect(info));
    this.flush();
    if (shut) this.#socket?.end();
  }

  #received(bytes: Uint8Array): boolean {
    this.bytesRead += bytes.length;
    this.lastRead = this.#sockets.host.now();
    if (this.#reason !== null) return true;
    if (this.#paused) this.#held.push(bytes.slice());
    else this.#call(() => this.#handlers.onData(bytes));
    return !this.#paused;
  }

  /** After resume(): what had been held, an end that had been seen, then the socket. */
  #goOn(): void {
    while (!this.#paused && this.#reason === null) {
      const piece = this.#held.take(ALL);
      if (piece === null) break;
      this.#call(() => this.#handlers.onData(piece));
    }
    if (this.#paused || this.#reason !== null) return;
    if (this.#ended) this.#tellEof();
    else this.#socket?.resume();
  }

  #tellEof(): void {
    this.#ended = true;
    if (this.#paused || this.#held.size > 0 || this.#state !== 'open') return;
    let stay = false;
    this.#call(() => {
      stay = this.#handlers.onEof();
    });
    if (!stay) this.shutdown();
  }

  #closed(error: PlainError | null, cause: Error | null): void {
    const reason = this.#reason?.error ?? null;
    const told = this.#reason === null && error !== null ? systemErrorOf(error, cause) : reason;
    this.#finish();
    this.#handlers.onClose(told);
  }

  /** Runs a handler; one that throws ends the stream with that error. */
  #call(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #end(error: Error | null): void {
    if (this.#reason !== null || this.#state === 'closed') return;
    this.#reason = { error };
    this.#state = 'closed';
    this.#idle?.cancel();
    if (this.#socket !== null) this.#socket.destroy();
    else this.#sockets.host.soon(() => this.#closed(null, null));
  }

  #finish(): void {
    this.#state = 'closed';
    this.#reason ??= { error: null };
    this.#outgoing.clear();
    this.#held.clear();
    this.#idle?.cancel();
    this.#sockets.closed(this);
  }
}

/** Bytes that go ahead of what else a turn writes, and again from so many on. */
const AHEAD = 1024;
const MUCH = 65_536;
const ALL = Number.POSITIVE_INFINITY;

function systemErrorOf(plain: PlainError, cause: Error | null): Error {
  if (plain instanceof Error) return plain;
  const error = systemError(plain.code ?? 'EIO', plain.syscall ?? 'socket', '');
  return Object.assign(error, { message: plain.message, cause });
}
