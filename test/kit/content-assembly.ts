import {
  type BasicProperties,
  type BasicPublish,
  type Decoded,
  decodeProperties,
  type Reader,
} from '../../amqp/index.ts';
import { joinedBytes } from './joined-bytes.ts';
import type { Message } from './queue.ts';
import { Refusal } from './refusal.ts';

/** A message that is coming in: basic.publish, then one header frame, then as many body frames as it takes. */
export class ContentAssembly {
  readonly publish: Decoded<BasicPublish>;
  #properties: BasicProperties | null = null;
  #announced = 0;
  #arrived = 0;
  readonly #pieces: Uint8Array[] = [];

  constructor(publish: Decoded<BasicPublish>) {
    this.publish = publish;
  }

  /** @param payload - a reader at the start of the header frame's payload (AMQP 0-9-1 §4.2.6.1) */
  header(payload: Reader, maxMessageSize: number): void {
    if (this.#properties) throw new Refusal(505, 'expected content body, got content header instead');
    payload.short(); // class
    payload.short(); // weight
    this.#announced = Number(payload.longlong());
    if (this.#announced > maxMessageSize) {
      const sizes = `${this.#announced} is larger than configured max size ${maxMessageSize}`;
      throw new Refusal(406, `message size ${sizes}`);
    }
    this.#properties = decodeProperties(payload);
  }

  /** @param bytes - copied, because they change after the call */
  body(bytes: Uint8Array): void {
    if (!this.#properties) throw new Refusal(505, 'expected content header, got content body instead');
    this.#arrived += bytes.length;
    if (this.#arrived > this.#announced) throw new Refusal(501, 'content body is longer than its header says');
    this.#pieces.push(bytes.slice());
  }

  /** The message once all of it is here, else null. */
  get message(): Message | null {
    if (this.#properties === null || this.#arrived < this.#announced) return null;
    const { exchange, routingKey } = this.publish;
    return { exchange, routingKey, properties: this.#properties, body: joinedBytes(this.#pieces) };
  }
}
