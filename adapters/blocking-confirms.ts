import {
  type AMQPError,
  ChannelClosedByClient,
  type FailedMessage,
  NackError,
  PublishUnknownError,
  UnroutableError,
} from '../amqp/index.ts';

/** What the confirms of one channel have said: of the message that is waited for, and of so many under way. */
export class BlockingConfirms {
  /** Messages that may be unconfirmed before the next one waits; 1: each is waited for. */
  readonly window: number;
  readonly #most: number;
  readonly #failures: AMQPError[] = [];
  #unconfirmed = 0;
  /** The sequence number of the message that is waited for, 0 for none, and what became of it. */
  #awaited = 0;
  #verdict: AMQPError | null = null;

  /** @param most - what no window goes beyond */
  constructor(window: number, most: number) {
    this.window = window;
    this.#most = Math.min(window, most);
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
  }

  /**
   * What became of the message that was waited for; where the channel has ended with it, the reason of that.
   * @param lasts - whether the channel comes back
   */
  takeVerdict(lasts: boolean): AMQPError | null {
    const verdict = this.#verdict;
    this.#verdict = null;
    return verdict === null || lasts ? verdict : reasonOf(verdict);
  }

  /**
   * One error for all messages that failed since the last call; null: none has. Those whose fate is unknown come first,
   * and leave the others to the next call.
   */
  takeFailures(): AMQPError | null {
    const failures = this.#failures.splice(0);
    const unknown = failures.filter((error) => error instanceof PublishUnknownError);
    if (unknown.length === 0) return joined(failures);
    for (const error of failures) if (!(error instanceof PublishUnknownError)) this.#failures.push(error);
    return joinedUnknown(unknown);
  }

  readonly #isSettled = (): boolean => this.#awaited === 0;
}

type Refusal = UnroutableError | NackError;

function joined(failures: readonly AMQPError[]): AMQPError | null {
  const refusals = failures.filter(
    (error): error is Refusal => error instanceof UnroutableError || error instanceof NackError,
  );
  const [first] = refusals;
  if (first === undefined || refusals.length === 1) return first ?? null;
  const messages: FailedMessage[] = refusals.flatMap((error) => error.messages);
  const isNack = refusals.some((error) => error instanceof NackError);
  return isNack ? new NackError(messages, first.tag) : new UnroutableError(messages, first.tag);
}

/** They have one cause: the channel has ended once. */
function joinedUnknown(errors: readonly PublishUnknownError[]): PublishUnknownError | null {
  const [first] = errors;
  if (first === undefined || errors.length === 1) return first ?? null;
  const { cause, channelNumber } = first;
  const messages = errors.flatMap((error) => error.messages);
  return new PublishUnknownError(
    errors.flatMap((error) => error.tags),
    { cause, messages, channelNumber },
  );
}

/** Where a close took the only message under way, the close says more; not where it was closed for want of a confirm. */
function reasonOf(verdict: AMQPError): AMQPError {
  const { cause } = verdict;
  const told = verdict instanceof PublishUnknownError && !(cause instanceof ChannelClosedByClient);
  return told ? (cause as AMQPError) : verdict; // the protocol machine has put one there
}
