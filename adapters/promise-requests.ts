import { makeRangeError, type PropertiesIn, REPLY_TO, RpcTimeout } from '../amqp/index.ts';
import { onAbort } from './abort-listener.ts';
import { shortText, unknownField, wrongType } from './field-checks.ts';
import { Answer } from './promise-answer.ts';
import type { PromiseChannel } from './promise-channel.ts';
import type { ConnectionCore } from './promise-core.ts';
import type { Delivered } from './promise-replies.ts';
import { type Request, RequestLine } from './promise-request-line.ts';
import { checkLimits, type Waiting } from './waiting.ts';

/** What `request()` takes beside the queue and the body. */
export interface RequestOptions extends Waiting {
  /** Default '', which takes the queue's name; of another one, `queue` is the routing key. */
  readonly exchange?: string | undefined;
  /** Of the request. `replyTo` is the library's own; without a `correlationId` one is made. */
  readonly properties?: PropertiesIn | null | undefined;
}

/**
 * The requests of one connection. Each exchange has a channel of its own for them: where one is missing, the broker closes
 * the channel, and nothing is lost but the requests to that exchange.
 */
export class Requests<H> {
  readonly #core: ConnectionCore;
  readonly #timeout: number;
  readonly #openChannel: () => Promise<PromiseChannel<H>>;
  /** By the name of the exchange, the one that was used first before the others. */
  readonly #lines = new Map<string, RequestLine<H>>();
  /** Tells the answers of this connection from those that come for an earlier program. */
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
      this.#core.machine.requireOpen();
      const line = this.#lineTo(given.exchange ?? '');
      const correlationId = given.properties?.correlationId ?? `${this.#prefix}.${++this.#count}`;
      if (line.has(correlationId)) {
        const text = `correlationId ${JSON.stringify(correlationId)} is that of a request without an answer`;
        throw makeRangeError('ARG_RANGE', 'correlationId', text);
      }
      const properties = { ...given.properties, correlationId, replyTo: REPLY_TO };
      const request: Request = { answer, queue, body, properties, sent: null };
      if (this.#limit(request, line, given)) line.send(request);
    } catch (error) {
      this.#core.reports.refuse(answer, error);
    }
    return answer;
  }

  #lineTo(exchange: string): RequestLine<H> {
    let line = this.#lines.get(exchange);
    if (line !== undefined) return line;
    if (this.#lines.size >= MOST_LINES) this.#closeOne();
    line = new RequestLine(exchange, this.#core.reports, this.#openChannel);
    this.#lines.set(exchange, line);
    return line;
  }

  /** A program may have more exchanges than a connection has channels. */
  #closeOne(): void {
    for (const [exchange, line] of this.#lines) {
      if (exchange === '' || !line.isIdle) continue;
      this.#lines.delete(exchange);
      line.close();
      return;
    }
  }

  /** @returns false when it is called off already */
  #limit(request: Request, line: RequestLine<H>, { signal, timeout = this.#timeout }: Waiting): boolean {
    const { answer, queue } = request;
    const abort = (): void => this.#core.reports.refuse(answer, signal?.reason);
    if (signal?.aborted === true) {
      abort();
      return false;
    }
    const late = (): void =>
      this.#core.reports.refuse(answer, new RpcTimeout(`a request to ${JSON.stringify(queue)}`, timeout));
    const timer = this.#core.loop.callLater(timeout, late);
    const unlisten = signal && onAbort(signal, abort);
    answer.onSettled = () => {
      timer.cancel();
      unlisten?.();
      line.forget(request);
    };
    return true;
  }
}

/** Exchanges whose channels are kept open for the next request. */
const MOST_LINES = 32;

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
