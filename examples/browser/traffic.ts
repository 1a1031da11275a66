import { connect, type Message, PlainCredentials, type PromiseChannel, type PromiseConnection } from 'pikaloop';

export interface Login {
  /** Of the bridge. */
  readonly webSocket: string;
  readonly user: string;
  readonly password: string;
  readonly virtualHost: string;
}

/** What the page's user sets; may change at any time. */
export interface Settings {
  /** Bytes. */
  size: number;
  prefetch: number;
  /** Milliseconds from a message to its ack. */
  work: number;
}

export interface Consumed {
  readonly at: Date;
  /** Milliseconds from publishing it. */
  readonly took: number;
  readonly size: number;
  readonly text: string;
}

/** What a queue holds; a publish beyond that is refused. */
export const QUEUE_LIMIT = 10_000;
/** As many may wait for their confirm before the publisher does. */
export const UNCONFIRMED_LIMIT = 2_000;

/** Publishes to a queue of its own and consumes from it: all that the page does with the library. */
export class Traffic {
  published = 0;
  confirmed = 0;
  refused = 0;
  consumed = 0;
  unacked = 0;
  /** The latest first. */
  readonly latest: Consumed[] = [];
  readonly settings: Settings;
  readonly #connection: PromiseConnection;
  readonly #channel: PromiseChannel;
  readonly #queue: string;
  #consumer: ReturnType<PromiseChannel['consume']> | null = null;

  static async start(login: Login, settings: Settings): Promise<Traffic> {
    const { webSocket, user, password, virtualHost } = login;
    const credentials = new PlainCredentials(user, password);
    const connection = await connect({ webSocket, virtualHost, credentials }, { timeout: 15_000, recovery: false });
    const channel = await connection.channel({ confirm: true });
    const limits = { 'x-max-length': QUEUE_LIMIT, 'x-overflow': 'reject-publish' };
    const { queue } = await channel.queueDeclare({ exclusive: true, arguments: limits });
    return new Traffic(connection, channel, queue, settings);
  }

  private constructor(connection: PromiseConnection, channel: PromiseChannel, queue: string, settings: Settings) {
    this.#connection = connection;
    this.#channel = channel;
    this.#queue = queue;
    this.settings = settings;
  }

  /** Resolves with the reason, from whichever side it ended. */
  get ended(): Promise<Error> {
    return Promise.race([this.#channel.closed, this.#connection.closed]);
  }

  get broker(): string {
    const { product, version } = this.#connection.serverProperties;
    return `${product ?? 'A broker'} ${version ?? ''}`.trim();
  }

  get unconfirmed(): number {
    return this.published - this.confirmed - this.refused;
  }

  get consuming(): boolean {
    return this.#consumer !== null;
  }

  /** Calls `listener` when the broker stops taking messages, with its reason, and when it goes on, with null. */
  onBlocked(listener: (reason: string | null) => void): void {
    this.#connection.on('blocked', listener);
    this.#connection.on('unblocked', () => listener(null));
  }

  /** Publishes as many messages, or fewer while too many have no confirm. */
  publish(count: number): void {
    const room = UNCONFIRMED_LIMIT - this.unconfirmed;
    for (let i = 0; i < Math.min(count, room); i++) void this.#publishOne();
  }

  /** @returns how many messages wait in the queue */
  async waiting(): Promise<number> {
    const { messageCount } = await this.#channel.queueDeclare({ queue: this.#queue, passive: true });
    return messageCount;
  }

  /** Consumes until `pause()`, or until the connection ends, with the prefetch that is set. */
  async consume(): Promise<void> {
    if (this.#consumer !== null) return;
    this.#consumer = this.#channel.consume({ queue: this.#queue }, { prefetch: this.settings.prefetch });
    for await (const message of this.#consumer) void this.#take(message); // many at a time: the prefetch is the limit
  }

  /** Ends the consumer; messages that it has not come to wait in the queue. */
  async pause(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = null;
    await consumer?.return();
  }

  /** Closes in order: what is published gets its confirm. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #publishOne(): Promise<void> {
    const body = bodyOf(++this.published, this.settings.size);
    try {
      await this.#channel.basicPublish('', this.#queue, body, { headers: { sent: performance.now() } });
      this.confirmed++;
    } catch {
      this.refused++; // the queue is full, or the connection has ended, which `ended` tells
    }
  }

  async #take(message: Message): Promise<void> {
    this.unacked++;
    if (this.settings.work > 0) await new Promise((resolve) => setTimeout(resolve, this.settings.work));
    this.unacked--;
    if (!this.#channel.isOpen) return;
    message.ack();
    this.consumed++;
    const { body, properties } = message;
    const took = performance.now() - Number(properties.headers?.sent);
    const text = new TextDecoder().decode(body.subarray(0, SHOWN_BYTES));
    this.latest.unshift({ at: new Date(), took, size: body.length, text });
    this.latest.length = Math.min(this.latest.length, SHOWN_MESSAGES);
  }
}

export const SHOWN_MESSAGES = 6;
const SHOWN_BYTES = 160;

/** Bodies under 64 KiB are copied by the call, so that one array does for all. */
const ENCODER = new TextEncoder();
const NUMBER_WIDTH = 12;
const BODY = ENCODER.encode(' '.repeat(NUMBER_WIDTH) + 'The quick brown fox jumps over the lazy dog. '.repeat(1_000));

function bodyOf(number: number, size: number): Uint8Array {
  ENCODER.encodeInto(`#${number}`.padEnd(NUMBER_WIDTH), BODY);
  return BODY.subarray(0, size);
}
