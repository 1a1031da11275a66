import { DuplicateConsumerTag } from './errors.ts';
import type { MessageHandler } from './events.ts';

/** One consumer of a channel. */
export class Consumer {
  readonly tag: string;
  /** Its deliveries count as settled when they are sent. */
  readonly noAck: boolean;
  readonly onMessage: MessageHandler;
  /** Its messages have tags of their own. Those of direct answers have the one that the next delivery will have. */
  readonly tagged: boolean;
  /** `gone` is what is told no more messages; the broker may still send some. */
  state: 'active' | 'cancelling' | 'gone' = 'active';

  constructor(tag: string, queue: string, noAck: boolean, onMessage: MessageHandler) {
    this.tag = tag;
    this.noAck = noAck;
    this.onMessage = onMessage;
    this.tagged = queue !== REPLY_TO;
  }
}

/** The consumers of a channel. A tag is taken while its consumer is active or waits for cancel-ok. */
export class Consumers {
  readonly #byTag = new Map<string, Consumer>();
  /** Cancelled without a reply: the latest ones, as deliveries for them may be on their way. */
  readonly #forgotten = new Map<string, Consumer>();
  /** The one that was asked for last: it is the next one's, mostly. */
  #last: Consumer | undefined;

  get tags(): string[] {
    return [...this.#byTag.keys()];
  }

  get activeTags(): string[] {
    return this.tags.filter((tag) => this.isActive(tag));
  }

  /** @throws DuplicateConsumerTag */
  add(consumer: Consumer): void {
    if (this.#byTag.has(consumer.tag)) throw new DuplicateConsumerTag(consumer.tag);
    this.#forgotten.delete(consumer.tag);
    this.#last = undefined;
    this.#byTag.set(consumer.tag, consumer);
  }

  /** Whoever a delivery is for, also when it was cancelled since. */
  find(tag: string): Consumer | undefined {
    if (this.#last?.tag !== tag) this.#last = this.#byTag.get(tag) ?? this.#forgotten.get(tag);
    return this.#last;
  }

  /** Whether a tag has a consumer that is not being cancelled. */
  isActive(tag: string): boolean {
    return this.#byTag.get(tag)?.state === 'active';
  }

  /** Stops a consumer: at once, or when cancel-ok comes. */
  cancel(tag: string, atOnce: boolean): void {
    const consumer = this.#byTag.get(tag);
    if (atOnce) this.remove(tag);
    else if (consumer !== undefined) consumer.state = 'cancelling';
  }

  /** Takes a consumer out; what still comes for it is recognised. */
  remove(tag: string): void {
    const consumer = this.#byTag.get(tag);
    if (consumer === undefined) return;
    consumer.state = 'gone';
    this.#byTag.delete(tag);
    this.#remember(consumer);
  }

  clear(): void {
    for (const consumer of this.#byTag.values()) consumer.state = 'gone';
    this.#byTag.clear();
    this.#forgotten.clear();
    this.#last = undefined;
  }

  #remember(consumer: Consumer): void {
    this.#forgotten.set(consumer.tag, consumer);
    if (this.#forgotten.size <= REMEMBERED) return;
    const [oldest] = this.#forgotten.keys();
    if (oldest !== undefined) this.#forgotten.delete(oldest);
  }
}

/** A tag that no other consumer of the broker is likely to have. */
export function newConsumerTag(channel: number): string {
  let random = '';
  while (random.length < 32) {
    random += Math.floor(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return `ctag${channel}.${random}`;
}

/** What a channel consumes to get answers without a queue of its own (RabbitMQ's direct reply-to). */
export const REPLY_TO = 'amq.rabbitmq.reply-to';

/** Cancelled consumers whose late deliveries are recognised. */
const REMEMBERED = 256;
