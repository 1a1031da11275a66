import type { ConnectionMachine } from '../amqp/index.ts';
import type { IOLoop, Logger } from '../ioloop/index.ts';
import type { ChannelOpener } from './channel-wire.ts';
import type { Reports } from './promise-reports.ts';
import type { ReadingBrake } from './reading-brake.ts';
import type { TurnCount } from './turn-count.ts';

/** A message that came back, or one that was delivered, as plain data. */
export interface PlainMessage<M, P> {
  readonly method: M;
  readonly properties: P;
  readonly body: Uint8Array;
}

/** What the channels of a promise connection share with it. */
export interface ConnectionCore extends ChannelOpener {
  readonly machine: ConnectionMachine;
  readonly loop: IOLoop;
  readonly logger: Logger;
  readonly reports: Reports;
  /** Bytes that may wait to be sent before publishing waits. */
  readonly outboundLimit: number;
  readonly maxUnconfirmed: number;
  /** Milliseconds that a close may take. */
  readonly closeTimeout: number;
  /** Bytes of the messages that wait for room, of all channels. */
  queued: number;
  /** The broker takes no messages for want of memory or disk. */
  readonly isBlocked: boolean;
  /** This side closes the connection: nothing is begun any more. */
  readonly isClosing: boolean;
  /** The stream holds more than it wants to. */
  readonly isFull: boolean;
  /** Whether a message of about `size` bytes may be queued without waiting. */
  hasRoom(size: number): boolean;
  /** Counts what waits for consumers that are slower than the broker. */
  readonly brake: ReadingBrake;
  readonly turns: TurnCount;
  /**
   * Runs a handler of the program; what it throws, or its promise rejects with, is reported.
   * @returns where the handler gave a promise, one that does not reject
   */
  run<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Promise<unknown> | undefined;
}
