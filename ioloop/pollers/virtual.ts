import { UnsupportedError, VirtualDeadlockError } from '../errors.ts';
import type { LoopServices, Poller } from '../poller.ts';
import { MemoryNetwork } from '../transports/memory-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Waits by moving a clock to the next timer; its streams are in memory. What runs on it runs the same way each time. */
export class VirtualPoller implements Poller {
  readonly name = 'virtual';
  readonly realFds = false;
  readonly blocking = true;
  readonly backstop: number = Infinity;
  readonly clock: VirtualClock = new VirtualClock();
  readonly transports: MemoryNetwork;
  readonly bell: SharedArrayBuffer = new SharedArrayBuffer(BELL_SIZE);
  readonly turnWords: Int32Array = new Int32Array(this.bell, TURN_WORDS, 3);
  readonly #bell = new Int32Array(this.bell);
  /** The count of rings that was looked at. */
  #seen = 0;

  constructor(services: LoopServices) {
    this.transports = new MemoryNetwork(services);
  }

  add(): void {
    throw new UnsupportedError('virtual time watches no file descriptors; epoll, kqueue, poll and select do');
  }

  modify(): void {}

  remove(): void {}

  flush(): void {
    this.transports.handOver();
  }

  wait(timeout: number, out: Int32Array): number {
    this.transports.handOver();
    const count = this.transports.takeReady(out);
    if (count > 0 || timeout === 0 || this.#rung()) return count;
    const { rate, autojump } = this.clock;
    const real = rate > 0 ? Math.min(autojump, timeout / rate) : autojump;
    if (real > 0 && Atomics.wait(this.#bell, 0, this.#seen, real) !== 'timed-out') {
      this.#rung();
      return 0;
    }
    // a clock with a rate has moved by itself
    if (rate > 0 && real < autojump) return 0;
    if (timeout === Infinity) throw new VirtualDeadlockError();
    this.clock.jump(timeout);
    return 0;
  }

  wake(): void {
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  close(): void {
    this.transports.close();
  }

  #rung(): boolean {
    const rings = Atomics.load(this.#bell, 0);
    const rung = rings !== this.#seen;
    this.#seen = rings;
    return rung;
  }
}

export function open(services: LoopServices): VirtualPoller {
  return new VirtualPoller(services);
}

/** Bytes of a loop thread's bell, and where in it the turn's words are. */
const BELL_SIZE = 4096;
const TURN_WORDS = 49 * 4;
