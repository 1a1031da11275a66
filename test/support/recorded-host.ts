import type { Callback, EventMask, HostLoop } from '../../ioloop/index.ts';
import { HostSockets } from '../../ioloop/transports/host-socket.ts';
import { SystemSockets } from '../../ioloop/transports/system-sockets.ts';

/** A host that does nothing by itself: the test turns it, and sees what was asked of it. */
export class RecordedHost implements HostLoop {
  readonly transports: HostSockets = new HostSockets(this, new SystemSockets(this));
  readonly queued: Callback[] = [];
  /** Timers that are set: what they call, by when. */
  readonly timers = new Map<object, { at: number; fn: Callback }>();
  time = 0;

  now(): number {
    return this.time;
  }

  soon(fn: Callback): void {
    this.queued.push(fn);
  }

  later(delay: number, fn: Callback): object {
    const timer = {};
    this.timers.set(timer, { at: this.time + delay, fn });
    return timer;
  }

  cancel(timer: unknown): void {
    this.timers.delete(timer as object);
  }

  /** When the timers are set for. */
  get deadlines(): number[] {
    return Array.from(this.timers.values(), ({ at }) => at);
  }

  /** Lets time pass up to `time`, then runs what is due or queued, once. */
  turn(time: number = this.time): void {
    this.time = time;
    for (const fn of this.queued.splice(0)) fn();
    for (const [timer, { at, fn }] of this.timers) {
      if (at > time) continue;
      this.timers.delete(timer);
      fn();
    }
  }
}

/** One that can watch descriptors, too: the test says when they are ready. */
export class WatchingHost extends RecordedHost {
  readonly watched = new Map<number, { readonly events: EventMask; readonly fn: (events: EventMask) => void }>();

  watch(fd: number, events: EventMask, fn: (events: EventMask) => void): Disposable {
    const entry = { events, fn };
    this.watched.set(fd, entry);
    return {
      [Symbol.dispose]: () => {
        if (this.watched.get(fd) === entry) this.watched.delete(fd);
      },
    };
  }
}
