import { encodeBasicPublish, encodeContentHeader } from './codec.ts';
import type { PropertiesIn } from './methods.ts';
import type { Writer } from './writer.ts';

/**
 * Writes what is before the body of a message: basic.publish and its header (AMQP 0-9-1 §4.2.6.1). A channel mostly
 * publishes to one place; as long as it does, and without properties, the frames of the last message are copied.
 */
export class MessageHead {
  readonly #channel: number;
  readonly #scratch: Writer;
  #exchange = '';
  #routingKey = '';
  #mandatory = false;
  /** The frames of a message like the last one; null: there was one like it at most. */
  #frames: Uint8Array | null = null;
  /** Over {@link #frames}. */
  #view: DataView | null = null;
  /** Where in them the size of the body is, and what stands there. */
  #sizeAt = 0;
  #size = 0;

  /** @param scratch - a writer that is empty between uses */
  constructor(channel: number, scratch: Writer) {
    this.#channel = channel;
    this.#scratch = scratch;
  }

  /** @throws TypeError, RangeError for what cannot be encoded; nothing is written then */
  write(
    writer: Writer,
    exchange: string,
    routingKey: string,
    mandatory: boolean,
    size: number,
    properties: PropertiesIn | null,
  ): void {
    const isPlain = properties === null;
    const isLast = routingKey === this.#routingKey && exchange === this.#exchange && mandatory === this.#mandatory;
    if (isPlain && isLast && this.#frames !== null) {
      if (size !== this.#size) this.#resize(size);
      writer.wholeFrames(this.#frames, 2);
      return;
    }
    const start = writer.mark();
    try {
      encodeBasicPublish(writer, this.#channel, { exchange, routingKey, mandatory });
      encodeContentHeader(writer, this.#channel, size, properties ?? NO_FIELDS);
    } catch (error) {
      writer.truncate(start);
      throw error;
    }
    if (!isPlain) return;
    if (isLast) this.#keep(size);
    else {
      this.#exchange = exchange;
      this.#routingKey = routingKey;
      this.#mandatory = mandatory;
      this.#frames = null;
    }
  }

  /** The second one of its kind: there may be many. */
  #keep(size: number): void {
    const fields = { exchange: this.#exchange, routingKey: this.#routingKey, mandatory: this.#mandatory };
    encodeBasicPublish(this.#scratch, this.#channel, fields);
    encodeContentHeader(this.#scratch, this.#channel, size, NO_FIELDS);
    const [frames = NOTHING] = this.#scratch.take();
    this.#frames = frames.slice();
    this.#view = new DataView(this.#frames.buffer);
    this.#sizeAt = frames.length - BEHIND_SIZE - 8;
    this.#size = size;
  }

  #resize(size: number): void {
    this.#view?.setUint32(this.#sizeAt, Math.floor(size / 0x1_0000_0000));
    this.#view?.setUint32(this.#sizeAt + 4, size % 0x1_0000_0000);
    this.#size = size;
  }
}

/** The flags of no properties, and the end of the frame. */
const BEHIND_SIZE = 3;
const NO_FIELDS: PropertiesIn = {};
const NOTHING = new Uint8Array(0);
