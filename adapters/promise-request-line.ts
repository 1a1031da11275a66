import { type AMQPError, type PropertiesIn, REPLY_TO, UnroutableError } from '../amqp/index.ts';
import { Answer, type Refusable } from './promise-answer.ts';
import type { PromiseChannel, ReturnedMessage } from './promise-channel.ts';
import { type Delivered, failureIn } from './promise-replies.ts';
import type { Reports } from './promise-reports.ts';

/** A request as it is sent. */
export interface Request {
  readonly answer: Answer<Delivered>;
  readonly queue: string;
  readonly body: string | Uint8Array;
  readonly properties: PropertiesIn & { readonly correlationId: string };
  /** Its publish, where that has to wait. */
  sent: Refusable | null;
}

/**
 * The requests to one exchange. They share a channel, which is opened for the first, and anew after it was lost: a broker
 * closes it when the exchange is not there, and with it go the answers to all that were asked over it.
 */
export class RequestLine<H> {
  readonly #exchange: string;
  readonly #reports: Reports;
  readonly #openChannel: () => Promise<PromiseChannel<H>>;
  /** By correlation id: those without an answer. */
  readonly #asked = new Map<string, Request>();
  #channel: PromiseChannel<H> | null = null;
  #opening: Promise<PromiseChannel<H>> | null = null;

  constructor(exchange: string, reports: Reports, openChannel: () => Promise<PromiseChannel<H>>) {
    this.#exchange = exchange;
    this.#reports = reports;
    this.#openChannel = openChannel;
  }

  /** No request waits for its answer, and its channel is not being opened. */
  get isIdle(): boolean {
    return this.#asked.size === 0 && this.#opening === null;
  }

  /** Whether a request of this id waits for its answer. */
  has(correlationId: string): boolean {
    return this.#asked.has(correlationId);
  }

  /** Sends a request, and has its answer settled; whoever settles it by himself has it forgotten. */
  send(request: Request): void {
    this.#asked.set(request.properties.correlationId, request);
    this.#send(request).catch((error: unknown) => this.#refuse(request, error));
  }

  /** Its answer is settled, whoever did it: nothing is sent for it any more. */
  forget({ properties, sent }: Request): void {
    this.#asked.delete(properties.correlationId);
    sent?.refuse(null);
  }

  /** Nobody asks any more. */
  close(): void {
    void this.#channel?.close();
  }

  async #send(request: Request): Promise<void> {
    const { answer, queue, body, properties } = request;
    let bytes = body;
    let channel = this.#channel;
    if (channel === null) {
      // the bytes are the caller's again meanwhile
      if (typeof body !== 'string') bytes = body.slice();
      this.#opening ??= this.#open().finally(() => (this.#opening = null));
      channel = await this.#opening;
    }
    if (answer.settled) return;
    const sent = channel.basicPublish(this.#exchange, queue, bytes, properties, { mandatory: true });
    // one that waits for room has a promise of its own, and is not sent once it is refused
    if (sent instanceof Answer) request.sent = sent;
    await sent;
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
    this.#reports.refuse(answer, error);
  }
}
