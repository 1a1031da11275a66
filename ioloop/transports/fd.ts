import { IOLoopError } from '../errors.ts';
import type { FdSocket } from '../fd-socket.ts';
import { ageOf, stamp } from '../io-clock.ts';
import { ERROR, type EventMask, LONGEST, type LoopServices, NONE, READ, WRITE } from '../poller.ts';
import { IDLE_READ, IDLE_WRITE, KEEP_ALIVE_LENGTH, LAST_WRITE, StreamMemory } from '../ring.ts';
import type {
  ConnectOptions,
  TcpAddress,
  Transport,
  TransportHandlers,
  TransportState,
  UnixAddress,
  WebSocketAddress,
} from '../transport.ts';
import type { WatchdogThread } from '../watchdog-thread.ts';
import { checkConnect, checkKeepAlive, checkParts, checkWrite, wrongStreamState } from './checks.ts';
import { Dial, type DialHost } from './dial.ts';
import { FdInput, type FdInputHost } from './fd-input.ts';
import { FdOutput } from './fd-output.ts';
import { IdleTimers } from './idle-timers.ts';
import type { GivenSocket } from './ring.ts';
import { StreamLife } from './stream-life.ts';

/** How descriptors are watched, by number; the token comes back with each event. */
export interface FdWatch {
  watch(fd: number, events: EventMask, token: number): void;
  change(fd: number, events: EventMask, token: number): void;
  forget(fd: number): void;
}

/** What a stream needs of the place where the streams of its loop are. */
export interface FdHost extends DialHost, FdInputHost {
  readonly services: LoopServices;
  readonly watch: FdWatch;
  readonly watchdog: WatchdogThread;
  /** It has a socket from here on, until `finished()`. */
  opened(transport: FdTransport): void;
  /** Something was written, for the first time in this turn: `flush()` is due at its end. */
  wrote(transport: FdTransport): void;
  finished(transport: FdTransport): void;
}

/** A stream on a socket that the loop itself waits for. */
export class FdTransport implements Omit<Transport, 'startTls'> {
  readonly #host: FdHost;
  readonly #handlers: TransportHandlers;
  readonly #life: StreamLife;
  readonly #memory: StreamMemory;
  readonly #output: FdOutput;
  readonly #input: FdInput;
  /** While it connects. */
  #dial: Dial | null = null;
  #socket: FdSocket | null = null;
  /** What the descriptor is watched for; null = it is not. */
  #events: EventMask | null = null;
  /** `flush()` is due. */
  #queued = false;
  /** Our side has ended. */
  #ended = false;
  #broken: Error | null = null;
  #idle: IdleTimers | null = null;

  constructor(host: FdHost, handlers: TransportHandlers) {
    this.#host = host;
    this.#handlers = handlers;
    this.#memory = StreamMemory.allocate(RING_BYTES, 0);
    Atomics.store(this.#memory.words, LAST_WRITE, stamp(host.watchdog.origin));
    this.#output = new FdOutput(this.#memory, host.watchdog, {
      wrote: () => this.#queue(),
      broken: (error) => this.#break(error),
    });
    this.#life = new StreamLife(host.services, handlers, {
      dispatch: (events) => this.#dispatch(events),
      left: () => this.#letGo(),
      ended: () => host.finished(this),
    });
    this.#input = new FdInput(host, this.#life, (bytes) => handlers.onData(bytes));
  }

  get state(): TransportState {
    return this.#life.state;
  }

  connect(to: TcpAddress | UnixAddress | WebSocketAddress, options: ConnectOptions = {}): void {
    if (this.state !== 'new') throw wrongStreamState('connect', this.state);
    checkConnect(to, options);
    this.#life.state = 'connecting';
    // nobody may hear of a failure from inside this call
    let within = true;
    this.#dial = new Dial(this.#host, options, {
      trying: (socket) => this.#try(socket),
      failed: (error) => (within ? this.#life.abort(error) : this.#life.finish(error)),
    });
    this.#dial.start(to);
    within = false;
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
    this.#input.paused = true;
    this.#idle?.hold();
  }

  resume(): void {
    if (!this.#input.paused) return;
    this.#input.resume(this.#socket);
    if (!this.#open) return;
    this.#idle?.resume();
    this.#watch();
  }

  shutdown(): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    if (this.state === 'new') {
      this.abort();
      return;
    }
    this.#life.state = 'closing';
    if (!this.#open) return;
    if (this.#output.send()) this.#endOutput();
    this.#watch();
    // what follows from that is told at the end of the turn
    this.#queue();
  }

  abort(): void {
    this.#life.abort(null);
  }

  close(): void {
    this.abort();
  }

  keepAlive(bytes: Uint8Array, idleWrite: number, idleRead: number): void {
    checkKeepAlive(bytes, idleWrite, idleRead);
    const { words, keepAlive } = this.#memory;
    const beats = bytes.length === 0 ? 0 : Math.min(idleWrite, LONGEST);
    this.#output.change(() => {
      keepAlive.set(bytes);
      Atomics.store(words, KEEP_ALIVE_LENGTH, bytes.length);
      Atomics.store(words, IDLE_WRITE, beats);
      Atomics.store(words, IDLE_READ, Math.min(idleRead, LONGEST));
    });
    this.#idle?.cancel();
    this.#idle = new IdleTimers(this.#host.services, this, beats, Math.min(idleRead, LONGEST), {
      // the watchdog's, unless there is none yet
      beat: () => this.#beat(),
      idle: (silence) => this.#tellSilence(silence),
    });
    if (this.#input.paused || !this.#open) this.#idle.hold();
  }

  get lastRead(): number {
    return this.#input.last(this.#socket);
  }

  get lastWrite(): number {
    const age = ageOf(Atomics.load(this.#memory.words, LAST_WRITE), this.#host.watchdog.origin);
    return this.#host.services.time() - Math.max(0, age);
  }

  get bytesRead(): number {
    return this.#input.total;
  }

  get bytesWritten(): number {
    return this.#output.totalTaken;
  }

  // from here on: for the place where the streams of the loop are

  /** The end of a turn in which something was written. */
  flush(): void {
    this.#queued = false;
    if (!this.#open || this.state === 'closed') return;
    const sent = this.#output.full ? false : this.#output.send();
    if (this.#output.takeWritten() && this.#handlers.onHandOver !== undefined) {
      if (!this.#life.call(this.#onHandOver)) return;
    }
    if (this.#afterSending(sent)) this.#host.services.post(() => this.#life.finish(this.#broken));
  }

  /** For the last time. @returns the descriptor while there are bytes that the system has not taken, else -1 */
  push(): number {
    if (!this.#open || this.#socket === null || this.#broken !== null) return -1;
    if (!this.#output.send()) return this.#socket.fd;
    this.#socket.discard();
    return -1;
  }

  /** The socket goes on elsewhere, and nobody hears of this stream any more. @throws {IOLoopError} STREAM_STATE: too much is unsent; why nothing can be sent */
  giveAway(host: string): GivenSocket {
    const socket = this.#socket;
    if (socket === null || !this.#open) throw wrongStreamState('startTls', this.state);
    this.#output.send();
    if (this.#broken !== null) throw this.#broken;
    const { unsent } = this.#output;
    const unitEnd = this.#output.endsUnit;
    if (unsent === null) {
      throw new IOLoopError('STREAM_STATE', 'startTls() before what was written has left; wait for onDrain');
    }
    this.#unwatch();
    const closable = this.#output.seal();
    const fd = socket.handOff(closable);
    this.#socket = null;
    this.#host.finished(this);
    this.#life.drop();
    return { fd, host, unsent, unitEnd, close: () => this.#host.system.close(fd) };
  }

  /** The loop is closed, or the stream goes on as another one. */
  drop(): void {
    this.#life.drop();
  }

  get #open(): boolean {
    return this.#socket !== null && this.#dial === null;
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#host.wrote(this);
  }

  #try(socket: FdSocket): void {
    this.#closeSocket();
    this.#socket = socket;
    this.#host.opened(this);
    this.#watch();
  }

  #dispatch(events: EventMask): void {
    const socket = this.#socket;
    if (socket === null || this.state === 'closed') return;
    if (this.#dial !== null) {
      this.#decided(this.#dial, socket);
      return;
    }
    if ((events & WRITE) !== 0 && this.#afterSending(this.#output.send())) {
      this.#life.finish(this.#broken);
      return;
    }
    // what a handler has closed is not read
    if ((events & (READ | ERROR)) !== 0 && this.#socket !== null) this.#read(socket, events);
  }

  #decided(dial: Dial, socket: FdSocket): void {
    if (!dial.decide(socket)) return;
    this.#dial = null;
    this.#output.open(socket);
    this.#input.begin();
    Atomics.store(this.#memory.words, LAST_WRITE, stamp(this.#host.watchdog.origin));
    if (!this.#input.paused) this.#idle?.resume();
    if (this.state === 'connecting') this.#life.state = 'open';
    const { info } = socket;
    if (!this.#life.call(() => this.#handlers.onConnect(info))) return;
    this.#watch();
    this.#queue();
  }

  /** @returns whether the stream is over */
  #afterSending(sent: boolean): boolean {
    if (this.#output.takeDrain() && !this.#life.call(() => this.#handlers.onDrain())) return false;
    if (sent && this.state === 'closing' && this.#output.size === 0) this.#endOutput();
    this.#watch();
    return this.#input.ended && this.#ended;
  }

  #endOutput(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket?.endOutput();
  }

  #read(socket: FdSocket, events: EventMask): void {
    if (this.#input.paused || this.#input.ended) {
      this.#notReading(socket, events);
      return;
    }
    const end = this.#input.read(socket);
    if (end === 'eof') this.#tellEof();
    else if (end !== null) this.#life.finish(end);
  }

  readonly #onHandOver = (): void => this.#handlers.onHandOver?.();

  /** An end of the peer's is something to read; only what is worse does not wait. */
  #notReading(socket: FdSocket, events: EventMask): void {
    const error = (events & ERROR) === 0 ? null : socket.takeError('read');
    if (error !== null) {
      this.#life.finish(error);
      return;
    }
    this.#input.wanted = false;
    // both sides have ended: that is told over and over to who watches, whatever for
    if ((events & ERROR) !== 0) this.#unwatch();
    else this.#watch();
  }

  #tellEof(): void {
    if (this.state === 'open') {
      const stays = this.#life.askAtEof();
      // a handler may have ended it; the narrowing above does not know
      if ((this.state as TransportState) === 'closed') return;
      if (!stays) this.shutdown();
    }
    if (this.#ended || this.#broken !== null) this.#life.finish(this.#broken);
    else this.#watch();
  }

  #beat(): boolean {
    const sent = this.#open && this.#output.beat();
    this.#watch();
    return sent;
  }

  #tellSilence(silence: number): void {
    // this thread may have been held up: what came meanwhile is read before anybody is called silent
    if (this.state === 'closed' || this.#socket?.readable !== false) return;
    this.#life.call(() => this.#handlers.onIdle(silence));
  }

  /** Nothing can be sent. What the peer has said before it went is read first, and then the end is told. */
  #break(error: Error): void {
    this.#broken = error;
    if (this.#input.paused || this.#input.ended) this.#host.services.post(() => this.#life.finish(error));
    else this.#watch();
  }

  #watch(): void {
    const socket = this.#socket;
    if (socket === null || this.state === 'closed') return;
    const { watch } = this.#host;
    const sending = this.#dial !== null || (this.#output.full && this.#broken === null);
    const events = (sending ? WRITE : NONE) | (this.#input.wanted && this.#dial === null ? READ : NONE);
    if (this.#events === events) return;
    if (this.#events === null) watch.watch(socket.fd, events, this.#life.token);
    else watch.change(socket.fd, events, this.#life.token);
    this.#events = events;
  }

  #unwatch(): void {
    if (this.#socket !== null && this.#events !== null) this.#host.watch.forget(this.#socket.fd);
    this.#events = null;
  }

  #closeSocket(closable = true): void {
    this.#unwatch();
    if (closable) this.#socket?.close();
    // the peer is told the end all the same
    else this.#socket?.endOutput();
    this.#socket = null;
  }

  #letGo(): void {
    this.#dial?.cancel();
    this.#idle?.cancel();
    const closable = this.#output.seal();
    this.#output.clear();
    this.#closeSocket(closable);
  }
}

/** Bytes that a stream can have in shared memory: a power of two. */
const RING_BYTES: number = 1 << 18;
