import { type AMQPError, type ChannelEvents, NackError, PublishUnknownError, UnroutableError } from '../amqp/index.ts';
import type { ChannelWire, PublishWords } from './channel-wire.ts';
import { keptBody } from './kept-body.ts';

/**
 * The messages of one channel in confirm mode that have no verdict when their connection is lost: told as unknown, or
 * sent again by the next one under the numbers that they have already.
 */
export class Unsettled {
  readonly #events: ChannelEvents;
  readonly #resends: boolean;
  /** What the connection took with it, until it is known whether the channel comes back. */
  #unknown: Unknown[] = [];
  /** What is to be sent again, in order. */
  #again: Resendable[] = [];
  /** The numbers that messages had when they were sent first, as they were sent again, right behind `#base`. */
  #numbers: readonly (number | bigint)[] = [];
  #base = 0;

  /** @param resends - whether a message may come twice so that none is unknown */
  constructor(events: ChannelEvents, resends: boolean) {
    this.#events = events;
    this.#resends = resends;
  }

  /** How many are to be sent again. */
  get waiting(): number {
    return this.#again.length;
  }

  /** What stands for a message that is published in confirm mode. */
  tokenOf(...words: PublishWords): unknown;
  tokenOf(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties: PublishWords[3],
    mandatory: PublishWords[4],
    token: unknown,
    own: PublishWords[6],
  ): unknown {
    if (!this.#resends) return token ?? UNNAMED;
    return new Resendable([exchange, routingKey, keptBody(body), properties, mandatory, token, own ?? body]);
  }

  /** The verdict on a message that was published here. */
  settled(token: unknown, tag: number | bigint, error: AMQPError | null): void {
    const number = this.numberOf(tag);
    if (error instanceof PublishUnknownError) this.#unknown.push({ token, number, error });
    else this.#tell(token, number, number === tag ? error : renumbered(error, number));
  }

  /** The number here of a message that may have been sent again. */
  numberOf(tag: number | bigint): number | bigint {
    return typeof tag === 'number' ? (this.#numbers[tag - this.#base - 1] ?? tag) : tag;
  }

  /**
   * The channel was lost, and each message without a verdict was told to be unknown.
   * @param again - whether a connection will come that can take them again; else who published them is told
   * @param last - the number that was given out last
   * @returns the number behind which the next connection counts
   */
  lost(again: boolean, last: number): number {
    const unknown = this.#unknown;
    this.#unknown = [];
    this.#numbers = [];
    if (!(again && this.#resends)) {
      for (const { token, number, error } of unknown) this.#tell(token, number, error);
      return last;
    }
    for (const { token, number, error } of unknown) {
      const message = token as Resendable; // as publish() gave it
      message.lost(number, error);
      this.#again.push(message);
    }
    return last - unknown.length;
  }

  /** Sends again what is to be sent again. @param base - the number behind which this connection counts */
  sendAgain(base: number, publish: ChannelWire['publish']): void {
    const messages = this.#again;
    this.#again = [];
    this.#base = base;
    this.#numbers = messages.map(({ number }) => number);
    for (const message of messages) message.sendAgain(publish);
  }

  /** No connection will come. */
  end(): void {
    for (const message of this.#again.splice(0)) this.#tell(message, message.number, message.error);
  }

  #tell(token: unknown, number: number | bigint, error: AMQPError | null): void {
    const own = token instanceof Resendable ? token.token : token;
    this.#events.settled?.(own === UNNAMED ? undefined : own, number, error);
  }
}

interface Unknown {
  readonly token: unknown;
  readonly number: number | bigint;
  readonly error: PublishUnknownError;
}

/** Stands for a message that nobody has named: its verdict is wanted all the same. */
const UNNAMED = {};

/** A message that is kept until its verdict. */
class Resendable {
  readonly #words: PublishWords;
  number: number | bigint = 0;
  /** Why nobody knows what became of it. */
  error: PublishUnknownError | null = null;

  constructor(words: PublishWords) {
    this.#words = words;
  }

  /** Whose verdict it is. */
  get token(): unknown {
    return this.#words[5];
  }

  sendAgain(publish: ChannelWire['publish']): void {
    const [exchange, routingKey, body, properties, mandatory, , own] = this.#words;
    publish(exchange, routingKey, body, properties, mandatory, this, own);
  }

  lost(number: number | bigint, error: PublishUnknownError): void {
    this.number = number;
    this.error = error;
  }
}

/** A broker's no to a message that was sent again, under its first number. */
function renumbered(error: AMQPError | null, number: number | bigint): AMQPError | null {
  if (error instanceof NackError) return new NackError(error.messages, number);
  if (error instanceof UnroutableError) return new UnroutableError(error.messages, number);
  return error;
}
