import type { IOLoop, TimeoutHandle } from '../ioloop/index.ts';
import { ByteGauge } from './byte-gauge.ts';

/** What reads from the broker. */
export interface Reading {
  stopReading(): void;
  goOnReading(): void;
  /** Whether the program waits for an answer of the broker, which comes behind what is not read. */
  readonly awaitsAnswer: boolean;
}

/**
 * Stops the reading of a connection while too much of what it has read waits for a program that is slower than the
 * broker. TCP then holds the broker up, heartbeats go out all the same, and its silence is not counted.
 *
 * A program that takes nothing because it waits for an answer on the same connection would wait for ever. For it reading
 * goes on, a piece at a time, until the answer has come.
 */
export class ReadingBrake {
  readonly #gauge: ByteGauge;
  readonly #reading: Reading;
  readonly #loop: Pick<IOLoop, 'callLater'>;
  #timer: TimeoutHandle | null = null;
  /** Something was taken since it was looked at last. */
  #isMoving = false;
  /** Bytes that may still come before reading stops again, while it goes on for an answer. */
  #piece = 0;

  /** @param limit - bytes of bodies that wait, at which reading stops; a message counts 256 more */
  constructor(limit: number, reading: Reading, loop: Pick<IOLoop, 'callLater'>) {
    this.#gauge = new ByteGauge(limit);
    this.#reading = reading;
    this.#loop = loop;
  }

  /** A body of so many bytes waits. */
  add(length: number): void {
    if (this.#gauge.add(length)) this.#stop();
    else if (this.#piece > 0) this.#pass(length);
  }

  /** It does not wait any more. */
  remove(length: number): void {
    this.#isMoving = true;
    if (!this.#gauge.remove(length)) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#piece = 0;
    this.#reading.goOnReading();
  }

  #stop(): void {
    this.#reading.stopReading();
    this.#isMoving = false;
    this.#timer = this.#loop.callLater(PATIENCE, () => this.#look());
  }

  #look(): void {
    if (this.#isMoving || !this.#reading.awaitsAnswer) {
      this.#isMoving = false;
      this.#timer = this.#loop.callLater(PATIENCE, () => this.#look());
      return;
    }
    this.#timer = null;
    this.#piece = PIECE;
    this.#reading.goOnReading();
  }

  #pass(length: number): void {
    this.#piece -= length;
    if (this.#piece > 0) return;
    this.#piece = 0;
    this.#stop();
  }
}

/** Bytes that may wait for consumers whose messages nothing else limits (no prefetch, or no acknowledgements). */
export const UNREAD_LIMIT: number = 16 * 1024 * 1024;
/** Milliseconds without a message taken, after which an answer that is waited for is read for. */
const PATIENCE = 100;
/** Bytes that are read at a time for an answer. */
const PIECE = 1024 * 1024;
