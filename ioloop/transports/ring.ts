import { IOLoopError, wrongType } from '../errors.ts';
import { monotonic } from '../io-clock.ts';
import type { IoCommand, PlainError, StreamInfo } from '../io-messages.ts';
import { LONGEST, type LoopServices } from '../poller.ts';
import {
  IDLE_READ,
  IDLE_WRITE,
  KEEP_ALIVE_GENERATION,
  KEEP_ALIVE_LENGTH,
  LAST_READ,
  LAST_WRITE,
  type RingReader,
  type RingWriter,
  RX_PAUSED,
  RX_STALLED,
  SILENCES,
  STREAM_CLOSED,
  STREAM_EOF,
  STREAM_STATE,
  StreamMemory,
  TX_FENCE,
  TX_FENCED,
  TX_TRIED,
} from '../ring.ts';
import {
  type ConnectOptions,
  HARD_LIMIT,
  HIGH_WATER,
  READ_BUDGET,
  REFERENCE_SIZE,
  type TcpAddress,
  type TlsOptions,
  type Transport,
  type TransportHandlers,
  type TransportState,
  type UnixAddress,
  type WebSocketAddress,
} from '../transport.ts';
import { Backlog } from './backlog.ts';
import { checkConnect, checkKeepAlive, checkParts, checkWrite, systemError, wrongStreamState } from './checks.ts';

export interface RingPlace {
  /** The number that both threads know the stream by. */
  readonly slot: number;
  /** `monotonic()` that the times in its memory count from. */
  readonly origin: number;
}

/** What a stream needs of the loop's side of the I/O thread. */
export interface RingHost {
  readonly services: LoopServices;
  /** Bytes of a ring, a power of two. */
  readonly capacity: number;
  open(
    transport: RingTransport,
    memory: StreamMemory,
    to: TcpAddress | UnixAddress,
    options: ConnectOptions,
  ): RingPlace;
  post(command: IoCommand): void;
  /** The I/O thread shall look at this stream. */
  nudge(slot: number): void;
  /** It shall not wait for the end of the turn. */
  hurry(): void;
  /** For step (i) of this turn or the next; until `rest()`. */
  enqueue(transport: RingTransport): void;
  rest(transport: RingTransport): void;
  /** Something was written, for the first time in this turn. */
  wrote(transport: RingTransport): void;
  /** Nobody will hear of this stream any more. */
  finished(transport: RingTransport): void;
}

/** A stream whose socket lives in the I/O thread; what goes in and out lies in memory that both threads see. */
export class RingTransport implements Transport {
  readonly token: number;
  slot = -1;

  readonly #host: RingHost;
  readonly #handlers: TransportHandlers;
  readonly #memory: StreamMemory;
  readonly #words: Int32Array;
  readonly #rx: RingReader;
  readonly #tx: RingWriter;
  readonly #backlog: Backlog;
  #state: TransportState = 'new';
  /** What the I/O thread has told and no handler has heard yet. */
  #securing = false;
  #info: StreamInfo | null = null;
  #closed: { error: Error | null } | null = null;
  #paused = false;
  #origin: number = monotonic();
  /** When the I/O thread was last told to read on, on the loop's scale. */
  #resumed = -Infinity;
  #eofTold = false;
  #silences = 0;
  /** A write() returned false. */
  #wantsDrain = false;
  #wrote = false;
  /** Position after which the I/O thread was told to hurry, when 64 KiB have piled up in one turn. */
  #hurried = 0;
  /** Up to where the bytes are handed over that onHandOver was not called for; and since when. */
  #handedOver: { position: number; since: number } | null = null;
  #totalRead = 0;
  #totalWritten = 0;
  #countedHead = 0;

  constructor(host: RingHost, handlers: TransportHandlers) {
    this.#host = host;
    this.#handlers = handlers;
    this.#memory = StreamMemory.allocate(host.capacity);
    this.#words = this.#memory.words;
    this.#rx = this.#memory.rxReader();
    this.#tx = this.#memory.txWriter();
    this.#backlog = new Backlog(this.#memory, this.#tx);
    this.token = host.services.register(() => this.#dispatch());
  }

  get state(): TransportState {
    return this.#state;
  }

  connect(to: TcpAddress | UnixAddress | WebSocketAddress, options: ConnectOptions = {}): void {
    if (this.#state !== 'new') throw wrongStreamState('connect', this.#state);
    checkConnect(to, options);
    checkPlain(options.tls);
    this.#state = 'connecting';
    const { slot, origin } = this.#host.open(this, this.#memory, to, options);
    this.slot = slot;
    this.#origin = origin;
  }

  write(bytes: Uint8Array, unitEnd = true): boolean {
    checkWrite(bytes, this.#buffered(bytes.length), this.#state);
    this.#put(bytes, unitEnd);
    return this.#accepted();
  }

  writev(parts: readonly Uint8Array[], unitEnd = true): boolean {
    checkParts(parts, this.writeBufferSize, this.#state);
    const last = parts.length - 1;
    // within the list, as `last` is its last index
    for (let i = 0; i <= last; i++) this.#put(parts[i]!, unitEnd && i === last);
    return this.#accepted();
  }

  get writeBufferSize(): number {
    return this.#state === 'closed' ? 0 : this.#tx.used + this.#backlog.size;
  }

  pause(): void {
    this.#paused = true;
    Atomics.store(this.#words, RX_PAUSED, 1);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    Atomics.store(this.#words, RX_PAUSED, 0);
    this.#host.enqueue(this);
  }

  startTls(options: TlsOptions): void {
    if (this.#state !== 'open') throw wrongStreamState('startTls', this.#state);
    checkPlain(options);
    const fenced = Atomics.load(this.#words, TX_FENCED) === 1;
    if (fenced || this.#backlog.size > 0) {
      throw new IOLoopError('STREAM_STATE', 'startTls() before what was written has left; wait for onDrain');
    }
    // in shared memory, and before any byte that comes after it: a message could be seen later than those
    Atomics.store(this.#words, TX_FENCE, this.#tx.tail);
    Atomics.store(this.#words, TX_FENCED, 1);
    this.#host.post({ op: 'startTls', slot: this.slot, options });
  }

  shutdown(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    if (this.#state === 'new') {
      this.abort();
      return;
    }
    this.#state = 'closing';
    this.#backlog.whenEmpty(() => this.#host.post({ op: 'shutdown', slot: this.slot }));
  }

  abort(): void {
    this.#abort(null);
  }

  close(): void {
    this.abort();
  }

  keepAlive(bytes: Uint8Array, idleWrite: number, idleRead: number): void {
    checkKeepAlive(bytes, idleWrite, idleRead);
    this.#memory.keepAlive.set(bytes);
    Atomics.store(this.#words, KEEP_ALIVE_LENGTH, bytes.length);
    Atomics.store(this.#words, IDLE_WRITE, bytes.length === 0 ? 0 : Math.min(idleWrite, LONGEST));
    Atomics.store(this.#words, IDLE_READ, Math.min(idleRead, LONGEST));
    Atomics.add(this.#words, KEEP_ALIVE_GENERATION, 1);
    if (this.slot >= 0) this.#host.nudge(this.slot);
  }

  get lastRead(): number {
    // while the ring is full nobody reads, and the peer is not silent: what it sends waits in the system
    if (Atomics.load(this.#words, RX_STALLED) === 1) return this.#host.services.time();
    return Math.max(this.#time(LAST_READ), this.#resumed);
  }

  get lastWrite(): number {
    return this.#time(LAST_WRITE);
  }

  get bytesRead(): number {
    return this.#totalRead;
  }

  get bytesWritten(): number {
    const { head } = this.#tx;
    this.#totalWritten += (head - this.#countedHead) | 0;
    this.#countedHead = head;
    return this.#totalWritten;
  }

  // from here on: for the loop's side of the I/O thread

  securing(): void {
    this.#securing = true;
    this.#host.enqueue(this);
  }

  connected(info: StreamInfo): void {
    this.#info = info;
    this.#host.enqueue(this);
  }

  lost(error: Error | null): void {
    this.#closed = { error };
    this.#host.enqueue(this);
  }

  /** The I/O thread is dead. */
  orphaned(error: Error): void {
    Atomics.or(this.#words, STREAM_STATE, STREAM_CLOSED);
    this.#paused = false;
    this.lost(error);
  }

  /** Once per turn in which something was written. */
  handOver(now: number): void {
    this.#wrote = false;
    this.#hurried = this.#tx.tail;
    if (this.#handlers.onHandOver !== undefined) this.#handedOver ??= { position: this.#tx.tail, since: now };
  }

  /** Whether the I/O thread has tried to write what was handed over, or had `limit` ms to do so. */
  handOverDue(now: number, limit: number): boolean {
    if (this.#handedOver === null || this.#state === 'closed') return false;
    const { position, since } = this.#handedOver;
    return now - since >= limit || ((Atomics.load(this.#words, TX_TRIED) - position) | 0) >= 0;
  }

  get awaitsHandOver(): boolean {
    return this.#handedOver !== null && this.#state !== 'closed';
  }

  /** Moves on what rings did not take. @returns whether all bytes were taken by the system */
  moveOn(): boolean {
    if (this.#backlog.move()) this.#host.nudge(this.slot);
    return this.#backlog.size === 0 && this.#tx.used === 0;
  }

  /** What is buffered, or more; exact where `length` more would be too much. */
  #buffered(length: number): number {
    const most = this.#tx.usedAtMost + this.#backlog.size;
    return most + length > HARD_LIMIT ? this.writeBufferSize : most;
  }

  #put(bytes: Uint8Array, unitEnd: boolean): void {
    if (this.#backlog.size === 0 && this.#tx.fits(bytes.length)) {
      this.#tx.push(bytes);
      if (unitEnd) this.#memory.endUnit(this.#tx.tail);
    } else {
      this.#backlog.push(bytes, unitEnd);
    }
  }

  #accepted(): boolean {
    if (this.slot >= 0) this.#host.nudge(this.slot);
    if (!this.#wrote) {
      this.#wrote = true;
      this.#host.wrote(this);
    }
    if (((this.#tx.tail - this.#hurried) | 0) >= REFERENCE_SIZE) {
      this.#hurried = this.#tx.tail;
      this.#host.hurry();
    }
    // looked at last: the I/O thread may have emptied everything meanwhile, and then would never ring for a drain
    if (this.#backlog.size === 0 || this.writeBufferSize <= HIGH_WATER) return true;
    this.#wantsDrain = true;
    return false;
  }

  #dispatch(): void {
    this.#host.rest(this);
    if (this.#state === 'closed') return;
    // before the data: whatever was there when the end came is in the ring by then
    const reached = Atomics.load(this.#words, STREAM_STATE);
    if (!this.#tellConnected() || !this.#moveOutput() || !this.#deliver()) return;
    if (this.#rx.size > 0) {
      if (!this.#paused) this.#host.enqueue(this);
      return;
    }
    if ((reached & STREAM_EOF) !== 0 && !this.#tellEof()) return;
    if (!this.#tellSilence()) return;
    if ((reached & STREAM_CLOSED) !== 0 && this.#closed !== null) this.#finish(this.#closed.error);
  }

  #tellConnected(): boolean {
    if (this.#securing) {
      this.#securing = false;
      if (this.#handlers.onSecuring !== undefined && !this.#call(() => this.#handlers.onSecuring?.())) return false;
    }
    const info = this.#info;
    if (info === null) return true;
    this.#info = null;
    if (this.#state === 'connecting') this.#state = 'open';
    return this.#call(() => this.#handlers.onConnect(info));
  }

  #moveOutput(): boolean {
    if (this.#backlog.size > 0 && this.#backlog.move()) this.#host.nudge(this.slot);
    if (this.#handedOver !== null && this.handOverDue(monotonic(), HAND_OVER_LIMIT)) {
      this.#handedOver = null;
      if (!this.#call(() => this.#handlers.onHandOver?.())) return false;
    }
    if (!this.#wantsDrain || this.#backlog.size > 0) return true;
    this.#wantsDrain = false;
    return this.#call(() => this.#handlers.onDrain());
  }

  /** Two pieces at most: up to the ring's end, and from its start. */
  #deliver(): boolean {
    let budget = READ_BUDGET;
    for (let pieces = 0; pieces < 2 && !this.#paused && budget > 0; pieces++) {
      const { size } = this.#rx;
      if (size === 0) break;
      const bytes = this.#rx.view(0, Math.min(size, budget));
      this.#totalRead += bytes.length;
      budget -= bytes.length;
      const goesOn = this.#call(this.#onData, bytes);
      this.#rx.consume(bytes.length);
      if (!goesOn) return false;
    }
    if (Atomics.load(this.#words, RX_STALLED) === 1 && this.#rx.size <= this.#rx.capacity / 2) {
      this.#resumed = this.#host.services.time();
      if (Atomics.exchange(this.#words, RX_STALLED, 0) === 1) this.#host.nudge(this.slot);
    }
    return true;
  }

  readonly #onData = (bytes: Uint8Array): void => this.#handlers.onData(bytes);

  #tellEof(): boolean {
    if (this.#eofTold) return true;
    this.#eofTold = true;
    if (this.#state !== 'open') return true;
    let stays = false;
    const goesOn = this.#call(() => {
      stays = this.#handlers.onEof() === true;
    });
    if (goesOn && !stays) this.shutdown();
    return goesOn;
  }

  #tellSilence(): boolean {
    const silences = Atomics.load(this.#words, SILENCES);
    if (silences === this.#silences) return true;
    this.#silences = silences;
    const silence = this.#host.services.time() - this.lastRead;
    // bytes that came after all, or a pause meanwhile, have settled it
    if (this.#paused || silence < Atomics.load(this.#words, IDLE_READ)) return true;
    return this.#call(() => this.#handlers.onIdle(silence));
  }

  /** @returns false when the stream is over: the handler threw, or closed it */
  #call<A extends unknown[]>(handler: (...args: A) => void, ...args: A): boolean {
    const error = this.#host.services.call(handler, ...args);
    if (error !== undefined) this.#abort(error instanceof Error ? error : new Error(String(error), { cause: error }));
    // a handler may have called abort(); the narrowing above does not know
    return (this.#state as TransportState) !== 'closed';
  }

  #abort(error: Error | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#backlog.clear();
    if (this.slot >= 0) this.#host.post({ op: 'abort', slot: this.slot });
    this.#host.services.post(() => this.#end(error));
  }

  #finish(error: Error | null): void {
    this.#state = 'closed';
    this.#backlog.clear();
    this.#end(error);
  }

  #end(error: Error | null): void {
    this.#host.services.unregister(this.token);
    this.#host.finished(this);
    const thrown = this.#host.services.call(() => this.#handlers.onClose(error));
    // nobody is left to be told: the loop reports it
    if (thrown !== undefined) throw thrown;
  }

  #time(word: number): number {
    const age = monotonic() - this.#origin - Atomics.load(this.#words, word);
    return this.#host.services.time() - Math.max(0, age);
  }
}

/** An error that crossed threads, whole again. */
export function revive({ name, message, code, syscall }: PlainError): Error {
  const error = code === undefined ? new Error(message) : systemError(code, syscall ?? '', '');
  return Object.assign(error, { message, name, ...(code === undefined ? {} : { code }) });
}

/** Only data crosses threads. @throws TypeError naming the field */
function checkPlain(tls: TlsOptions = {}): void {
  for (const [field, value] of Object.entries(tls)) {
    if (typeof value === 'function') throw wrongType(`tls.${field}`, 'must be plain data: it goes to another thread');
  }
}

/** Milliseconds that the I/O thread has to take what was handed over, before backpressure is looked for. */
export const HAND_OVER_LIMIT = 5;
