import { integer, unknownField, wrongType } from './field-checks.ts';
import type { PromiseChannel } from './promise-channel.ts';
import { type Delivered, failureOf, messageOf, type Reply, type ReplyMessage } from './promise-replies.ts';

/** Answers one request. What it throws goes to who asked as RequestFailed, and to `onError`; the request is dropped. */
export type ServeHandler = (message: Delivered) => Reply | Promise<Reply>;

/** What `serve()` takes beside the queue and the handler. */
export interface ServeOptions {
  /** Requests that may be under way at a time, 1 to 65535; default 100. */
  readonly prefetch?: number | undefined;
}

/** A handler that answers the requests of a queue, on a channel of its own. Made by `connection.serve()`. */
export class PromiseServer<H = unknown> implements AsyncDisposable {
  readonly #channel: PromiseChannel<H>;

  constructor(channel: PromiseChannel<H>) {
    this.#channel = channel;
  }

  /** Begins to take requests. */
  async begin(queue: string, handler: ServeHandler): Promise<void> {
    await this.#channel.basicConsume({ queue }, (_channel, method, properties, body) =>
      this.#serve(handler, { method, properties, body }),
    );
  }

  /** Takes no more requests; resolves when those under way are answered, or `closeTimeout` is over. */
  close(): Promise<void> {
    return this.#channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Rejects with what the handler has thrown, for `onError`. */
  async #serve(handler: ServeHandler, request: Delivered): Promise<void> {
    const { deliveryTag } = request.method;
    try {
      await this.#reply(request, messageOf(await handler(request)));
    } catch (error) {
      if (this.#channel.isOpen) {
        this.#channel.basicNack(deliveryTag, { requeue: false });
        await this.#reply(request, failureOf(error));
      }
      throw error;
    }
    this.#channel.basicAck(deliveryTag);
  }

  async #reply(
    { properties: { replyTo, correlationId } }: Delivered,
    { body, properties }: ReplyMessage,
  ): Promise<void> {
    if (replyTo === null) return;
    await this.#channel.basicPublish('', replyTo, body, { ...properties, correlationId });
  }
}

/** @throws {TypeError | RangeError} naming the option. @returns the prefetch */
export function checkServeOptions(options: unknown): number {
  if (options === undefined) return DEFAULT_PREFETCH;
  if (typeof options !== 'object' || options === null) return wrongType('options', 'an object', options);
  for (const name in options) if (!OPTIONS.includes(name)) unknownField(name, 'options', OPTIONS);
  const { prefetch } = options as ServeOptions;
  return prefetch === undefined ? DEFAULT_PREFETCH : checkPrefetch(prefetch, 'prefetch');
}

const OPTIONS = ['prefetch'];
const checkPrefetch = integer(1, 0xffff);
const DEFAULT_PREFETCH = 100;
