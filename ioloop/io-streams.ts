import { IOLoopError, LoopClosedError } from './errors.ts';
import { monotonic } from './io-clock.ts';
import { IoLink } from './io-link.ts';
import type { IoCommand, IoEvent, IoTarget, OpenSocket, Resolved } from './io-messages.ts';
import { IoThread, PULSE } from './io-thread.ts';
import { type LoopServices, READ } from './poller.ts';
import type { ReadyPages } from './ready-bits.ts';
import { BELL_BYTES, type Bell, type StreamMemory } from './ring.ts';
import type { ConnectOptions, TlsOptions, Transport, TransportFactory, TransportHandlers } from './transport.ts';
import { checkLookup } from './transports/checks.ts';
import { type GivenSocket, type RingHost, type RingPlace, RingTransport, revive } from './transports/ring.ts';
import { HAND_OVER_LIMIT } from './transports/ring-output.ts';
import { IO_WORKER } from './worker-source.ts';

export interface IoStreamsOptions {
  readonly program: URL;
  /** Milliseconds without a stream after which the thread ends. */
  readonly idleLimit: number;
  readonly capacity: number;
}

/** Of the thread that the package ships, kept for 5 s, with 256 KiB for either direction of a stream. */
export const IO_DEFAULTS: IoStreamsOptions = { program: IO_WORKER, idleLimit: 5000, capacity: 1 << 18 };

/** All streams of one loop whose sockets live in its I/O thread, and the life of that thread. */
export class IoStreams implements TransportFactory, RingHost {
  readonly services: LoopServices;
  readonly capacity: number;
  readonly tls: boolean = IoLink.tls;
  readonly #bell: Bell;
  readonly #options: IoStreamsOptions;
  #pages: ReadyPages;
  #thread: IoThread | null = null;
  #generation = 0;
  /** By number; a number is free again when the I/O thread and the handlers have both seen the stream's end. */
  #slots: (RingTransport | undefined)[] = [];
  #free: number[] = [];
  readonly #ended = new Set<RingTransport>();
  #open = 0;
  #idle: { cancel(): void } | null = null;
  /** A stream stays until it was asked, so that none is forgotten when an error leaves the loop between two of them. */
  readonly #ready = new Set<RingTransport>();
  #written: RingTransport[] = [];
  /** The I/O thread was told to look at a stream, and may be waiting for the end of the turn to do so. */
  #nudged = false;
  readonly #handingOver = new Set<RingTransport>();
  readonly #lookups = new Map<number, Resolved>();
  #lookup = 0;
  #closed = false;

  constructor(services: LoopServices, bell: Bell, options: IoStreamsOptions) {
    this.services = services;
    this.#bell = bell;
    this.#pages = bell.pages;
    this.#options = options;
    this.capacity = options.capacity;
  }

  create(handlers: TransportHandlers): Transport {
    this.#start();
    return new RingTransport(this, handlers);
  }

  check(to: IoTarget, options: ConnectOptions): void {
    IoLink.check(to, options);
  }

  resolve(host: string, port: number, family: 0 | 4 | 6, done: Resolved): { cancel(): boolean } {
    checkLookup(host, port, family, done);
    const thread = this.#start();
    const id = ++this.#lookup;
    this.#lookups.set(id, done);
    thread.post({ op: 'resolve', id, host, port, family });
    return {
      cancel: (): boolean => {
        if (!this.#lookups.delete(id)) return false;
        this.#thread?.post({ op: 'cancel', id });
        return true;
      },
    };
  }

  /** @param socket - goes over to the I/O thread, where TLS begins behind what it has not sent */
  adopt(handlers: TransportHandlers, socket: GivenSocket, tls: TlsOptions): Transport {
    this.#start();
    const transport = new RingTransport(this, handlers);
    transport.adopt(socket);
    transport.startTls(tls);
    return transport;
  }

  open(
    transport: RingTransport,
    memory: StreamMemory,
    where: { to: IoTarget; options: ConnectOptions } | { socket: OpenSocket },
  ): RingPlace {
    const thread = this.#start();
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = transport;
    this.#open++;
    if (slot >= this.#pages.capacity) {
      const page = new SharedArrayBuffer(BELL_BYTES);
      this.#pages.add(page);
      thread.post({ op: 'page', page });
    }
    const place = { slot, memory: memory.buffer };
    thread.post('to' in where ? { op: 'connect', ...place, ...where } : { op: 'adopt', ...place, ...where });
    return { slot, origin: thread.origin };
  }

  post(command: IoCommand): void {
    this.#thread?.post(command);
  }

  nudge(slot: number): void {
    this.#nudged = true;
    this.#pages.io.set(slot);
    // most of a turn's writes find the I/O thread awake: it waits for the turn's end
    if (this.#bell.ioSleeps) this.#thread?.wake();
  }

  hurry(): void {
    this.#bell.hurryIo();
  }

  enqueue(transport: RingTransport): void {
    // nobody dispatches one that was aborted: it would stay ready for ever
    if (transport.state !== 'closed') this.#ready.add(transport);
  }

  rest(transport: RingTransport): void {
    this.#ready.delete(transport);
  }

  wrote(transport: RingTransport): void {
    this.#written.push(transport);
  }

  finished(transport: RingTransport): void {
    this.#ready.delete(transport);
    this.#release(transport);
  }

  // from here on: for the poller

  /** Before a wait: the turn's bytes may leave. */
  flush(): void {
    if (!this.#nudged && this.#written.length === 0) return;
    this.#nudged = false;
    const now = monotonic();
    for (const transport of this.#written) {
      transport.handOver(now);
      if (transport.awaitsHandOver) this.#handingOver.add(transport);
    }
    this.#written.length = 0;
    this.#bell.handOver();
  }

  /** Milliseconds that a wait may last at most before `look()` is due. */
  get patience(): number {
    if (this.#handingOver.size > 0) return HAND_OVER_LIMIT;
    return this.#busy ? PULSE : Infinity;
  }

  /** Takes in what the I/O thread has told. */
  look(rung: boolean): void {
    const thread = this.#thread;
    if (thread !== null) {
      if (rung) {
        thread.receive(this.#heard);
        this.#pages.loop.take(this.#attend);
      }
      if (this.#busy) thread.feelPulse();
      const { death } = thread;
      if (death !== null) this.#bury(thread, death);
    }
    if (this.#handingOver.size > 0) this.#lookAtHandOvers();
  }

  /** Adds [token, events] pairs to the `count` in `out`; what does not fit comes the next time. @returns how many there are */
  take(out: Int32Array, count: number): number {
    if (this.#ready.size === 0) return count;
    let at = 2 * count;
    for (const transport of this.#ready) {
      if (at === out.length) break;
      out[at++] = transport.token;
      out[at++] = READ;
    }
    return at >> 1;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Gives what was written until `deadline` (of `monotonic()`) to leave. */
  drain(deadline: number): void {
    for (;;) {
      let flushed = true;
      for (const transport of this.#slots) {
        if (transport === undefined || (transport.state !== 'open' && transport.state !== 'closing')) continue;
        if (!transport.moveOn()) flushed = false;
      }
      if (flushed || monotonic() >= deadline || this.#thread === null || this.#thread.death !== null) return;
      this.hurry();
      this.#bell.sleep(this.#bell.rings, 1);
    }
  }

  get hasOpen(): boolean {
    return this.#open > 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle?.cancel();
    const thread = this.#thread;
    if (thread === null) return;
    if (this.#open > 0) this.#drainThread(thread, monotonic() + DRAIN_LIMIT);
    thread.end();
    for (const transport of this.#slots) transport?.drop();
    this.#forget();
  }

  /** The next thread starts with the bell's own page and no streams. */
  #forget(): void {
    this.#thread = null;
    this.#slots = [];
    this.#free = [];
    this.#ended.clear();
    this.#open = 0;
    this.#pages = this.#bell.pages;
  }

  #drainThread(thread: IoThread, deadline: number): void {
    this.drain(deadline);
    thread.drain();
    while (!thread.gone && monotonic() < deadline) this.#bell.sleep(this.#bell.rings, 1);
  }

  get #busy(): boolean {
    return this.#open > 0 || this.#lookups.size > 0;
  }

  #start(): IoThread {
    if (this.#closed) throw new LoopClosedError('transports');
    this.#idle?.cancel();
    this.#idle = null;
    const death = this.#thread?.death ?? null;
    if (this.#thread !== null && death !== null) this.#bury(this.#thread, death);
    this.#thread ??= new IoThread(this.#bell, ++this.#generation, this.#options.program);
    if (!this.#busy) this.#retireLater();
    return this.#thread;
  }

  #retireLater(): void {
    this.#idle?.cancel();
    this.#idle = this.services.later(this.#options.idleLimit, () => {
      this.#idle = null;
      if (this.#busy) return;
      this.#thread?.drain();
      this.#forget();
    });
  }

  readonly #heard = (event: IoEvent): void => {
    if (event.op === 'resolved') {
      this.#resolved(event);
      return;
    }
    const transport = this.#slots[event.slot];
    if (transport === undefined) return;
    if (event.op === 'securing') transport.securing();
    else if (event.op === 'connected') transport.connected(event.info);
    else {
      transport.lost(event.error === null ? null : revive(event.error));
      this.#release(transport);
    }
  };

  #resolved({ id, error, list }: Extract<IoEvent, { op: 'resolved' }>): void {
    const done = this.#lookups.get(id);
    if (done === undefined) return;
    this.services.post(() => {
      // a cancel() may have come meanwhile
      if (!this.#lookups.delete(id)) return;
      if (!this.#busy) this.#retireLater();
      done(error === null ? null : revive(error), list);
    });
  }

  readonly #attend = (slot: number): void => {
    const transport = this.#slots[slot];
    if (transport !== undefined) this.enqueue(transport);
  };

  /** The second call gives the number back: one comes from the I/O thread, one when the handlers have heard the end. */
  #release(transport: RingTransport): void {
    if (transport.slot < 0 || this.#slots[transport.slot] !== transport) return;
    if (!this.#ended.delete(transport)) {
      this.#ended.add(transport);
      return;
    }
    this.#slots[transport.slot] = undefined;
    this.#free.push(transport.slot);
    this.#open--;
    if (!this.#busy) this.#retireLater();
  }

  #lookAtHandOvers(): void {
    const now = monotonic();
    for (const transport of this.#handingOver) {
      const due = transport.handOverDue(now);
      if (due) this.enqueue(transport);
      if (due || !transport.awaitsHandOver) this.#handingOver.delete(transport);
    }
  }

  /** All streams end in one turn; the next `create()` makes another thread. */
  #bury(thread: IoThread, death: string): void {
    thread.terminate();
    const streams = this.#slots;
    this.#forget();
    const error = new IOLoopError('IO_THREAD_LOST', `the I/O thread ${death}; every stream in it is gone`);
    for (const transport of streams) transport?.orphaned(error);
    // a wait that goes on in pieces ends here
    this.#bell.ringLoop();
    for (const [id, done] of this.#lookups) {
      this.#lookups.delete(id);
      this.services.post(() => done(error, []));
    }
  }
}

/** Milliseconds that bytes have to leave when the loop closes or the process ends. */
export const DRAIN_LIMIT = 200;
