import { UnsupportedError } from '../errors.ts';
import type { LoopServices } from '../poller.ts';
import {
  type ConnectOptions,
  HIGH_WATER,
  READ_BUDGET,
  type SocketAddress,
  type TcpAddress,
  type TlsOptions,
  type Transport,
  type TransportHandlers,
  type TransportState,
  type UnixAddress,
  type WebSocketAddress,
} from '../transport.ts';
import { ByteQueue } from './byte-queue.ts';
import { checkConnect, checkKeepAlive, checkParts, checkWrite, systemError, wrongStreamState } from './checks.ts';
import { IdleTimers } from './idle-timers.ts';

/** What a stream needs of the network that it belongs to. */
export interface MemoryWire {
  readonly services: LoopServices;
  /** The stream has something to tell its owner: ask it in the next step (i), until it comes to rest. */
  wake(stream: MemoryTransport): void;
  rest(stream: MemoryTransport): void;
  /** The stream has told its end. */
  forget(stream: MemoryTransport): void;
  /** The stream has something to hand over before the next wait. */
  dirty(stream: MemoryTransport): void;
  /** Looks for the other end, in a later turn. */
  reach(stream: MemoryTransport, to: TcpAddress | UnixAddress): void;
}

export interface MemoryEnds {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** One end of a byte stream in memory. What it wrote in a turn is in its peer's hands before the wait. */
export class MemoryTransport implements Transport {
  readonly token: number;
  /** Kept by the network: in its list of streams to hand over. */
  written = false;
  bytesRead = 0;
  bytesWritten = 0;
  lastRead: number;
  lastWrite: number;

  readonly #wire: MemoryWire;
  readonly #outgoing: ByteQueue = new ByteQueue();
  readonly #incoming = new ByteQueue();
  #handlers: TransportHandlers | null;
  #state: TransportState = 'new';
  #peer: MemoryTransport | null = null;
  /** Until onConnect was called with it. */
  #connected: MemoryEnds | null = null;
  #paused = false;
  /** The last write ended a unit, so that keep-alive bytes may follow it. */
  #unitEnd = true;
  /** `write()` returned false and onDrain is owed. */
  #drainOwed = false;
  /** Written to since the last hand-over. */
  #fresh = false;
  /** The owner has something that it has not written. */
  #announced = false;
  #fin: { sent: boolean; received: boolean; told: boolean } = { sent: false, received: false, told: false };
  #ending: { error: Error | null } | null = null;
  #limit: { cancel(): void } | null = null;
  #idle: IdleTimers | null = null;

  constructor(wire: MemoryWire, handlers: TransportHandlers | null) {
    this.#wire = wire;
    this.#handlers = handlers;
    this.token = wire.services.register(() => this.#dispatch());
    this.lastRead = this.lastWrite = wire.services.time();
  }

  get state(): TransportState {
    return this.#state;
  }

  get writeBufferSize(): number {
    return this.#outgoing.size;
  }

  connect(to: TcpAddress | UnixAddress | WebSocketAddress, options: ConnectOptions = {}): void {
    if (this.#state !== 'new') throw wrongStreamState('connect', this.#state);
    checkConnect(to, options);
    if (options.tls !== undefined) throw noTls();
    this.#state = 'connecting';
    if (options.timeout !== undefined)
      this.#limit = this.#wire.services.later(options.timeout, () => this.#overdue(to));
    this.#wire.reach(this, to);
  }

  write(bytes: Uint8Array, unitEnd = true): boolean {
    checkWrite(bytes, this.#outgoing.size, this.#state);
    this.#outgoing.push(bytes);
    return this.#accepted(unitEnd);
  }

  writev(parts: readonly Uint8Array[], unitEnd = true): boolean {
    checkParts(parts, this.#outgoing.size, this.#state);
    for (const part of parts) this.#outgoing.push(part);
    return this.#accepted(unitEnd);
  }

  announce(): void {
    this.#announced = true;
    this.#wire.dirty(this);
  }

  pause(): void {
    this.#paused = true;
    this.#idle?.hold();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#peer !== null) this.#idle?.resume();
    this.#wire.wake(this);
  }

  startTls(_options: TlsOptions): void {
    throw noTls();
  }

  shutdown(): void {
    if (this.#state === 'new') this.#end(null);
    if (this.#state !== 'open' && this.#state !== 'connecting') return;
    this.#state = 'closing';
    this.#wire.dirty(this);
  }

  abort(): void {
    this.#reset(null);
  }

  keepAlive(bytes: Uint8Array, idleWrite: number, idleRead: number): void {
    checkKeepAlive(bytes, idleWrite, idleRead);
    this.#idle?.cancel();
    const unit = bytes.slice();
    const beat = (): boolean => {
      if (this.#state !== 'open' || !this.#unitEnd) return false;
      this.write(unit);
      return true;
    };
    const idle = (silence: number): void => this.#call((handlers) => handlers.onIdle(silence));
    this.#idle = new IdleTimers(this.#wire.services, this, idleWrite, idleRead, { beat, idle });
    if (this.#paused || this.#peer === null) this.#idle.hold();
  }

  close(): void {
    this.abort();
  }

  /** The other end is found. @param handlers - of an end that was accepted and has none yet */
  join(peer: MemoryTransport, ends: MemoryEnds, handlers?: TransportHandlers): void {
    if (handlers !== undefined) this.#handlers = handlers;
    this.#limit?.cancel();
    this.#peer = peer;
    this.#connected = ends;
    if (!this.#paused) this.#idle?.resume();
    // a shutdown while connecting stays one: flush, then FIN
    if (this.#state !== 'closing') this.#state = 'open';
    this.#wire.wake(this);
    this.#wire.dirty(this);
  }

  /** The stream ends with a system's error: refused, reset, timed out. */
  fail(error: Error): void {
    this.#end(error);
  }

  /** For a closed loop: nothing is told any more. */
  drop(): void {
    this.#handlers = null;
    this.#reset(null);
  }

  /** Gives the peer what it has room for. */
  handOver(): void {
    if (this.#announced && this.#state === 'open') {
      this.#announced = false;
      this.#call((handlers) => handlers.onCollect?.());
    }
    const fresh = this.#fresh;
    this.#fresh = false;
    const peer = this.#peer;
    if (peer !== null) this.#move(peer);
    if (fresh && this.#ending === null) this.#call((handlers) => handlers.onHandOver?.());
  }

  #move(peer: MemoryTransport): void {
    const now = this.#wire.services.time();
    for (;;) {
      const piece = this.#outgoing.take(WINDOW - peer.#incoming.size);
      if (piece === null) break;
      this.bytesWritten += piece.length;
      this.lastWrite = now;
      peer.#receive(piece, now);
    }
    if (this.#outgoing.size > 0) return;
    if (this.#drainOwed) this.#wire.wake(this);
    if (this.#state !== 'closing' || this.#fin.sent) return;
    this.#fin.sent = true;
    peer.#fin.received = true;
    this.#wire.wake(peer);
    this.#wire.wake(this);
  }

  #receive(piece: Uint8Array, now: number): void {
    this.#incoming.give(piece);
    this.bytesRead += piece.length;
    this.lastRead = now;
    this.#wire.wake(this);
  }

  #accepted(unitEnd: boolean): boolean {
    this.#unitEnd = unitEnd;
    this.#fresh = true;
    this.#wire.dirty(this);
    if (this.#outgoing.size <= HIGH_WATER) return true;
    this.#drainOwed = true;
    return false;
  }

  #dispatch(): void {
    this.#wire.rest(this);
    const ends = this.#connected;
    if (ends !== null && this.#ending === null) {
      this.#connected = null;
      this.#call((handlers) => handlers.onConnect(ends));
    }
    if (this.#ending === null) this.#deliver();
    if (this.#ending === null) this.#tellEof();
    if (this.#ending === null && this.#drainOwed && this.#outgoing.size === 0) {
      this.#drainOwed = false;
      this.#call((handlers) => handlers.onDrain());
    }
    if (this.#ending === null && this.#fin.sent && this.#fin.told) this.#end(null);
    if (this.#ending !== null) this.#tellClose(this.#ending.error);
  }

  #deliver(): void {
    for (let budget = READ_BUDGET; budget > 0 && !this.#paused && this.#ending === null; ) {
      const piece = this.#incoming.take(Math.min(CHUNK, budget));
      if (piece === null) break;
      budget -= piece.length;
      this.#call((handlers) => handlers.onData(piece));
    }
    if (this.#peer !== null && this.#peer.#outgoing.size > 0) this.#wire.dirty(this.#peer);
    if (this.#incoming.size > 0 && !this.#paused) this.#wire.wake(this);
  }

  #tellEof(): void {
    if (!this.#fin.received || this.#fin.told || this.#paused || this.#incoming.size > 0) return;
    this.#fin.told = true;
    if (this.#state !== 'open') return;
    let stay = false;
    this.#call((handlers) => {
      stay = handlers.onEof() === true;
    });
    if (!stay) this.shutdown();
  }

  #tellClose(error: Error | null): void {
    this.#wire.forget(this);
    const handlers = this.#handlers;
    this.#handlers = null;
    if (handlers === null) return;
    const thrown = this.#wire.services.call(() => handlers.onClose(error));
    // nobody is left to be told: the loop reports it
    if (thrown !== undefined) this.#wire.services.post(() => raise(thrown));
  }

  /** Runs a handler; one that throws ends the stream with that error. */
  #call(fn: (handlers: TransportHandlers) => unknown): void {
    const handlers = this.#handlers;
    if (handlers === null) return;
    const thrown = this.#wire.services.call(() => fn(handlers));
    if (thrown !== undefined) this.#reset(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }

  #overdue(to: TcpAddress | UnixAddress): void {
    this.fail(systemError('ETIMEDOUT', 'connect', 'path' in to ? to.path : `${to.host}:${to.port}`));
  }

  #reset(error: Error | null): void {
    const peer = this.#peer;
    this.#end(error);
    peer?.fail(systemError('ECONNRESET', 'read', 'from a stream in memory'));
  }

  #end(error: Error | null): void {
    if (this.#ending !== null) return;
    this.#ending = { error };
    this.#state = 'closed';
    this.#peer = null;
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#limit?.cancel();
    this.#idle?.cancel();
    this.#wire.wake(this);
  }
}

/** Bytes that may lie between two ends, as in a socket's buffers; above it the sender is pushed back. */
const WINDOW = 256 * 1024;
/** Bytes of one onData. */
const CHUNK = 64 * 1024;

function noTls(): UnsupportedError {
  return new UnsupportedError('streams in memory have no TLS; those of the worker poller do');
}

function raise(error: unknown): never {
  throw error;
}
