import type { Entry, Outcome } from './journal.ts';

/** Something that was done to the broker. */
export interface Restart {
  readonly kind: RestartKind;
  /** Unix milliseconds: when it began, and when the broker could be used again. */
  readonly at: number;
  readonly ready: number;
}
/** An ordinary stop, a kill -9, or a process that stands still for longer than the heartbeat. */
export type RestartKind = 'stop' | 'kill' | 'freeze';

/** What messages came to, in numbers. */
export interface Counts {
  called: number;
  confirmed: number;
  nacked: number;
  unroutable: number;
  unknown: number;
  failed: number;
  handled: number;
  redelivered: number;
  drained: number;
  /** Handled once more without the flag, where the broker was killed in between: it did not keep that. */
  unflagged: number;
}

/** What must not be: each a list of the messages or errors that it is about. */
export interface Verdicts {
  /** Confirmed, and neither handled nor drained. */
  readonly lost: readonly string[];
  readonly unsettled: readonly string[];
  readonly settledTwice: readonly string[];
  /** One delivery handled twice, or one message twice that was published once and not redelivered. */
  readonly duplicated: readonly string[];
  /** Handled and never published, or with another body. */
  readonly damaged: readonly string[];
  /** Errors that no program can tell apart by a class of theirs. */
  readonly untyped: readonly string[];
}

/** Settles accounts: takes what programs saw of each message, and finds what contradicts the library's promises. */
export class Ledger {
  readonly counts: Counts = {
    called: 0,
    confirmed: 0,
    nacked: 0,
    unroutable: 0,
    unknown: 0,
    failed: 0,
    handled: 0,
    redelivered: 0,
    drained: 0,
    unflagged: 0,
  };
  readonly #messages = new Map<string, Message>();
  readonly #deliveries = new Set<string>();
  readonly #doubled: string[] = [];
  readonly #again: { id: string; first: number; second: number }[] = [];
  readonly #settledTwice: string[] = [];
  readonly #damaged: string[] = [];
  readonly #untyped: string[] = [];
  readonly #resends: boolean;

  /** @param resends - whether the library was asked to send messages again whose fate is unknown */
  constructor(resends: boolean = false) {
    this.#resends = resends;
  }

  add(entry: Entry): void {
    if (entry[0] === 'called') this.#called(entry[2]);
    else if (entry[0] === 'settled') this.#settled(entry[2], entry[3]);
    else if (entry[0] === 'handled') this.#handled(entry);
    else if (entry[0] === 'error' && !entry[2]) this.#untyped.push(`${entry[3]}: ${entry[4]}`);
  }

  /** What a reader of its own found in the queue at the end. */
  drained(id: string, whole: boolean): void {
    const message = this.#messages.get(id);
    this.counts.drained++;
    if (!whole || message === undefined) this.#damaged.push(`${id || 'unreadable'} (drained)`);
    else message.seen = true;
  }

  verdicts(restarts: readonly Restart[]): Verdicts {
    const messages = [...this.#messages];
    const named = (wrong: (message: Message) => boolean): string[] =>
      messages.filter(([, message]) => wrong(message)).map(([id]) => id);
    const isExcused = ({ first, second }: { first: number; second: number }): boolean =>
      restarts.some(({ kind, at, ready }) => kind === 'kill' && first < ready && second > at);
    this.counts.unflagged = this.#again.filter(isExcused).length;
    return {
      lost: named(({ outcome, seen }) => outcome === 'confirmed' && !seen),
      unsettled: named(({ outcome }) => outcome === null),
      settledTwice: this.#settledTwice,
      duplicated: [...this.#doubled, ...this.#again.filter((each) => !isExcused(each)).map(({ id }) => id)],
      damaged: this.#damaged,
      untyped: this.#untyped,
    };
  }

  #called(id: string): void {
    this.counts.called++;
    this.#messages.set(id, { outcome: null, seen: false, handledAt: 0 });
  }

  #settled(id: string, outcome: Outcome): void {
    const message = this.#messages.get(id);
    this.counts[outcome]++;
    if (message === undefined || message.outcome !== null) this.#settledTwice.push(id);
    else message.outcome = outcome;
  }

  #handled([, at, channel, tag, id, redelivered, whole]: Entry & { 0: 'handled' }): void {
    this.counts.handled++;
    if (redelivered) this.counts.redelivered++;
    const delivery = `channel ${channel}, delivery ${tag}`;
    if (this.#deliveries.has(delivery)) this.#doubled.push(`${id} (${delivery})`);
    this.#deliveries.add(delivery);
    const message = this.#messages.get(id);
    if (message === undefined || !whole) {
      this.#damaged.push(`${id || 'unreadable'} (${delivery})`);
      return;
    }
    if (message.seen && !redelivered && !this.#resends) this.#again.push({ id, first: message.handledAt, second: at });
    message.seen = true;
    message.handledAt = at;
  }
}

interface Message {
  outcome: Outcome | null;
  /** Handled, or drained. */
  seen: boolean;
  /** Unix milliseconds, of the last time. */
  handledAt: number;
}
