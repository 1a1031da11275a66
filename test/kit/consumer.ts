import type { Entry, Queue, QueueConsumer } from './queue.ts';

/** What a consumer needs of its channel. */
export interface ConsumerHost {
  /** Whether the connection takes more, and the limit of the whole channel is not reached. */
  readonly hasRoom: boolean;
  deliver(consumer: Consumer, entry: Entry): void;
  consumerCancelled(consumer: Consumer): void;
}

export interface ConsumerOptions {
  readonly tag: string;
  readonly queue: Queue;
  readonly noAck: boolean;
  /** Unsettled messages that it may have; 0 = any number. */
  readonly prefetch: number;
}

/** One consumer of one channel, as its queue sees it. */
export class Consumer implements QueueConsumer, ConsumerOptions {
  readonly tag: string;
  readonly queue: Queue;
  readonly noAck: boolean;
  readonly prefetch: number;
  /** Messages that it has and has not settled. */
  unsettled = 0;
  readonly #host: ConsumerHost;

  constructor(host: ConsumerHost, options: ConsumerOptions) {
    this.#host = host;
    this.tag = options.tag;
    this.queue = options.queue;
    this.noAck = options.noAck;
    this.prefetch = options.prefetch;
  }

  get ready(): boolean {
    return this.#host.hasRoom && (this.prefetch === 0 || this.unsettled < this.prefetch);
  }

  deliver(entry: Entry): void {
    if (!this.noAck) this.unsettled++;
    this.#host.deliver(this, entry);
  }

  cancelled(): void {
    this.#host.consumerCancelled(this);
  }
}
