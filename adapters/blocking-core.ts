import type { ConnectionMachine } from '../amqp/index.ts';
import type { Logger } from '../ioloop/index.ts';
import type { Dispatcher } from './blocking-events.ts';
import type { Limited, LoopWait } from './blocking-wait.ts';
import type { ChannelOpener } from './channel-wire.ts';

/** What the channels of a blocking connection share with it. */
export interface BlockingCore extends ChannelOpener {
  readonly machine: ConnectionMachine;
  readonly logger: Logger;
  readonly wait: LoopWait;
  readonly events: Dispatcher;
  readonly maxUnconfirmed: number;
  /** Whether a message of about `size` bytes may be queued without waiting. */
  hasRoom(size: number): boolean;
  /** Runs a handler of the program, whose error leaves the dispatch. */
  handle<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void;
  /**
   * Dispatches until `condition` holds.
   * @param duration - milliseconds that it may take; 0: once; null: any time
   */
  processUntil(condition: () => boolean, duration: number | null, limited: Limited | null): void;
}
