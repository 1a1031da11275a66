import { NotBlockingError, UnsupportedError } from './errors.ts';
import type { HostLoop } from './host.ts';
import { HostTransports } from './host-transports.ts';
import { type Callback, type EventMask, LONGEST, type LoopServices, type Pollable, type Poller } from './poller.ts';
import { Bell } from './ring.ts';
import type { Turn } from './turn.ts';

/** What the driver needs of the loop around it. */
export interface GuestOwner {
  /** Runs `work` as the running loop of the thread, with nothing lost when an error leaves it. */
  during(work: Callback): void;
  warn(text: string): void;
}

/** The poller of a loop that a host drives: nobody waits in it. */
export class HostPoller implements Poller {
  readonly name = 'host';
  readonly realFds: boolean;
  readonly blocking = false;
  readonly backstop: number = Number.POSITIVE_INFINITY;
  readonly clock: { now(): number };
  /** Tells other threads whether the loop is closed; a message to its port is what the host notices. Not in every page. */
  readonly bell?: SharedArrayBuffer;
  readonly transports: HostTransports;
  readonly host: HostLoop;
  /** What a handler that the host called is ready for; the driver brings it to the loop. */
  ready: (token: number, events: EventMask) => void = () => {};
  readonly #watched = new Map<number, { readonly token: number; watch: Disposable }>();
  /** How code that the host calls gets into the loop; the driver knows. */
  enter: (work: Callback) => void = (work) => work();

  constructor(host: HostLoop, services: LoopServices) {
    this.host = host;
    this.clock = host;
    this.realFds = host.watch !== undefined;
    if (typeof SharedArrayBuffer === 'function') this.bell = new Bell().buffer;
    const call = (fn: Callback): unknown => {
      let thrown: unknown;
      this.enter(() => {
        thrown = services.call(fn);
      });
      return thrown;
    };
    this.transports = new HostTransports(host.transports, call, (fn) => services.post(fn));
  }

  add(source: number | Pollable, events: EventMask, token: number): void {
    const { host } = this;
    if (host.watch === undefined) {
      throw new UnsupportedError("this host's loop watches no descriptors for us; epoll, kqueue, poll and select do");
    }
    if (typeof source !== 'number') throw new UnsupportedError('a host watches descriptors only: numbers');
    this.#watched.set(source, { token, watch: this.#watch(source, events, token) });
  }

  modify(source: number | Pollable, events: EventMask, token: number): void {
    const watched = this.#watched.get(source as number); // add() has taken numbers only
    if (watched === undefined) return;
    watched.watch[Symbol.dispose]();
    watched.watch = this.#watch(source as number, events, token);
  }

  remove(source: number | Pollable, token: number): void {
    const watched = this.#watched.get(source as number);
    if (watched?.token !== token) return;
    this.#watched.delete(source as number);
    watched.watch[Symbol.dispose]();
  }

  flush(): void {
    this.host.flush?.();
  }

  #watch(fd: number, events: EventMask, token: number): Disposable {
    // add() has seen that the host can
    return this.host.watch!(fd, events, (ready) => this.ready(token, ready));
  }

  wait(): never {
    throw new NotBlockingError('a loop that a host drives does not wait');
  }

  wake(): void {}

  close(): void {
    this.flush();
    const unsent = this.transports.close();
    if (unsent.length === 0) return;
    this.host.later(DRAIN_LIMIT, () => {
      for (const stream of unsent) stream.abort();
    });
  }
}

/** Drives turns from a host's callbacks: at most one tick is under way, and one host timer. */
export class HostDriver {
  readonly #turn: Turn;
  readonly #host: HostLoop;
  readonly #owner: GuestOwner;
  /** What listens to the host's end; only while there is something to be late for. */
  #end: Disposable | undefined;
  /** Since the last tick: the events of each source, by its token. */
  readonly #ready = new Map<number, EventMask>();
  #tickScheduled = false;
  #timer: unknown = null;
  /** What the host's timer is set for. */
  #armedFor = Number.POSITIVE_INFINITY;
  #inside = false;
  /** stop() was called in this tick: the next one is for whoever asks for something. */
  #stopped = false;
  #closed = false;
  #referenced = true;

  constructor(turn: Turn, poller: HostPoller, owner: GuestOwner) {
    const { host } = poller;
    this.#turn = turn;
    this.#host = host;
    this.#owner = owner;
    poller.enter = (work): void => this.#enter(work);
    poller.ready = (token, events): void => {
      this.#ready.set(token, (this.#ready.get(token) ?? 0) | events);
      this.#arm();
    };
    turn.slice = SLICE;
    turn.onWork = (): void => this.#arm();
    turn.timers.onChange = (): void => this.#arm();
  }

  ref(): void {
    this.#referenced = true;
    this.#host.ref?.();
  }

  unref(): void {
    this.#referenced = false;
    this.#host.unref?.();
  }

  /** No tick until the next callback or timer is added. */
  halt(): void {
    if (!this.#inside) this.#rest();
  }

  close(): void {
    this.#closed = true;
    this.#rest();
  }

  readonly #tick = (): void => {
    this.#tickScheduled = false;
    this.#work();
  };

  readonly #expire = (): void => {
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#work();
  };

  #work(): void {
    this.#enter(() => {
      if (!this.#turn.unfinished) this.#dispatch();
      if (this.#turn.beforePoll() < 0) this.#stopped = true;
    });
  }

  #dispatch(): void {
    const pairs = this.#ready.size === 0 ? NO_EVENTS : Int32Array.from([...this.#ready].flat());
    this.#ready.clear();
    this.#turn.afterPoll(pairs, pairs.length / 2);
  }

  /** Runs `work` as part of the loop, then sees when the next tick is due. */
  #enter(work: Callback): void {
    if (this.#closed) return;
    if (this.#inside) {
      work();
      return;
    }
    this.#inside = true;
    this.#stopped = false;
    try {
      this.#owner.during(work);
    } finally {
      this.#inside = false;
      // also after an error: that one is the host's to report, and the rest goes on
      if (this.#stopped) this.#rest();
      else this.#arm();
    }
  }

  #arm(): void {
    if (this.#inside || this.#closed || this.#tickScheduled) return;
    this.#end ??= this.#host.atEnd?.(() => this.#abandoned());
    if (this.#turn.queued > 0 || this.#turn.unfinished || this.#ready.size > 0) {
      this.#schedule();
      return;
    }
    const soonest = this.#turn.timers.soonest();
    if (soonest === this.#armedFor) return;
    this.#disarm();
    if (soonest === Number.POSITIVE_INFINITY) return;
    const delay = soonest - this.#host.now();
    if (delay <= 0) {
      // a host's timer takes a millisecond at least
      this.#schedule();
      return;
    }
    this.#armedFor = soonest;
    this.#timer = this.#host.later(Math.min(delay, LONGEST), this.#expire);
  }

  /** Leaves nothing with the host, but for what is to warn of work that nobody will do. */
  #rest(): void {
    this.#disarm();
    if (!this.#closed && this.#hasWork) return;
    this.#end?.[Symbol.dispose]();
    this.#end = undefined;
  }

  #schedule(): void {
    this.#tickScheduled = true;
    this.#host.soon(this.#tick);
  }

  #disarm(): void {
    if (this.#timer !== null) this.#host.cancel(this.#timer);
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  get #hasWork(): boolean {
    return this.#turn.queued > 0 || this.#turn.timers.soonest() !== Number.POSITIVE_INFINITY;
  }

  #abandoned(): void {
    const { queued, timers } = this.#turn;
    if (this.#closed || !this.#referenced || !this.#hasWork) return;
    this.#owner.warn(
      `PIKALOOP_ABANDONED: the host has ended while a loop had ${queued} callbacks and ${timers.size} timers left; close() it`,
    );
  }
}

/** Milliseconds that bytes have to leave when the loop closes. */
const DRAIN_LIMIT = 200;
/** Milliseconds after which a tick gives control back to the host. */
const SLICE = 10;
const NO_EVENTS = new Int32Array(0);
