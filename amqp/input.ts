import type { Bodies } from './bodies.ts';
import type { Channels } from './channels.ts';
import { DeliveryReader } from './delivery-reader.ts';
import { FrameReader, type FrameSink, MAX_BEFORE_TUNE } from './frames.ts';
import type { Link } from './link.ts';

/** What a connection receives: bytes in, frames and whole deliveries out. */
export class Input {
  readonly #reader: FrameReader;
  readonly #deliveries: DeliveryReader;
  readonly #bodies: Bodies;
  #channels: Channels | null = null;

  /** @param frame - takes each frame that is not part of a delivery taken whole */
  constructor(link: Link, frame: FrameSink['frame']) {
    this.#bodies = link.bodies;
    this.#deliveries = new DeliveryReader(link);
    const run = (bytes: Uint8Array, at: number): number =>
      this.#channels === null ? at : this.#deliveries.take(this.#channels, bytes, at);
    this.#reader = new FrameReader({ frame, run });
    this.#reader.budget = MAX_BEFORE_TUNE;
  }

  /** Whole frames so far. */
  get frames(): number {
    return this.#reader.frames + this.#deliveries.frames;
  }

  /** Both sides have agreed on their limits, so that there may be channels. */
  open(channels: Channels, frameMax: number): void {
    this.#channels = channels;
    this.#reader.budget = Number.POSITIVE_INFINITY;
    this.#reader.frameMax = frameMax;
    this.#deliveries.frameMax = frameMax;
  }

  /** @throws ProtocolSyntaxError */
  feed(bytes: Uint8Array): void {
    this.#bodies.renew();
    this.#reader.feed(bytes);
  }

  /** Drops what is held and all that comes. */
  stop(): void {
    this.#reader.stop();
  }
}
