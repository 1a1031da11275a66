import { IOLoopError, UnsupportedError, WebSocketError, wrongType } from '../errors.ts';
import { ageOf, monotonic, stamp } from '../io-clock.ts';
import type { IoCommand, IoTarget, OpenSocket, PlainError, StreamInfo } from '../io-messages.ts';
import { LONGEST, type LoopServices } from '../poller.ts';
import {
  IDLE_READ,
  IDLE_WRITE,
  KEEP_ALIVE_GENERATION,
  KEEP_ALIVE_LENGTH,
  LAST_READ,
  LAST_WRITE,
  LENT,
  type RingReader,
  RX_PAUSED,
  RX_STALLED,
  SILENCES,
  STREAM_CLOSED,
  STREAM_EOF,
  STREAM_STATE,
  StreamMemory,
} from '../ring.ts';
import {
  type ConnectOptions,
  READ_BUDGET,
  type TlsOptions,
  type Transport,
  type TransportHandlers,
  type TransportState,
} from '../transport.ts';
import { checkKeepAlive, checkParts, checkWrite, systemError, wrongStreamState } from './checks.ts';
import { RingOutput } from './ring-output.ts';
import { StreamLife } from './stream-life.ts';

export interface RingPlace {
  /** The number that both threads know the stream by. */
  readonly slot: number;
  /** `monotonic()` that the times in its memory count from. */
  readonly origin: number;
}

/** A connected socket that its owner has given away. */
export interface GivenSocket extends OpenSocket {
  /** Closes `fd`, where nobody has taken it over. */
  close(): void;
  /** What was written and has not left; the last part ends a unit if `unitEnd`. */
  readonly unsent: readonly Uint8Array[];
  readonly unitEnd: boolean;
}

/** What a stream needs of the loop's side of the I/O thread. */
export interface RingHost {
  readonly services: LoopServices;
  /** Before a `connect()`. @throws {TypeError | RangeError | UnsupportedError} what the I/O thread cannot do */
  check(to: IoTarget, options: ConnectOptions): void;
  /** Whether its streams can begin TLS by themselves. */
  readonly tls: boolean;
  /** Bytes of a ring, a power of two. */
  readonly capacity: number;
  open(
    transport: RingTransport,
    memory: StreamMemory,
    where: { to: IoTarget; options: ConnectOptions } | { socket: OpenSocket },
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
  readonly #output: RingOutput;
  readonly #life: StreamLife;
  /** What the I/O thread has told and no handler has heard yet. */
  #securing = false;
  #info: StreamInfo | null = null;
  #connectTold = false;
  #closed: { error: Error | null } | null = null;
  #paused = false;
  #origin: number = monotonic();
  /** When the I/O thread was last told to read on, on the loop's scale. */
  #resumed = -Infinity;
  #eofTold = false;
  #silences = 0;
  /** Closes a socket that nobody has taken over. */
  #lent: (() => void) | null = null;
  #totalRead = 0;

  constructor(host: RingHost, handlers: TransportHandlers) {
    this.#host = host;
    this.#handlers = handlers;
    this.#memory = StreamMemory.allocate(host.capacity);
    this.#words = this.#memory.words;
    this.#rx = this.#memory.rxReader();
    this.#output = new RingOutput(this.#memory, {
      nudge: () => this.#nudge(),
      hurry: () => host.hurry(),
      wrote: () => host.wrote(this),
    });
    this.#life = new StreamLife(host.services, handlers, {
      dispatch: () => this.#dispatch(),
      left: (aborted) => {
        this.#output.clear();
        if (aborted && this.slot >= 0) host.post({ op: 'abort', slot: this.slot });
      },
      ended: () => host.finished(this),
    });
    this.token = this.#life.token;
  }

  get state(): TransportState {
    return this.#life.state;
  }

  connect(to: IoTarget, options: ConnectOptions = {}): void {
    if (this.state !== 'new') throw wrongStreamState('connect', this.state);
    this.#host.check(to, options);
    checkPlain(options.tls);
    const { slot, origin } = this.#host.open(this, this.#memory, { to, options });
    this.#life.state = 'connecting';
    this.slot = slot;
    this.#origin = origin;
  }

  /** In place of `connect()`: the I/O thread takes the socket over, and goes on with what was not sent. */
  adopt({ fd, host, close, unsent, unitEnd }: GivenSocket): void {
    this.#lent = close;
    Atomics.store(this.#words, LENT, 1);
    const { slot, origin } = this.#host.open(this, this.#memory, { socket: { fd, host } });
    this.#life.state = 'open';
    this.#connectTold = true;
    this.slot = slot;
    this.#origin = origin;
    for (const word of [LAST_READ, LAST_WRITE]) Atomics.store(this.#words, word, stamp(origin));
    for (const [i, part] of unsent.entries()) this.write(part, unitEnd && i === unsent.length - 1);
  }

  write(bytes: Uint8Array, unitEnd = true): boolean {
    checkWrite(bytes, this.#output.sizeBefore(bytes.length), this.state);
    this.#output.put(bytes, unitEnd);
    return this.#output.announce();
  }

  writev(parts: readonly Uint8Array[], unitEnd = true): boolean {
    checkParts(parts, this.writeBufferSize, this.state);
    const last = parts.length - 1;
    // within the list, as `last` is its last index
    for (let i = 0; i <= last; i++) this.#output.put(parts[i]!, unitEnd && i === last);
    return this.#output.announce();
  }

  get writeBufferSize(): number {
    return this.state === 'closed' ? 0 : this.#output.size;
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
    if (this.state !== 'open') throw wrongStreamState('startTls', this.state);
    if (!this.#host.tls) throw new UnsupportedError('a WebSocket is secured by its URL: connect to wss:');
    checkPlain(options);
    if (!this.#output.fence()) {
      throw new IOLoopError('STREAM_STATE', 'startTls() before what was written has left; wait for onDrain');
    }
    this.#host.post({ op: 'startTls', slot: this.slot, options });
  }

  shutdown(): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    if (this.state === 'new') {
      this.abort();
      return;
    }
    this.#life.state = 'closing';
    this.#output.whenMoved(() => this.#host.post({ op: 'shutdown', slot: this.slot }));
  }

  abort(): void {
    this.#life.abort(null);
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
    this.#nudge();
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
    return this.#output.totalTaken;
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

  /** The loop is closed: nothing is told any more. */
  drop(): void {
    this.#closeLent();
    this.#life.drop();
  }

  /** The I/O thread is dead. */
  orphaned(error: Error): void {
    this.#closeLent();
    Atomics.or(this.#words, STREAM_STATE, STREAM_CLOSED);
    this.#paused = false;
    this.lost(error);
  }

  /** Once per turn in which something was written. */
  handOver(now: number): void {
    this.#output.handOver(now, this.#handlers.onHandOver !== undefined && this.state !== 'closed');
  }

  handOverDue(now: number): boolean {
    return this.#output.handOverDue(now);
  }

  get awaitsHandOver(): boolean {
    return this.#output.awaitsHandOver;
  }

  /** Moves on what the ring did not take. @returns whether all bytes were taken by the system */
  moveOn(): boolean {
    return this.#output.move();
  }

  #closeLent(): void {
    if (this.#lent !== null && Atomics.exchange(this.#words, LENT, 0) === 1) this.#lent();
  }

  #nudge(): void {
    if (this.slot >= 0) this.#host.nudge(this.slot);
  }

  #dispatch(): void {
    this.#host.rest(this);
    if (this.state === 'closed') return;
    // before the data: whatever was there when the end came is in the ring by then
    const reached = Atomics.load(this.#words, STREAM_STATE);
    if (!this.#tellConnected() || !this.#moveOutput()) return;
    // the message that it connected may come a moment after the first bytes in memory
    if (!this.#connectTold && this.#closed === null) return;
    if (!this.#deliver()) return;
    if (this.#rx.size > 0) {
      if (!this.#paused) this.#host.enqueue(this);
      return;
    }
    if ((reached & STREAM_EOF) !== 0 && !this.#eofTold) {
      // an end of the peer's is something to read; only what is worse does not wait
      if (this.#paused && (this.#closed === null || this.#closed.error === null)) return;
      if (!this.#paused && !this.#tellEof()) return;
    }
    if (!this.#tellSilence()) return;
    if ((reached & STREAM_CLOSED) !== 0 && this.#closed !== null) this.#life.finish(this.#closed.error);
  }

  #tellConnected(): boolean {
    if (this.#securing) {
      this.#securing = false;
      if (this.#handlers.onSecuring !== undefined && !this.#life.call(() => this.#handlers.onSecuring?.()))
        return false;
    }
    const info = this.#info;
    if (info === null) return true;
    this.#info = null;
    this.#connectTold = true;
    if (this.state === 'connecting') this.#life.state = 'open';
    return this.#life.call(() => this.#handlers.onConnect(info));
  }

  #moveOutput(): boolean {
    const output = this.#output;
    output.move();
    if (output.awaitsHandOver && output.takeHandOver(monotonic())) {
      if (!this.#life.call(() => this.#handlers.onHandOver?.())) return false;
    }
    return !output.takeDrain() || this.#life.call(() => this.#handlers.onDrain());
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
      const goesOn = this.#life.call(this.#onData, bytes);
      this.#rx.consume(bytes.length);
      if (!goesOn) return false;
    }
    if (Atomics.load(this.#words, RX_STALLED) === 1 && this.#rx.size <= this.#rx.capacity / 2) {
      this.#resumed = this.#host.services.time();
      if (Atomics.exchange(this.#words, RX_STALLED, 0) === 1) {
        // an I/O thread that cannot stop reading holds itself for as long
        Atomics.notify(this.#words, RX_STALLED);
        this.#host.nudge(this.slot);
      }
    }
    return true;
  }

  readonly #onData = (bytes: Uint8Array): void => this.#handlers.onData(bytes);

  #tellEof(): boolean {
    this.#eofTold = true;
    if (this.state !== 'open') return true;
    if (!this.#life.askAtEof()) this.shutdown();
    // a handler may have ended it; the narrowing above does not know
    return (this.state as TransportState) !== 'closed';
  }

  #tellSilence(): boolean {
    const silences = Atomics.load(this.#words, SILENCES);
    if (silences === this.#silences) return true;
    this.#silences = silences;
    // in this order: the clock that is read inside the second must not be the later one
    const last = this.lastRead;
    const silence = this.#host.services.time() - last;
    // bytes that came after all, or a pause meanwhile, have settled it
    if (this.#paused || silence < Atomics.load(this.#words, IDLE_READ) - CLOCK_STEP) return true;
    return this.#life.call(() => this.#handlers.onIdle(silence));
  }

  #time(word: number): number {
    return this.#host.services.time() - Math.max(0, ageOf(Atomics.load(this.#words, word), this.#origin));
  }
}

/** Milliseconds by which the times of two threads may differ: they are told in whole ones. */
const CLOCK_STEP = 1;

/** An error that crossed threads, whole again. */
export function revive({ name, message, code, syscall, closeCode }: PlainError): Error {
  if (closeCode !== undefined) return new WebSocketError(code ?? 'WS_CLOSED', message, closeCode);
  const error = code === undefined ? new Error(message) : systemError(code, syscall ?? '', '');
  return Object.assign(error, { message, name, ...(code === undefined ? {} : { code }) });
}

/** Only data crosses threads. @throws TypeError naming the field */
function checkPlain(tls: TlsOptions = {}): void {
  for (const [field, value] of Object.entries(tls)) {
    if (typeof value === 'function') throw wrongType(`tls.${field}`, 'must be plain data: it goes to another thread');
  }
}
