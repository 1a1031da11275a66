import type { ConnectionMachine } from '../amqp/index.ts';
import type { Logger } from '../ioloop/index.ts';
import type { ChannelOpener } from './channel-wire.ts';

/** What a channel needs of its connection. */
export interface ChannelHost extends ChannelOpener {
  readonly machine: ConnectionMachine;
  readonly logger: Logger;
  /** Runs a user's code. What it throws goes to the loop's handleCallbackException, and never further. */
  run<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void;
  /**
   * Makes sure that a message of about `size` bytes may be queued.
   * @throws {RangeError} OUTBOUND_FULL above four times `outboundLimit`
   */
  reserve(size: number): void;
}
