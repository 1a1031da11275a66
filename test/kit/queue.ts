import type { BasicProperties, FieldTable } from '../../amqp/index.ts';
import { Fifo } from './fifo.ts';

/** A message as it was published. Every queue that got it holds the same object. */
export interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
}

/** A message's place in one queue, kept while it is delivered and not yet settled. */
export interface Entry {
  readonly message: Message;
  readonly position: number;
  redelivered: boolean;
}

/** What a queue needs of its consumers. `deliver` must not come back to the queue. */
export interface QueueConsumer {
  /** Whether its prefetch and its connection have room. */
  readonly ready: boolean;
  deliver(entry: Entry): void;
  /** The queue was deleted. */
  cancelled(): void;
}

export interface QueueOptions {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
  /** The connection that alone may use it; null = not exclusive. */
  readonly owner: object | null;
}

/** Messages in order, and the consumers that take them in turn. */
export class Queue implements QueueOptions {
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
  readonly owner: object | null;
  /** The consumer that wants no other beside it. */
  soleConsumer: QueueConsumer | null = null;
  readonly #ready = new Fifo<Entry>();
  readonly #consumers: QueueConsumer[] = [];
  #returned: Entry[] = []; // requeued ones, oldest first; always older than what is in #ready
  #positions = 0;
  #turn = 0;

  constructor(name: string, options: QueueOptions) {
    this.name = name;
    this.durable = options.durable;
    this.autoDelete = options.autoDelete;
    this.arguments = options.arguments;
    this.owner = options.owner;
  }

  /** Messages that wait; those delivered and not settled do not count. */
  get messageCount(): number {
    return this.#returned.length + this.#ready.length;
  }

  get consumerCount(): number {
    return this.#consumers.length;
  }

  put(message: Message): void {
    this.#ready.put({ message, position: this.#positions++, redelivered: false });
    this.deliver();
  }

  take(): Entry | undefined {
    return this.#returned.shift() ?? this.#ready.take();
  }

  /** Puts delivered messages back where they were (AMQP 0-9-1, basic.reject). */
  requeue(entries: readonly Entry[]): void {
    for (const entry of entries) entry.redelivered = true;
    this.#returned = [...this.#returned, ...entries].sort((a, b) => a.position - b.position);
    this.deliver();
  }

  /** @returns how many messages it dropped */
  purge(): number {
    const dropped = this.messageCount;
    this.#returned = [];
    this.#ready.clear();
    return dropped;
  }

  attach(consumer: QueueConsumer, exclusive: boolean): void {
    this.#consumers.push(consumer);
    if (exclusive) this.soleConsumer = consumer;
  }

  detach(consumer: QueueConsumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
    if (this.soleConsumer === consumer) this.soleConsumer = null;
  }

  /** Ends all consumers, because the queue is deleted. */
  abandon(): void {
    for (const consumer of this.#consumers.splice(0)) consumer.cancelled();
    this.purge();
  }

  /** Hands out what waits, one message each in turn, as far as the consumers have room. */
  deliver(): void {
    for (let refused = 0; this.messageCount > 0 && refused < this.#consumers.length; ) {
      this.#turn = (this.#turn + 1) % this.#consumers.length;
      const consumer = this.#consumers[this.#turn];
      const entry = consumer?.ready ? this.take() : undefined;
      if (entry) consumer?.deliver(entry);
      refused = entry ? 0 : refused + 1;
    }
  }
}
