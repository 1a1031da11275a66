import { stamp } from './io-clock.ts';
import { KeepAlive } from './io-keep-alive.ts';
import {
  type IoCommand,
  type IoEvent,
  type IoTarget,
  type OpenSocket,
  type PlainError,
  plainError,
} from './io-messages.ts';
import type { IoSocket, SocketEvents } from './io-socket.ts';
import {
  KEEP_ALIVE_LENGTH,
  LAST_READ,
  LAST_WRITE,
  LENT,
  type RingReader,
  type RingWriter,
  RX_STALLED,
  STREAM_CLOSED,
  STREAM_EOF,
  STREAM_STATE,
  StreamMemory,
  TX_FENCE,
  TX_FENCED,
  TX_TRIED,
  TX_WANTED,
} from './ring.ts';
import type { ConnectOptions, TlsOptions } from './transport.ts';

/** What a stream needs of the thread it lives in. */
export interface IoThreadSide {
  readonly origin: number;
  /** @throws Error what cannot be connected to */
  open(to: IoTarget | OpenSocket, options: ConnectOptions, events: SocketEvents): IoSocket;
  /** Calls `fn` in this task, once what a write to a socket calls at once was called. */
  afterWrite(fn: (position: number) => void, position: number): void;
  post(event: IoEvent): void;
  /** The loop shall look at this stream. */
  ready(slot: number): void;
  /** `service()` at the next opportunity, when the loop's turn allows. */
  later(stream: IoStream): void;
  closed(stream: IoStream): void;
}

/** One stream as the I/O thread sees it: a socket on one side, two rings on the other. */
export class IoStream {
  readonly slot: number;
  readonly #thread: IoThreadSide;
  readonly #words: Int32Array;
  readonly #memory: StreamMemory;
  readonly #rx: RingWriter;
  readonly #tx: RingReader;
  readonly #keepAlive: KeepAlive;
  /** Bytes that go to the socket at once: a part of the ring, so that the loop fills the rest meanwhile. */
  readonly #piece: number;
  #socket: IoSocket | null = null;
  /** Connected, and no handshake is going on. */
  #open = false;
  /** What was read and did not fit; the socket is paused while there is any. */
  #rest: Uint8Array | null = null;
  /** Bytes that the socket was given and has not taken. */
  #writing = 0;
  /** How TLS is to start at the fence. */
  #tls: TlsOptions | null = null;
  #ending = false;
  #ended = false;
  #eof = false;
  #closed: { error: PlainError | null } | null = null;

  constructor(slot: number, buffer: SharedArrayBuffer, thread: IoThreadSide) {
    this.slot = slot;
    this.#thread = thread;
    this.#memory = new StreamMemory(buffer);
    this.#words = this.#memory.words;
    this.#rx = this.#memory.rxWriter();
    this.#tx = this.#memory.txReader();
    this.#piece = this.#tx.capacity / 4;
    this.#keepAlive = new KeepAlive(
      this.#words,
      () => this.#insert(),
      thread.origin,
      () => thread.ready(slot),
    );
  }

  connect({ to, options }: Extract<IoCommand, { op: 'connect' }>): void {
    this.#connectTo(to, options);
  }

  /** A socket of the loop's, for TLS: from here on it is this thread's. */
  adopt({ socket }: Extract<IoCommand, { op: 'adopt' }>): void {
    if (Atomics.exchange(this.#words, LENT, 0) === 0) return;
    this.#connectTo(socket, {});
    this.#opened();
  }

  /** The loop has rung: there may be room in rx, bytes in tx, other keep-alive settings. */
  service(): void {
    // before that nothing is silent yet
    if (this.#open) this.#keepAlive.look();
    if (this.#rest !== null) this.#retry();
    this.#take();
  }

  /** Whether `service()` may do with more to do: no room to read into waits for it, nor a whole piece to write. */
  get canWait(): boolean {
    return this.#rest === null && this.#tx.size < this.#piece;
  }

  startTls(options: TlsOptions): void {
    this.#tls = options;
    this.#take();
  }

  shutdown(): void {
    this.#ending = true;
    this.#take();
  }

  /** Whether all that the loop has written was handed to the system. */
  get flushed(): boolean {
    return this.#closed !== null || !this.#open || (this.#writing === 0 && this.#tx.size === 0);
  }

  /** No flush. */
  abort(): void {
    this.#rest = null;
    if (this.#socket === null) this.#lost(null);
    else this.#socket.destroy();
  }

  #connectTo(to: IoTarget | OpenSocket, options: ConnectOptions): void {
    try {
      this.#socket = this.#thread.open(to, options, {
        securing: () => this.#thread.post({ op: 'securing', slot: this.slot }),
        connected: (info) => {
          this.#stamp(LAST_READ);
          this.#stamp(LAST_WRITE);
          this.#thread.post({ op: 'connected', slot: this.slot, info });
          this.#opened();
        },
        data: (bytes) => this.#received(bytes),
        held: (bytes) => this.#hold(bytes),
        end: () => {
          this.#eof = true;
          this.#settle();
        },
        // an error itself would not get through whole
        closed: (error) => this.#lost(error === null ? null : plainError(error)),
      });
    } catch (error) {
      // a port out of range, a local address that is none
      this.#lost(plainError(error as Error));
    }
  }

  #opened(): void {
    if (this.#closed !== null) return;
    this.#open = true;
    this.#keepAlive.look();
    this.#take();
  }

  #received(bytes: Uint8Array): boolean {
    this.#stamp(LAST_READ);
    return this.#store(bytes);
  }

  /** @returns false when rx is full, and the loop will ring when it is not */
  #store(bytes: Uint8Array): boolean {
    const room = this.#rx.free;
    if (bytes.length <= room) {
      this.#rx.push(bytes);
      this.#thread.ready(this.slot);
      return true;
    }
    if (room > 0) this.#rx.push(bytes.subarray(0, room));
    this.#rest = bytes.slice(room);
    this.#thread.ready(this.slot);
    // the loop may have made room before it could see that somebody waits for it
    Atomics.store(this.#words, RX_STALLED, 1);
    if (this.#rx.used <= this.#rx.capacity / 2 && Atomics.exchange(this.#words, RX_STALLED, 0) === 1) {
      this.#thread.later(this);
    }
    return false;
  }

  /**
   * What is not taken out of the runtime's hands is held back by the network: so this thread waits the longer, the more nobody
   * reads. Its timers and other streams wait, too.
   */
  #hold(bytes: number): void {
    if (bytes < HOLD_FROM) return;
    Atomics.wait(this.#words, RX_STALLED, 1, Math.min(LONGEST_HOLD, (HOLD_STEP * bytes) / HOLD_FROM));
  }

  #retry(): void {
    const rest = this.#rest;
    if (rest === null || Atomics.load(this.#words, RX_STALLED) === 1) return;
    this.#rest = null;
    if (!this.#store(rest)) return;
    if (this.#closed === null) this.#socket?.resume();
    this.#settle();
  }

  #take(): void {
    if (!this.#open || this.#writing > 0 || this.#closed !== null || this.#socket === null) return;
    let size = Math.min(this.#tx.size, this.#piece);
    // after the size: whatever lies beyond the fence was written after it was put up
    const fenced = this.#fenced;
    if (fenced) size = Math.min(size, (Atomics.load(this.#words, TX_FENCE) - this.#tx.head) | 0);
    if (size > 0) this.#write(this.#socket, size);
    else if (fenced) {
      if (this.#tls !== null) this.#secure(this.#socket, this.#tls);
    } else if (this.#ending && !this.#ended) {
      this.#ended = true;
      this.#socket.end();
    }
  }

  get #fenced(): boolean {
    return Atomics.load(this.#words, TX_FENCED) === 1;
  }

  #write(socket: IoSocket, size: number): void {
    this.#writing = size;
    const first = this.#tx.view(0, size);
    socket.write(first, first.length === size ? null : this.#tx.view(first.length, size - first.length), this.#written);
    // what the system took at once is known by then
    this.#thread.afterWrite(this.#tried, (this.#tx.head + size) | 0);
  }

  readonly #tried = (position: number): void => {
    Atomics.store(this.#words, TX_TRIED, position);
  };

  readonly #written = (error?: Error | null): void => {
    // the socket's close tells the rest
    if (error || this.#closed !== null) return;
    this.#stamp(LAST_WRITE);
    this.#tx.consume(this.#writing);
    this.#writing = 0;
    this.#keepAlive.look();
    const { size } = this.#tx;
    if (size <= this.#tx.capacity / 2 && Atomics.load(this.#words, TX_WANTED) === 1) {
      if (Atomics.exchange(this.#words, TX_WANTED, 0) === 1) this.#thread.ready(this.slot);
    }
    if (size > 0 || this.#ending || this.#tls !== null) this.#thread.later(this);
  };

  /** Only between two units. @returns false when this is not the moment */
  #insert(): boolean {
    if (!this.#open || this.#writing > 0 || this.#ended || this.#fenced || this.#socket?.idle !== true) return false;
    if (this.#tx.head !== this.#memory.unitEnd) return false;
    const length = Atomics.load(this.#words, KEEP_ALIVE_LENGTH);
    this.#socket.write(this.#memory.keepAlive.slice(0, length), null, () => {});
    this.#stamp(LAST_WRITE);
    return true;
  }

  #secure(socket: IoSocket, options: TlsOptions): void {
    this.#open = false;
    this.#tls = null;
    socket.startTls(options, () => {
      Atomics.store(this.#words, TX_FENCED, 0);
      this.#opened();
    });
  }

  #lost(error: PlainError | null): void {
    this.#closed = { error };
    this.#open = false;
    this.#keepAlive.stop();
    this.#settle();
  }

  /** Tells the end of the stream once everything before it is in the ring. */
  #settle(): void {
    if (this.#rest !== null) return;
    if (this.#closed !== null) {
      this.#thread.post({ op: 'closed', slot: this.slot, error: this.#closed.error });
      Atomics.or(this.#words, STREAM_STATE, STREAM_CLOSED | (this.#eof ? STREAM_EOF : 0));
      this.#thread.closed(this);
    } else if (this.#eof) {
      Atomics.or(this.#words, STREAM_STATE, STREAM_EOF);
    } else return;
    this.#thread.ready(this.slot);
  }

  #stamp(word: number): void {
    Atomics.store(this.#words, word, stamp(this.#thread.origin));
  }
}

/** Bytes, and the milliseconds for each time so many; and at most. */
const HOLD_FROM = 1 << 20;
const HOLD_STEP = 20;
const LONGEST_HOLD = 250;
