import { isMainThread, type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Outlet, WATCHDOG } from './fd-outlet.ts';
import { ageOf, monotonic } from './io-clock.ts';
import { rawWrite } from './native/raw-write.ts';
import { IDLE_WRITE, LAST_WRITE, StreamMemory, TX_TAIL } from './ring.ts';
import {
  MODE,
  RETIRED,
  STREAMS,
  WAKES,
  WATCHDOG_AWAKE,
  WATCHDOG_AWAY,
  WATCHDOG_PARKED,
  type WatchdogData,
  type WatchdogOrder,
} from './watchdog-board.ts';

/**
 * The program of a thread that sees to it that bytes leave while the thread that wrote them computes: what has waited for
 * LOOK ms, and keep-alives. It writes to descriptors that are not its own, under the lock of each stream.
 */
class Watchdog {
  readonly #words: Int32Array;
  readonly #port: MessagePort;
  readonly #origin: number;
  readonly #streams = new Set<WatchedStream>();
  /** When there was a stream last. */
  #needed = monotonic();

  constructor({ board, port, origin }: WatchdogData) {
    this.#words = new Int32Array(board);
    this.#port = port;
    this.#origin = origin;
  }

  run(): void {
    try {
      Atomics.store(this.#words, MODE, WATCHDOG_AWAKE);
      while (this.#turn());
    } finally {
      Atomics.store(this.#words, MODE, WATCHDOG_AWAY);
    }
  }

  /** @returns false when nobody needs it any more */
  #turn(): boolean {
    const seen = Atomics.load(this.#words, WAKES);
    this.#receive();
    const now = monotonic();
    const next = this.#look(now);
    if (next <= LOOK) {
      Atomics.wait(this.#words, WAKES, seen, LOOK);
      return true;
    }
    if (this.#streams.size > 0) this.#needed = now;
    else if (now - this.#needed >= RETIREMENT) return Atomics.compareExchange(this.#words, STREAMS, 0, RETIRED) !== 0;
    this.#park(seen, Math.min(next, this.#streams.size > 0 ? Infinity : RETIREMENT));
    return true;
  }

  #receive(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      // only WatchdogThread has the other end
      this.#streams.add(new WatchedStream(next.message as WatchdogOrder, this.#origin));
    }
  }

  /** @returns in how many ms to look again */
  #look(now: number): number {
    let next = Infinity;
    for (const stream of this.#streams) {
      const left = stream.look(now);
      if (left === GONE) this.#streams.delete(stream);
      else if (left < next) next = left;
    }
    return next;
  }

  #park(seen: number, limit: number): void {
    Atomics.store(this.#words, MODE, WATCHDOG_PARKED);
    // what was written between the look and this is noticed by neither side otherwise
    for (const stream of this.#streams) if (stream.moved) limit = 0;
    if (limit > 0) Atomics.wait(this.#words, WAKES, seen, limit);
    Atomics.store(this.#words, MODE, WATCHDOG_AWAKE);
  }
}

class WatchedStream {
  readonly #fd: number;
  readonly #words: Int32Array;
  readonly #outlet: Outlet;
  readonly #origin: number;
  /** How far its owner had written at the last look, and when it was last seen to go on. */
  #tail: number;
  #movedAt = monotonic();
  /** The system took nothing: not tried again before this. */
  #notBefore = -Infinity;

  constructor({ fd, memory }: WatchdogOrder, origin: number) {
    const shared = new StreamMemory(memory, 0);
    this.#fd = fd;
    this.#words = shared.words;
    this.#outlet = new Outlet(shared, WATCHDOG, origin);
    this.#origin = origin;
    this.#tail = Atomics.load(this.#words, TX_TAIL);
  }

  /** Whether its owner has written since the last look. */
  get moved(): boolean {
    return Atomics.load(this.#words, TX_TAIL) !== this.#tail;
  }

  /** Does what is due. @returns in how many ms to look again, GONE when it is over */
  look(now: number): number {
    if (this.#outlet.sealed) return GONE;
    if (this.moved) {
      this.#tail = Atomics.load(this.#words, TX_TAIL);
      this.#movedAt = now;
    }
    const beat = this.#lookAtBeat(now);
    if (this.#outlet.pending && now >= this.#notBefore) this.#send(now, false);
    if (now - this.#movedAt < QUIET) return LOOK;
    return this.#outlet.pending ? Math.min(beat, Math.max(LOOK, this.#notBefore - now)) : beat;
  }

  #lookAtBeat(now: number): number {
    const limit = Atomics.load(this.#words, IDLE_WRITE);
    if (limit <= 0) return Infinity;
    const left = limit - ageOf(Atomics.load(this.#words, LAST_WRITE), this.#origin, now);
    if (left > 0) return left;
    return !this.#outlet.pending && this.#send(now, true) ? limit : Math.min(RETRY, limit);
  }

  /** @param beat - a keep-alive, if this is the moment. @returns whether everything was sent */
  #send(now: number, beat: boolean): boolean {
    if (!this.#outlet.tryAcquire()) return false;
    try {
      if (beat && !this.#outlet.beginBeat()) return false;
      const sent = this.#outlet.send(this.#write);
      if (!sent) this.#notBefore = now + RETRY;
      return sent;
    } finally {
      this.#outlet.release();
    }
  }

  readonly #write = (piece: Uint8Array): number => rawWrite(this.#fd, piece);
}

/** Milliseconds between two looks while something goes on: the longest that bytes wait. */
const LOOK = 1.8;
/** Milliseconds without a write after which it sleeps. */
const QUIET = 50;
/** Milliseconds until a full socket, or the end of a unit, is looked for again. */
const RETRY = 50;
/** Milliseconds that it stays when there is no stream. */
const RETIREMENT = 5000;
const GONE = -1;

if (isMainThread) throw new Error('watchdog is started by a loop, in a thread of its own');
Error.stackTraceLimit = 0;
// the loop that starts this thread hands it nothing else
new Watchdog(workerData as WatchdogData).run();
