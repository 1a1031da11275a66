import type { Bodies } from './bodies.ts';
import type { AMQPError } from './errors.ts';
import type { Output } from './output.ts';
import type { Reader } from './reader.ts';

/** Times in milliseconds (null: no limit) and sizes in bytes that hold for every channel of a connection. */
export interface ChannelLimits {
  readonly rpcTimeout: number | null;
  readonly closeTimeout: number;
  readonly confirmTimeout: number | null;
  readonly maxMessageSize: number;
}

/** What a channel has of its connection. */
export interface Link {
  /** All that is sent goes through here. */
  readonly output: Output;
  readonly reader: Reader;
  readonly bodies: Bodies;
  readonly limits: ChannelLimits;
  /** Messages so far, in each direction. */
  readonly messages: { sent: number; received: number };
  /** Something was written whose deadline counts from when it is handed over: the channel is to be told. */
  enroll(channel: TimedChannel): void;
  /** The channel's deadline has changed. */
  reschedule(channel: TimedChannel): void;
  /** The channel has ended. Unless the broker owes a close-ok, its number is free. */
  ended(number: number, owed: boolean): void;
  /** Why the connection has closed; null while it has not. */
  closedBy(): AMQPError | null;
  warn(text: string): void;
}

/** A channel as far as its connection's clock is concerned. */
export interface TimedChannel {
  readonly number: number;
  /** Never later than the first thing that has to be done; Infinity: nothing. */
  readonly deadline: number;
  /** Whether it is on the connection's list of deadlines; the connection's own note. */
  listed: boolean;
  /** What was written is handed over: deadlines count from here. */
  handOver(now: number): void;
  /** Ends what has waited for too long. */
  expire(now: number): void;
}
