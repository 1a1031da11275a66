import {
  type AMQPError,
  makeRangeError,
  type PropertiesIn,
  REPLY_TO,
  RpcTimeout,
  UnroutableError,
} from '../amqp/index.ts';
import { shortText, unknownField, wrongType } from './field-checks.ts';
import { Answer } from './promise-answer.ts';
import type { PromiseChannel, ReturnedMessage } from './promise-channel.ts';
import type { ConnectionCore } from './promise-core.ts';
import { type Delivered, failureIn } from './promise-replies.ts';
import { checkLimits, type Waiting } from './waiting.ts';

/** What `request()` takes beside the queue and the body. */
export interface RequestOptions extends Waiting {
  /** Default '', which takes the queue's name; of another one, `queue` is the routing key. */
  readonly exchange?: string | undefined;
  /** Of the request. `replyTo` is the library's own; without a `correlationId` one is made. */
  readonly properties?: PropertiesIn | null | undefined;
}

/** The requests of one connection. They share a channel, which is opened for the first, and anew after it was lost. */
export class Requests<H> {
  readonly #core: ConnectionCore;
  readonly #timeout: number;
  readonly #openChannel: () => Promise<PromiseChannel<H>>;
  /** By correlation id: those without an answer. */
  readonly #asked = new Map<string, Request>();
  #channel: PromiseChannel<H> | null = null;
  #opening: Promise<PromiseChannel<H>> | null = null;
  /** Tells the answers of this channel from those that come for an earlier program. */
  readonly #prefix = Math.floor(Math.random() * 2 ** 32).toString(36);
  #count = 0;

  /** @param timeout - milliseconds that a request may take which does not say so itself */
  constructor(core: ConnectionCore, timeout: number, openChannel: () => Promise<PromiseChannel<H>>) {
    this.#core = core;
    this.#timeout = timeout;
    this.#openChannel = openChannel;
  }

  /** @returns the answer, or rejects: RequestFailed, UnroutableError, RpcTimeout, the signal's reason, what closed it */
  request(queue: string, body: string | Uint8Array, options?: RequestOptions): Promise<Delivered> {
    const answer = new Answer<Delivered>();
    try {
      const given = checkRequestOptions(options);
      shortText(queue, 'queue');
      const correlationId = given.properties?.correlationId ?? `${this.#prefix}.${++this.#count}`;
      if (this.#asked.has(correlationId)) {
        const text = `correlationId ${JSON.stringify(correlationId)} is that of a request without an answer`;
        throw makeRangeError('ARG_RANGE', 'correlationId', text);
      }
      const { exchange = '' } = given;
      const properties = { ...given.properties, correlationId, replyTo: REPLY_TO };
      const request: Request = { answer, exchange, queue, body, properties };
      if (this.#limit(request, given)) this.#send(request).catch((error: unknown) => this.#refuse(request, error));
    } catch (error) {
      this.#core.reports.refuse(answer, error);
    }
    return answer;
  }

  /** @returns false when it is called off already */
  #limit(request: Request, { signal, timeout = this.#timeout }: Waiting): boolean {
    const { queue, properties } = request;
    const abort = (): void => this.#refuse(request, signal?.reason);
    if (signal?.aborted === true) {
      abort();
      return false;
    }
    const expire = (): void => this.#refuse(request, new RpcTimeout(`a request to ${JSON.stringify(queue)}`, timeout));
    const timer = this.#core.loop.callLater(timeout, expire);
    signal?.addEventListener('abort', abort);
    this.#asked.set(properties.correlationId, request);
    request.answer.onSettled = () => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      this.#asked.delete(properties.correlationId);
    };
    return true;
  }

  async #send({ answer, exchange, queue, body, properties }: Request): Promise<void> {
    let bytes = body;
    let channel = this.#channel;
    if (channel === null) {
      // the bytes are the caller's again meanwhile
      if (typeof body !== 'string') bytes = body.slice();
      this.#opening ??= this.#open().finally(() => (this.#opening = null));
      channel = await this.#opening;
    }
    if (!answer.settled) await channel.basicPublish(exchange, queue, bytes, properties, { mandatory: true });
  }

  async #open(): Promise<PromiseChannel<H>> {
    const channel = await this.#openChannel();
    channel.onReturn = (message) => this.#returned(message);
    channel.core.onClosed((error) => this.#closed(error));
    await channel.basicConsume({ queue: REPLY_TO, autoAck: true }, (_channel, method, properties, body) =>
      this.#answered({ method, properties, body }),
    );
    this.#channel = channel;
    return channel;
  }

  /** An answer that nobody waits for any more is dropped, and one that nobody asked for. */
  #answered(message: Delivered): void {
    const request = this.#asked.get(message.properties.correlationId ?? '');
    if (request === undefined) return;
    const failure = failureIn(message, request.queue);
    if (failure === null) request.answer.settle(message);
    else this.#refuse(request, failure);
  }

  #returned({ method, properties }: ReturnedMessage): void {
    const request = this.#asked.get(properties.correlationId ?? '');
    if (request !== undefined)
      this.#refuse(request, new UnroutableError([{ method, properties: request.properties, body: request.body }]));
  }

  #closed(error: AMQPError): void {
    this.#channel = null;
    for (const request of [...this.#asked.values()]) this.#refuse(request, error);
  }

  #refuse({ answer }: Request, error: unknown): void {
    this.#core.reports.refuse(answer, error);
  }
}

interface Request {
  readonly answer: Answer<Delivered>;
  readonly exchange: string;
  readonly queue: string;
  readonly body: string | Uint8Array;
  readonly properties: PropertiesIn & { readonly correlationId: string };
}

/** @throws {TypeError | RangeError} naming the option */
function checkRequestOptions(options: unknown): RequestOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) return wrongType('options', 'an object', options);
  for (const name in options) if (!OPTIONS.includes(name)) unknownField(name, 'options', OPTIONS);
  const given = options as RequestOptions;
  checkLimits(given);
  if (given.exchange !== undefined) shortText(given.exchange, 'exchange');
  if (given.properties != null) checkProperties(given.properties);
  return given;
}

function checkProperties({ replyTo, correlationId }: PropertiesIn): void {
  if (replyTo != null) unknownField('replyTo', 'the properties of a request', []);
  if (correlationId != null) shortText(correlationId, 'correlationId');
}

const OPTIONS = ['exchange', 'properties', 'signal', 'timeout'];
