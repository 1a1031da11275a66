import { UnsupportedError, VirtualDeadlockError } from '../errors.ts';
import type { LoopServices, Poller } from '../poller.ts';
import { Bell, TURN_WORDS } from '../ring.ts';
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
  readonly bell: SharedArrayBuffer;
  readonly turnWords: Int32Array;
  readonly #bell = new Bell();
  /** The count of rings that was looked at. */
  #seen = 0;

  constructor(services: LoopServices) {
    this.bell = this.#bell.buffer;
    this.turnWords = new Int32Array(this.bell, TURN_WORDS * 4, 3);
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
    if (real > 0 && this.#bell.sleep(this.#seen, real)) {
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
    this.#bell.ringLoop();
  }

  close(): void {
    this.transports.close();
  }

  #rung(): boolean {
    const { rings } = this.#bell;
    const rung = rings !== this.#seen;
    this.#seen = rings;
    return rung;
  }
}

export function open(services: LoopServices): VirtualPoller {
  return new VirtualPoller(services);
}
