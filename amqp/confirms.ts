import {
  type AMQPError,
  type FailedMessage,
  NackError,
  PublishUnknownError,
  UnexpectedFrameError,
  UnroutableError,
} from './errors.ts';
import type { BasicProperties, BasicReturn, PropertiesIn } from './methods.ts';
import { TagWindow } from './tag-window.ts';

/** A message whose fate somebody waits for. */
export interface Unconfirmed {
  readonly token: unknown;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: PropertiesIn | null;
  /** The caller's, who may have changed it since. */
  readonly body: string | Uint8Array;
  readonly mandatory: boolean;
  /** {@link fingerprint} of the body as it was sent. */
  readonly print: number;
}

/** What became of one message; `error` null means that the broker has it. */
export interface Verdict {
  readonly token: unknown;
  readonly tag: number;
  readonly error: AMQPError | null;
}

/**
 * Publisher confirms of one channel: sequence numbers, acks and nacks in any order and for many, joined with the returns
 * that came before them. A return does not say which message it is, so that it counts for the first one confirmed after
 * it that looks the same.
 */
export class Confirms {
  readonly #timeout: number | null;
  readonly #open = new TagWindow<Unconfirmed>();
  #returned: Returned[] = [];
  /** Mandatory messages that somebody waits for: no more returns than these are kept. */
  #mandatory = 0;
  /** The numbers of earlier connections: the broker counts from 1 behind them. */
  readonly #base: number;
  #last: number;
  /** Everything up to this tag has been handed over. */
  #handedOver: number;
  /** When which tags were handed over, the oldest first; kept only where there is a timeout. */
  #marks: { readonly upTo: number; readonly at: number }[] = [];

  /**
   * @param timeout - milliseconds from handing over to the verdict, null for any time
   * @param base - the last number that was given out before
   */
  constructor(timeout: number | null, base: number) {
    this.#timeout = timeout;
    this.#base = base;
    this.#last = base;
    this.#handedOver = base;
  }

  /** The number that was given out last. */
  get last(): number {
    return this.#last;
  }

  /** The number here of what the broker counts. */
  numberOf(tag: number | bigint): number | bigint {
    return typeof tag === 'number' ? tag + this.#base : tag;
  }

  /** How many messages have no verdict. */
  get size(): number {
    return this.#open.size;
  }

  /** Counts a message that was just written. @returns its sequence number */
  add(message: Unconfirmed | undefined): number {
    this.#open.add(++this.#last, message);
    if (message?.mandatory === true) this.#mandatory++;
    return this.#last;
  }

  /** Everything written so far is handed over: from here on it can be confirmed. */
  handOver(now: number): void {
    if (this.#timeout !== null && this.#last > this.#handedOver) this.#marks.push({ upTo: this.#last, at: now });
    this.#handedOver = this.#last;
  }

  /** When the oldest message without a verdict has waited for too long. */
  deadline(): number {
    if (this.#timeout === null || this.#open.size === 0) return Number.POSITIVE_INFINITY;
    const settled = this.#marks.findIndex((mark) => mark.upTo >= this.#open.lowest);
    if (settled > 0) this.#marks.splice(0, settled);
    const oldest = this.#marks[0];
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.at + this.#timeout;
  }

  /** A message came back: keeps it until the confirm that it belongs to. */
  keepReturn(method: BasicReturn, properties: BasicProperties, body: Uint8Array): void {
    if (this.#returned.length >= this.#mandatory) return;
    this.#returned.push({ method, properties, print: fingerprint(body) });
  }

  /**
   * Takes a confirm.
   * @returns the verdicts on those messages that came with a token
   * @throws UnexpectedFrameError for a tag that was never used or has its verdict
   */
  settle(tag: number | bigint, multiple: boolean, acked: boolean): Verdict[] {
    if (typeof tag !== 'number' || tag > this.#handedOver || !this.#open.has(tag)) {
      throw new UnexpectedFrameError(`a confirm of message ${tag}, which was not sent or has been confirmed before`);
    }
    const verdicts: Verdict[] = [];
    if (multiple) {
      this.#open.takeUpTo(tag, (one, message) => {
        if (message !== undefined) verdicts.push(this.#verdict(one, message, acked));
      });
    } else {
      const message = this.#open.get(tag);
      this.#open.take(tag);
      if (message !== undefined) verdicts.push(this.#verdict(tag, message, acked));
    }
    return verdicts;
  }

  /** The channel is gone: nobody will know what became of the rest. */
  giveUp(cause: AMQPError, channelNumber: number): Verdict[] {
    const verdicts: Verdict[] = [];
    this.#open.takeUpTo(Number.POSITIVE_INFINITY, (tag, message) => {
      if (message === undefined) return;
      const details = { cause, messages: [asSent(message)], channelNumber };
      verdicts.push({ token: message.token, tag, error: new PublishUnknownError(tag, details) });
    });
    this.#returned = [];
    this.#marks = [];
    return verdicts;
  }

  #verdict(tag: number, message: Unconfirmed, acked: boolean): Verdict {
    const returned = message.mandatory ? this.#takeReturn(message) : undefined;
    const failed = returned === undefined ? undefined : asReturned(message, returned);
    let error: AMQPError | null = null;
    if (!acked) error = new NackError([failed ?? asSent(message)], tag);
    else if (failed !== undefined) error = new UnroutableError([failed], tag);
    return { token: message.token, tag, error };
  }

  #takeReturn(message: Unconfirmed): Returned | undefined {
    if (--this.#mandatory === 0 && this.#returned.length === 0) return undefined;
    const place = this.#returned.findIndex((returned) => isSame(returned, message));
    if (place < 0) return undefined;
    return this.#returned.splice(place, 1)[0];
  }
}

/** A number that tells bodies apart well enough: of their length and the first bytes (FNV-1a). */
export function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length;
  const last = Math.min(bytes.length, FINGERPRINTED);
  for (let i = 0; i < last; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193); // `!`: i is below the end
  return hash >>> 0;
}

interface Returned {
  readonly method: BasicReturn;
  readonly properties: BasicProperties;
  readonly print: number;
}

/** Bytes of a body that are looked at. */
const FINGERPRINTED = 1024;

function isSame(returned: Returned, message: Unconfirmed): boolean {
  return (
    returned.print === message.print &&
    returned.method.routingKey === message.routingKey &&
    returned.method.exchange === message.exchange &&
    returned.properties.messageId === (message.properties?.messageId ?? null) &&
    returned.properties.correlationId === (message.properties?.correlationId ?? null)
  );
}

/** What the caller gave, so that it is known again, and why it came back. */
function asReturned(message: Unconfirmed, { method }: Returned): FailedMessage {
  return { ...asSent(message), method };
}

function asSent({ exchange, routingKey, properties, body }: Unconfirmed): FailedMessage {
  return { method: { exchange, routingKey }, properties: properties ?? {}, body };
}
