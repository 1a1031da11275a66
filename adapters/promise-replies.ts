import {
  type BasicDeliver,
  type BasicProperties,
  isBytes,
  type PropertiesIn,
  printable,
  textCodec,
} from '../amqp/index.ts';
import { RequestFailed } from './errors.ts';
import type { PlainMessage } from './promise-core.ts';

/** A request as its handler gets it, and an answer as who asked does. */
export type Delivered = PlainMessage<BasicDeliver, BasicProperties>;

/** What a handler of `serve()` gives: a body, nothing for an empty one, or a body with properties. */
export type Reply = string | Uint8Array | undefined | ReplyMessage;

/** An answer with its properties. */
export interface ReplyMessage {
  readonly body: string | Uint8Array;
  /** The `correlationId` is the request's. */
  readonly properties?: PropertiesIn | null | undefined;
}

/** A reply as it is published. */
export function messageOf(reply: Reply): ReplyMessage {
  if (reply === undefined) return { body: '' };
  return typeof reply === 'string' || isBytes(reply) ? { body: reply } : reply;
}

/** What tells who asked that the handler has failed: this type, and why as the body. */
export function failureOf(error: unknown): ReplyMessage {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { body: printable(text, LONGEST_REASON), properties: { type: FAILED, contentType: 'text/plain' } };
}

/** @returns null for an answer that is one */
export function failureIn({ properties, body }: Delivered, queue: string): RequestFailed | null {
  return properties.type === FAILED
    ? new RequestFailed(queue, printable(textCodec.read(body, 0, body.length), LONGEST_REASON))
    : null;
}

/** The `type` of an answer that stands for an error. */
const FAILED = 'pikaloop.RequestFailed';
/** Characters. */
const LONGEST_REASON = 400;
