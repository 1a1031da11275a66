import { UnsupportedError } from '../errors.ts';
import { monotonic } from '../io-clock.ts';
import { IO_DEFAULTS, IoStreams } from '../io-streams.ts';
import type { LoopServices, Poller } from '../poller.ts';
import { Bell, TURN_WORDS } from '../ring.ts';
import type { TransportFactory } from '../transport.ts';
import { drainAtExit, forgetAtExit } from './exit-drain.ts';

export interface WorkerPollerOptions {
  /** Bytes that each stream has for either direction: a power of two from 4 KiB to 64 MiB; default 256 KiB. */
  readonly ringBytes?: number;
  /** Milliseconds without a stream after which the I/O thread ends; default 5 s. */
  readonly idleLimit?: number;
  /** The program of the I/O thread; default: the one that the package ships. */
  readonly program?: URL;
}

/** Waits in `Atomics.wait`; the sockets live in an I/O thread, which rings. */
export class WorkerPoller implements Poller {
  readonly name = 'worker';
  readonly realFds = false;
  readonly blocking = true;
  readonly backstop: number = 60_000;
  readonly bell: SharedArrayBuffer;
  readonly turnWords: Int32Array;
  readonly #bell: Bell;
  readonly #streams: IoStreams;
  /** Rings that were looked at. Read before looking, so that whatever comes later cuts the next wait short. */
  #seen = 0;

  constructor(services: LoopServices, options: WorkerPollerOptions = {}) {
    const { ringBytes = IO_DEFAULTS.capacity, ...others } = options;
    this.#bell = new Bell();
    this.bell = this.#bell.buffer;
    this.turnWords = new Int32Array(this.bell, TURN_WORDS * 4, 3);
    this.#streams = new IoStreams(services, this.#bell, { ...IO_DEFAULTS, ...others, capacity: ringBytes });
    drainAtExit(this.#streams);
  }

  get transports(): TransportFactory {
    return this.#streams;
  }

  add(): void {
    throw new UnsupportedError('the worker poller watches no file descriptors; epoll, kqueue, poll and select do');
  }

  modify(): void {}

  remove(): void {}

  flush(): void {
    this.#streams.flush();
  }

  wait(timeout: number, out: Int32Array): number {
    // the turn is over, whether it wrote or not, and the I/O thread may be waiting for that
    this.#bell.handOver();
    // rung since the last look: the loop has other places to look at too, so this wait must end at once
    if (timeout > 0 && !this.#streams.hasReady && this.#bell.rings === this.#seen) this.#sleep(timeout);
    this.#look();
    return this.#streams.take(out, 0);
  }

  wake(): void {
    this.#bell.ringLoop();
  }

  close(): void {
    forgetAtExit(this.#streams);
    this.#streams.close();
  }

  /** In pieces, to see that the I/O thread lives. */
  #sleep(timeout: number): void {
    const end = monotonic() + timeout;
    for (let left = timeout; left > 0; left = end - monotonic()) {
      if (this.#bell.sleep(this.#seen, Math.min(left, this.#streams.patience))) return;
      if (this.#look() || this.#streams.hasReady) return;
    }
  }

  /** @returns whether the bell was rung */
  #look(): boolean {
    const { rings } = this.#bell;
    const rung = rings !== this.#seen;
    this.#seen = rings;
    this.#streams.look(rung);
    return rung;
  }
}

export function open(services: LoopServices): WorkerPoller {
  return new WorkerPoller(services);
}
