import { IO_DEFAULTS, IoStreams, type IoStreamsOptions } from '../io-streams.ts';
import { type EventMask, type LoopServices, READ } from '../poller.ts';
import { drainAtExit, forgetAtExit } from '../pollers/exit-drain.ts';
import { Bell, type StreamMemory, TURN_WORDS } from '../ring.ts';
import type { SocketHost } from '../transports/host-socket.ts';
import type { RingPlace, RingTransport } from '../transports/ring.ts';

/**
 * Streams whose sockets live in an I/O thread, for a loop that a host drives: they are kept alive while the host's thread
 * computes. That thread rings, and a task of the host looks at what it has brought.
 */
export class ThreadedStreams extends IoStreams {
  readonly #host: SocketHost;
  readonly #bell: Bell;
  readonly #dispatchers: Dispatchers;
  /** Rings that were looked at. */
  #seen = 0;
  #listening = false;
  #lookScheduled = false;
  #looking = false;
  /** The time to look without a ring; it is also what keeps the process alive. */
  #timer: { readonly handle: unknown; readonly patience: number } | null = null;
  /** The task that runs has written something. */
  #inTurn = false;
  readonly #ready = new Int32Array(2 * BATCH);

  constructor(host: SocketHost, options: Partial<IoStreamsOptions> = {}) {
    const bell = new Bell();
    const dispatchers: Dispatchers = new Map();
    super(servicesOf(host, dispatchers), bell, { ...IO_DEFAULTS, idleLimit: IDLE_LIMIT, ...options });
    this.#host = host;
    this.#bell = bell;
    this.#dispatchers = dispatchers;
  }

  override resolve(...asked: Parameters<IoStreams['resolve']>): { cancel(): boolean } {
    const query = super.resolve(...asked);
    this.#await();
    return query;
  }

  override open(transport: RingTransport, memory: StreamMemory, where: Parameters<IoStreams['open']>[2]): RingPlace {
    const place = super.open(transport, memory, where);
    drainAtExit(this);
    this.#await();
    return place;
  }

  override nudge(slot: number): void {
    this.#beginTurn();
    super.nudge(slot);
  }

  override enqueue(transport: RingTransport): void {
    super.enqueue(transport);
    if (!this.#looking) this.#lookSoon();
  }

  override finished(transport: RingTransport): void {
    super.finished(transport);
    this.#await();
  }

  override flush(): void {
    this.#inTurn = false;
    super.flush();
    this.#await();
  }

  /** What a task writes leaves together, at the task's end or a millisecond later. */
  #beginTurn(): void {
    if (this.#inTurn) return;
    this.#inTurn = true;
    const { words } = this.#bell;
    Atomics.store(words, TURN_WORDS, (Atomics.load(words, TURN_WORDS) + 1) | 1);
    (this.#host.endOfTask ?? this.#host.soon).call(this.#host, this.#endTurn);
  }

  readonly #endTurn = (): void => {
    if (this.#inTurn) this.flush();
  };

  /** In a task of its own, not under the reaction of a promise. */
  #lookSoon(): void {
    if (this.#lookScheduled) return;
    this.#lookScheduled = true;
    this.#host.soon(this.#look);
  }

  readonly #look = (): void => {
    this.#lookScheduled = false;
    const { rings } = this.#bell;
    const rung = rings !== this.#seen;
    this.#seen = rings;
    this.#looking = true;
    try {
      this.look(rung);
      const count = this.take(this.#ready, 0);
      // within what was filled
      for (let i = 0; i < 2 * count; i += 2) this.#dispatchers.get(this.#ready[i]!)?.(READ);
    } finally {
      this.#looking = false;
      // also after an error: that one is the host's to report
      this.#await();
    }
  };

  /** Sees to it that the next look comes when it is due. */
  #await(): void {
    if (!this.hasOpen) forgetAtExit(this);
    if (this.hasReady) this.#lookSoon();
    const { patience } = this;
    const busy = patience !== Number.POSITIVE_INFINITY;
    if (busy) this.#listen();
    if (this.#timer !== null) {
      if (busy && this.#timer.patience <= patience) return;
      this.#host.cancel(this.#timer.handle);
      this.#timer = null;
    }
    if (busy) this.#timer = { patience, handle: this.#host.later(patience, this.#expire) };
  }

  readonly #expire = (): void => {
    this.#timer = null;
    this.#look();
  };

  #listen(): void {
    if (this.#listening || this.#lookScheduled) return;
    const ring = this.#bell.awaitRing(this.#seen);
    if (ring === null) {
      this.#lookSoon();
      return;
    }
    this.#listening = true;
    void ring.then(() => {
      this.#listening = false;
      this.#lookSoon();
    });
  }
}

type Dispatchers = Map<number, (events: EventMask) => void>;

/** What a loop would do for its streams, done by the host. */
function servicesOf(host: SocketHost, dispatchers: Dispatchers): LoopServices {
  let tokens = 0;
  return {
    time: () => host.now(),
    register(dispatch) {
      dispatchers.set(++tokens, dispatch);
      return tokens;
    },
    unregister: (token) => void dispatchers.delete(token),
    post: (fn) => host.soon(fn),
    later(delay, fn) {
      // for the end of a thread that idles: nobody waits for that
      const timer = setTimeout(fn, delay).unref();
      return { cancel: () => clearTimeout(timer) };
    },
    call(fn, ...args) {
      try {
        fn(...args);
        return undefined;
      } catch (error) {
        return error ?? new Error(String(error));
      }
    },
    warn: (text) => process.emitWarning(text),
  };
}

/** Streams that one look serves. */
const BATCH = 1024;
/** Milliseconds that the thread waits for another stream: a host that made it for one connection is gone with that. */
const IDLE_LIMIT = 1000;
