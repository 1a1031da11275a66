import * as wire from './wire.ts';

/**
 * The answers to queue.declare of one read, in order. Rounds are full of these, and a server that takes longer to make one
 * than a client to ask is what is measured: each is built once for a queue, and then copied.
 */
export class Declared {
  readonly #known = new Map<string, Buffer>();
  #bytes = Buffer.allocUnsafe(ROOM);
  #from = 0;
  #at = 0;

  /** @param published - the message count, the proof that nothing was lost on the way */
  add(channel: number, queue: string, published: number): void {
    const answer = this.#known.get(queue) ?? this.#learn(queue);
    if (this.#at + answer.length > this.#bytes.length) this.#renew(answer.length);
    const at = this.#at;
    this.#at += answer.copy(this.#bytes, at);
    this.#bytes.writeUInt16BE(channel, at + CHANNEL);
    this.#bytes.writeUInt32BE(published, this.#at - COUNTS);
  }

  /** @returns what was added since the last time, which is the caller's; null: nothing */
  take(): Buffer | null {
    if (this.#at === this.#from) return null;
    const answers = this.#bytes.subarray(this.#from, this.#at);
    this.#from = this.#at;
    return answers;
  }

  #learn(queue: string): Buffer {
    const answer = wire.method(0, wire.QUEUE_DECLARE_OK, wire.shortString(queue), wire.long(0), wire.long(0));
    this.#known.set(queue, answer);
    return answer;
  }

  /** What is not taken yet moves on; what was taken may still be on its way. */
  #renew(size: number): void {
    const left = this.#bytes.subarray(this.#from, this.#at);
    this.#bytes = Buffer.allocUnsafe(Math.max(ROOM, 2 * (left.length + size)));
    this.#at = left.copy(this.#bytes);
    this.#from = 0;
  }
}

const ROOM = 65_536;
/** Where the channel's number stands in a frame. */
const CHANNEL = 1;
/** From the message count to the end of the frame: two counts and the end octet. */
const COUNTS = 9;
