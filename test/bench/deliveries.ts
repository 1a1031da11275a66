import type { Socket } from 'node:net';
import { deliver, deliveryTagOffset, repeated } from './wire.ts';
import { BODY } from './workload.ts';

/** How much may be under way to one reader. */
const CHUNK_BYTES = 65_536;
const CHUNKS = 8;

/**
 * One consumer's stream of messages: bytes built beforehand in which only the delivery tags are written anew. Chunks
 * under way are bounded, and a chunk is used again once the socket has taken it, so a slow reader stops the stream.
 */
export class Deliveries {
  /** Messages that wait for the socket or for the reader's acks. */
  owed = 0;
  unacked = 0;
  readonly #socket: Socket;
  readonly #free: Buffer[];
  readonly #messageSize: number;
  readonly #tagOffset: number;
  readonly #perChunk: number;
  /** 0: no limit, and nothing to ack. */
  readonly #prefetch: number;
  readonly #nextTag: () => number;

  constructor(
    socket: Socket,
    nextTag: () => number,
    consumer: { channel: number; consumerTag: string; routingKey: string; prefetch: number },
  ) {
    const message = deliver(consumer.channel, consumer.consumerTag, consumer.routingKey, BODY);
    this.#socket = socket;
    this.#nextTag = nextTag;
    this.#prefetch = consumer.prefetch;
    this.#messageSize = message.length;
    this.#tagOffset = deliveryTagOffset(consumer.consumerTag) + 4;
    this.#perChunk = Math.floor(CHUNK_BYTES / message.length);
    this.#free = Array.from({ length: CHUNKS }, () => repeated(message, this.#perChunk));
  }

  /** Sends what may be sent. */
  pump(): void {
    for (let count = this.#allowed(); count > 0; count = this.#allowed()) {
      const chunk = this.#free.pop();
      if (chunk === undefined) return;
      this.#number(chunk, count);
      this.owed -= count;
      if (this.#prefetch > 0) this.unacked += count;
      this.#socket.write(chunk.subarray(0, count * this.#messageSize), () => {
        this.#free.push(chunk);
        this.pump();
      });
    }
  }

  #allowed(): number {
    const window = this.#prefetch > 0 ? this.#prefetch - this.unacked : this.#perChunk;
    return Math.min(this.owed, window, this.#perChunk);
  }

  /** Tags stay below 2^32 here, so the upper half of each is 0 from the start. */
  #number(chunk: Buffer, count: number): void {
    for (let i = 0, at = this.#tagOffset; i < count; i++, at += this.#messageSize) {
      const tag = this.#nextTag();
      chunk[at] = tag >>> 24;
      chunk[at + 1] = tag >>> 16;
      chunk[at + 2] = tag >>> 8;
      chunk[at + 3] = tag;
    }
  }
}
