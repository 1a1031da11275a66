import { makeTypeError } from './argument-errors.ts';
import { Confirms, fingerprint, type Verdict } from './confirms.ts';
import { writeMessage } from './content.ts';
import type { AMQPError } from './errors.ts';
import type { Link } from './link.ts';
import type { BasicProperties, BasicReturn, PropertiesIn } from './methods.ts';
import { textCodec } from './text.ts';
import { isBytes } from './values.ts';

/** The sending side of a channel: messages out, and what becomes of them in confirm mode. */
export class Publisher {
  readonly #link: Link;
  readonly #number: number;
  #confirms: Confirms | null = null;

  constructor(link: Link, number: number) {
    this.#link = link;
    this.#number = number;
  }

  /** Null unless the channel is in confirm mode. */
  get confirms(): Confirms | null {
    return this.#confirms;
  }

  /** confirm.select was sent: messages count from 1. */
  beginConfirms(): void {
    this.#confirms ??= new Confirms(this.#link.limits.confirmTimeout);
  }

  /**
   * Writes one message.
   * @param token - asks for the verdict on this message
   * @returns its sequence number, 0 without confirm mode
   */
  publish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties: PropertiesIn | null,
    mandatory: boolean,
    token: unknown,
  ): number {
    const bytes = typeof body === 'string' ? encodeText(body) : body;
    if (!isBytes(bytes)) throw makeTypeError('ARG_TYPE', 'body', 'body must be a string or a Uint8Array');
    writeMessage(this.#link.writer, this.#number, exchange, routingKey, mandatory, properties, bytes);
    const confirms = this.#confirms;
    if (confirms === null) return 0;
    if (token === undefined) return confirms.add(undefined);
    const print = mandatory ? fingerprint(bytes, 0, bytes.length) : 0;
    return confirms.add({ token, exchange, routingKey, properties, body, mandatory, print });
  }

  returned(method: BasicReturn, properties: BasicProperties, body: Uint8Array): void {
    this.#confirms?.keepReturn(method, properties, body);
  }

  giveUp(cause: AMQPError): Verdict[] {
    return this.#confirms?.giveUp(cause) ?? [];
  }
}

function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(textCodec.byteLength(text));
  textCodec.write(text, bytes, 0);
  return bytes;
}
