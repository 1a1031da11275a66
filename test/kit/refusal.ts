import { type ChannelClose, type MethodId, ProtocolSyntaxError, REPLY_CODES } from '../../amqp/index.ts';

/** Why the broker closes a channel or a connection, in RabbitMQ's words. */
export class Refusal extends Error {
  static {
    Object.assign(Refusal.prototype, { name: 'Refusal' });
  }
  readonly replyCode: number;

  /** @param detail - what follows the code's name in the reply text */
  constructor(replyCode: number, detail: string) {
    super(`${REPLY_CODES[replyCode]?.name ?? 'INTERNAL_ERROR'} - ${detail}`);
    this.replyCode = replyCode;
  }

  /** Whether the whole connection ends with it, and not only the channel (AMQP 0-9-1 §1.2). */
  get closesConnection(): boolean {
    return REPLY_CODES[this.replyCode]?.closes === 'connection';
  }
}

/** What an error that came up in handling a frame means to the client. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ProtocolSyntaxError) return new Refusal(error.replyCode, error.message);
  return new Refusal(541, error instanceof Error ? error.message : String(error));
}

/** The fields of channel.close and connection.close. @param cause - the method that was refused, 0 = none */
export function closeFields({ replyCode, message }: Refusal, cause: MethodId): Required<ChannelClose> {
  return { replyCode, replyText: shortened(message), classId: cause >>> 16, methodId: cause & 0xffff };
}

const MAX_REPLY_TEXT = 255; // bytes of a short string

function shortened(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= MAX_REPLY_TEXT ? text : new TextDecoder().decode(bytes.subarray(0, MAX_REPLY_TEXT - 3));
}
