import type { IOLoop, TimeoutHandle } from '../ioloop/index.ts';
import { ConnectionCallbacks } from './connection-callbacks.ts';

/** A connection with callbacks, and with timers of its loop as pika's connections have them. */
export abstract class ConnectionTimers extends ConnectionCallbacks {
  abstract get ioloop(): IOLoop;

  /** A timer of the loop. @param delay - milliseconds */
  addTimeout(delay: number, callback: () => void): TimeoutHandle {
    return this.ioloop.callLater(delay, callback);
  }
  removeTimeout(handle: TimeoutHandle): void {
    this.ioloop.removeTimeout(handle);
  }
}
