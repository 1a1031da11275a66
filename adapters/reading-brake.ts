import { ByteGauge } from './byte-gauge.ts';

/** What reads from the broker. */
export interface Reading {
  stopReading(): void;
  goOnReading(): void;
}

/**
 * Stops the reading of a connection while too much of what it has read waits for a program that is slower than the
 * broker. TCP then holds the broker up, heartbeats go out all the same, and its silence is not counted.
 */
export class ReadingBrake {
  readonly #gauge: ByteGauge;
  readonly #reading: Reading;

  /** @param limit - bytes of bodies that wait, at which reading stops; a message counts 256 more */
  constructor(limit: number, reading: Reading) {
    this.#gauge = new ByteGauge(limit);
    this.#reading = reading;
  }

  /** A body of so many bytes waits. */
  add(length: number): void {
    if (this.#gauge.add(length)) this.#reading.stopReading();
  }

  /** It does not wait any more. */
  remove(length: number): void {
    if (this.#gauge.remove(length)) this.#reading.goOnReading();
  }
}

/** Bytes that may wait for consumers whose messages nothing else limits (no prefetch, or no acknowledgements). */
export const UNREAD_LIMIT: number = 16 * 1024 * 1024;
