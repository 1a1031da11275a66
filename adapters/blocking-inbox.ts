import type { MessageHandler } from '../amqp/index.ts';
import {
  type BufferedConsumer,
  Cancellation,
  type Delivered,
  Delivery,
  HandlerConsumer,
} from './blocking-consumers.ts';
import { Callback, type Dispatcher, type Event, type EventQueue } from './blocking-events.ts';

/** What comes to one blocking channel: messages for handlers, messages for `consume()`, and news of its consumers. */
export class BlockingInbox {
  readonly #look: () => void;
  readonly #queue: EventQueue;
  readonly #consumers = new Map<string, HandlerConsumer>();
  /** The consumer of `consume()`, from its first message asked for to its end. */
  buffered: BufferedConsumer | null = null;

  constructor(events: Dispatcher, look: () => void) {
    this.#queue = events.queue();
    this.#look = look;
  }

  /** Of the consumers with a handler. */
  get tags(): string[] {
    return [...this.#consumers.keys()];
  }

  get hasConsumers(): boolean {
    return this.#consumers.size > 0;
  }

  find(tag: string): HandlerConsumer | undefined {
    return this.#consumers.get(tag);
  }

  add(tag: string, consumer: HandlerConsumer): void {
    this.#consumers.set(tag, consumer);
  }

  /** What the protocol machine calls with each message of a consumer. */
  taker(consumer: HandlerConsumer | BufferedConsumer): MessageHandler {
    if (consumer instanceof HandlerConsumer) {
      return (method, properties, body) => this.#queue.put(new Delivery(consumer, method, properties, body));
    }
    return (method, properties, body) => {
      consumer.buffer.put({ method, properties, body });
      if (consumer.buffer.size === 1) this.#look();
    };
  }

  /** Something for handlers, in order with the messages. */
  put(task: () => unknown): void {
    this.#queue.put(new Callback(task));
  }

  /** The broker has ended a consumer. @param tell - called by a dispatch, after the messages that came before */
  cancelled(tag: string, tell: (tag: string) => void): void {
    const buffered = this.buffered;
    if (buffered?.tag === tag) {
      buffered.ended = true;
      this.#look();
      return;
    }
    const consumer = this.#consumers.get(tag);
    if (consumer === undefined) return;
    consumer.cancelled = true;
    this.#queue.put(
      new Cancellation(tag, () => {
        this.#consumers.delete(tag);
        tell(tag);
      }),
    );
  }

  /** Ends a consumer here. @returns its messages that no handler has seen */
  remove(consumer: HandlerConsumer): Delivered[] {
    this.#consumers.delete(consumer.tag);
    this.#queue.extract((event: Event): event is Cancellation => isNewsOf(event, consumer.tag));
    return this.#queue.extract((event: Event): event is Delivery => isFor(event, consumer)).map(asMessage);
  }

  /** The channel is gone. */
  clear(): void {
    this.#consumers.clear();
    this.#queue.clear();
    if (this.buffered !== null) {
      this.buffered.ended = true;
      this.buffered.buffer.clear();
    }
    this.buffered = null;
  }
}

function isNewsOf(event: Event, tag: string): event is Cancellation {
  return event instanceof Cancellation && event.consumerTag === tag;
}

function isFor(event: Event, consumer: HandlerConsumer): event is Delivery {
  return event instanceof Delivery && event.consumer === consumer;
}

function asMessage({ method, properties, body }: Delivered): Delivered {
  return { method, properties, body };
}
