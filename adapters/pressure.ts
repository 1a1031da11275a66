import { number } from './field-checks.ts';

/** What has been sent so far. */
interface Sent {
  readonly bytesSent: number;
  readonly framesSent: number;
}

/** How much may wait to be sent before a program that asked for it hears of backpressure: so many average frames. */
export class Pressure {
  #multiplier = 10;

  /** @throws {TypeError | RangeError} what is no number from 0 on */
  set multiplier(value: number) {
    this.#multiplier = checkMultiplier(value, 'value');
  }

  /** Bytes; Infinity without detection. */
  threshold(isDetected: boolean, { bytesSent, framesSent }: Sent): number {
    return isDetected ? (bytesSent / Math.max(1, framesSent)) * this.#multiplier : Number.POSITIVE_INFINITY;
  }
}

const checkMultiplier = number(0, Number.POSITIVE_INFINITY, true);
