import { makeTypeError } from './argument-errors.ts';
import { Confirms, fingerprint, type Verdict } from './confirms.ts';
import { encodeText, writeMessage } from './content.ts';
import { type AMQPError, UnexpectedFrameError } from './errors.ts';
import type { ChannelEvents } from './events.ts';
import type { Link } from './link.ts';
import { MessageHead } from './message-head.ts';
import type { BasicAck, BasicProperties, BasicReturn, Decoded, PropertiesIn } from './methods.ts';
import { isBytes } from './values.ts';

/** The sending side of a channel: messages out, and what becomes of them in confirm mode. */
export class Publisher {
  readonly #link: Link;
  readonly #number: number;
  readonly #events: ChannelEvents;
  readonly #head: MessageHead;
  readonly #base: number;
  #confirms: Confirms | null = null;

  /** @param base - the last sequence number that was given out before */
  constructor(link: Link, number: number, events: ChannelEvents, base: number) {
    this.#link = link;
    this.#number = number;
    this.#events = events;
    this.#head = new MessageHead(number, link.output.scratch);
    this.#base = base;
  }

  /** The sequence number that was given out last, 0 before confirm mode. */
  get last(): number {
    return this.#confirms?.last ?? this.#base;
  }

  /** Messages that the broker has not confirmed. */
  get unconfirmed(): number {
    return this.#confirms?.size ?? 0;
  }

  /** When the oldest unconfirmed message has waited for too long. */
  get deadline(): number {
    return this.#confirms?.deadline() ?? Number.POSITIVE_INFINITY;
  }

  /** confirm.select was sent: messages count from here on. */
  beginConfirms(): void {
    this.#confirms ??= new Confirms(this.#link.limits.confirmTimeout, this.#base);
  }

  /**
   * Writes one message.
   * @param token - asks for the verdict on this message
   * @param own - the body as a verdict shows it, where what is sent is a copy
   * @returns its sequence number, 0 without confirm mode
   */
  publish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties: PropertiesIn | null,
    mandatory: boolean,
    token: unknown,
    own: string | Uint8Array = body,
  ): number {
    if (typeof body !== 'string' && !isBytes(body)) {
      throw makeTypeError('ARG_TYPE', 'body', 'body must be a string or a Uint8Array');
    }
    writeMessage(this.#link.output.writer, this.#number, this.#head, exchange, routingKey, mandatory, properties, body);
    this.#link.messages.sent++;
    const confirms = this.#confirms;
    if (confirms === null) return 0;
    if (token === undefined) return confirms.add(undefined);
    const print = mandatory ? fingerprint(typeof body === 'string' ? encodeText(body) : body) : 0;
    return confirms.add({ token, exchange, routingKey, properties, body: own, mandatory, print });
  }

  /** What was written is handed over: from here on it can be confirmed. */
  stamp(now: number): void {
    this.#confirms?.handOver(now);
  }

  /** A message came back that nobody took. */
  returned(method: BasicReturn, properties: BasicProperties, body: Uint8Array): void {
    this.#confirms?.keepReturn(method, properties, body);
    this.#events.returned(method, properties, body);
  }

  /** @throws UnexpectedFrameError for a message that was not sent, or has been confirmed before */
  confirmed(name: 'basic.ack' | 'basic.nack', { deliveryTag, multiple }: Decoded<BasicAck>): void {
    if (this.#confirms === null) throw new UnexpectedFrameError(`${name} came without confirm mode`, 503);
    const number = this.#confirms.numberOf(deliveryTag);
    const verdicts = this.#confirms.settle(number, multiple, name === 'basic.ack');
    this.#events.confirmed(name, number, multiple);
    this.tell(verdicts);
  }

  /** Nobody will know what became of the rest. @returns what is to tell() about it */
  giveUp(cause: AMQPError): Verdict[] {
    return this.#confirms?.giveUp(cause, this.#number) ?? [];
  }

  tell(verdicts: readonly Verdict[]): void {
    for (const { token, tag, error } of verdicts) this.#events.settled?.(token, tag, error);
  }
}
