import { integerError } from './argument-errors.ts';
import { AMQPConnectionError, ProtocolSyntaxError } from './errors.ts';
import type { ConnectionTune } from './methods.ts';

/** What this side asks for. */
export interface Limits {
  /** 1 to 65535. */
  readonly channelMax: number;
  /** Bytes of a frame, 4096 to 131072. */
  readonly frameMax: number;
  /** Seconds: null takes the broker's value, a number overrides it, a function chooses; 0 is off. */
  readonly heartbeat: number | null | ((brokerValue: number) => number);
}

/** What both sides keep to. */
export interface Tuned {
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds, 0 = off. */
  readonly heartbeat: number;
}

/** The least frame_max that the protocol allows (AMQP 0-9-1 §4.2.3: frame-min-size). */
export const FRAME_MIN_SIZE = 4096;

/**
 * The smaller of both wishes, where 0 stands for no wish (AMQP 0-9-1 connection.tune).
 * @throws ProtocolSyntaxError when the broker allows no legal frame
 * @throws AMQPConnectionError when the caller's function for the heartbeat throws or gives no interval
 */
export function negotiate(ours: Limits, theirs: ConnectionTune): Tuned {
  if (theirs.frameMax > 0 && theirs.frameMax < FRAME_MIN_SIZE) {
    throw new ProtocolSyntaxError(`the broker allows frames of ${theirs.frameMax} bytes, below the least of 4096`, 501);
  }
  return {
    channelMax: smaller(ours.channelMax, theirs.channelMax),
    frameMax: smaller(ours.frameMax, theirs.frameMax),
    heartbeat: chooseHeartbeat(ours.heartbeat, theirs.heartbeat),
  };
}

function smaller(ours: number, theirs: number): number {
  if (theirs === 0) return ours;
  return ours === 0 ? theirs : Math.min(ours, theirs);
}

function chooseHeartbeat(ours: Limits['heartbeat'], theirs: number): number {
  if (ours === null) return theirs;
  if (typeof ours === 'number') return ours;
  let chosen: unknown;
  try {
    chosen = ours(theirs);
  } catch (cause) {
    throw new AMQPConnectionError('the function for the heartbeat threw an error', { cause });
  }
  if (typeof chosen === 'number' && Number.isInteger(chosen) && chosen >= 0 && chosen <= 0xffff) return chosen;
  const cause = integerError('heartbeat', chosen, 0, 0xffff);
  throw new AMQPConnectionError('the function for the heartbeat gave no interval', { cause });
}
