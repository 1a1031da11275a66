import type { ConnectionMachine } from '../amqp/index.ts';
import type { Logger } from '../ioloop/index.ts';
import type { Dispatcher } from './blocking-events.ts';
import type { Limited, LoopWait } from './blocking-wait.ts';

/** What the channels of a blocking connection share with it. */
export interface BlockingCore {
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
   * Waits until there is something to dispatch or `condition` holds, for so many milliseconds at most, and dispatches.
   * @param duration - null: any time
   */
  process(duration: number | null, condition: () => boolean, limited: Limited | null): void;
}
