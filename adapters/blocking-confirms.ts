import {
  type AMQPError,
  ChannelClosedByClient,
  type FailedMessage,
  NackError,
  PublishUnknownError,
  UnroutableError,
} from '../amqp/index.ts';

/** Publisher confirms as blocking calls wait for them: one at a time, or so many under way. */
export class BlockingConfirms {
  /** Messages that may be unconfirmed before the next one waits; 1: each is waited for. */
  readonly window: number;
  readonly #most: number;
  readonly #look: () => void;
  readonly #failures: AMQPError[] = [];
  readonly #isSettled = (): boolean => this.#awaited === 0;
  #unconfirmed = 0;
  /** The sequence number of the message that is waited for, 0 for none, and what became of it. */
  #awaited = 0;
  #verdict: AMQPError | null = null;

  /** @param most - what no window goes beyond @param look - called when a message has its verdict */
  constructor(window: number, most: number, look: () => void) {
    this.window = window;
    this.#most = Math.min(window, most);
    this.#look = look;
  }

  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Whether another message may be sent without waiting. */
  get hasRoom(): boolean {
    return this.#unconfirmed < this.#most;
  }

  get hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  /** A message was sent. */
  sent(): void {
    this.#unconfirmed++;
  }

  /** The message of this number will be waited for. @returns what tells whether it has its verdict */
  await(tag: number): () => boolean {
    this.#awaited = tag;
    this.#verdict = null;
    return this.#isSettled;
  }

  /** The broker's verdict on one message; null: it has it. */
  settled(tag: number | bigint, error: AMQPError | null): void {
    this.#unconfirmed--;
    if (tag === this.#awaited) {
      this.#awaited = 0;
      this.#verdict = error;
    } else if (error !== null && this.window > 1) {
      this.#failures.push(error);
    }
    this.#look();
  }

  /** What became of the message that was waited for; where the channel has ended with it, the reason of that. */
  takeVerdict(): AMQPError | null {
    const verdict = this.#verdict;
    this.#verdict = null;
    return verdict === null ? null : reasonOf(verdict);
  }

  /** One error for all messages that failed since the last call; null: none has. */
  takeFailures(): AMQPError | null {
    const unknown = this.#failures.find((error) => error instanceof PublishUnknownError);
    if (unknown !== undefined) {
      const rest = this.#failures.filter((error) => !(error instanceof PublishUnknownError));
      this.#failures.splice(0, Number.POSITIVE_INFINITY, ...rest);
      return unknown;
    }
    return joined(this.#failures.splice(0));
  }
}

function joined(failures: readonly AMQPError[]): AMQPError | null {
  const [first] = failures;
  if (first === undefined || failures.length === 1) return first ?? null;
  const refused = failures.filter((error): error is Refusal => 'messages' in error && 'tag' in error);
  const messages = refused.flatMap((error) => error.messages);
  const tag = refused[0]?.tag ?? 0;
  const nacked = failures.some((error) => error instanceof NackError);
  return nacked ? new NackError(messages, tag) : new UnroutableError(messages, tag);
}

interface Refusal extends AMQPError {
  readonly messages: readonly FailedMessage[];
  readonly tag: number | bigint;
}

/** Where a close took the only message under way, the close itself says more; but nobody closed for want of a confirm. */
function reasonOf(verdict: AMQPError): AMQPError {
  const { cause } = verdict;
  const closed = verdict instanceof PublishUnknownError && !(cause instanceof ChannelClosedByClient);
  return closed ? (cause as AMQPError) : verdict; // the machine has put an AMQPError there
}
