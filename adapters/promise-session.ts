import type { AMQPError, ChannelWrongStateError, MethodId } from '../amqp/index.ts';
import type { IOLoop, Logger } from '../ioloop/index.ts';
import type { ChannelWire, WireEvents } from './channel-wire.ts';
import { Answer, type Refusable } from './promise-answer.ts';
import { all } from './promise-closing.ts';
import type { ConnectionCore } from './promise-core.ts';
import { limitAnswer } from './promise-limits.ts';
import type { Reports } from './promise-reports.ts';
import { UNLIMITED, type Waiting } from './waiting.ts';

/** Takes the end of a call: an error, or its reply. */
export type Done<T> = (error: AMQPError | null, reply: T) => void;

/** What one channel hears, beside the ends of its calls. */
export type ChannelNews = Pick<WireEvents, 'returned' | 'cancelled' | 'settled' | 'flow' | 'method' | 'back'>;

/** Something of a channel that a close of this side ends in order: it stops, and tells when nothing of it runs any more. */
export interface Closable {
  /** @returns null when nothing runs; else what resolves once nothing does */
  stop(): Promise<unknown> | null;
}

/** One channel as code in promises stands on it: what is asked is a promise, which settles once, however the call ends. */
export interface PromiseCore {
  readonly machine: ChannelWire;
  readonly loop: IOLoop;
  readonly logger: Logger;
  readonly reports: Reports;
  readonly isOpen: boolean;
  /** Why the channel has closed, from whichever side. */
  readonly closedWith: AMQPError | null;
  /** Calls a method that has a reply. */
  ask(id: MethodId, wire: object, waiting: Waiting): Answer<object | undefined>;
  /** Asks something; the protocol machine minds the time of it. What `ask` throws was not sent, and rejects. */
  reply<T>(waiting: Waiting, ask: (done: Done<T>) => void): Answer<T>;
  /** A promise for `work` to settle, with the limits of `waiting`; the channel, which must be open, closes when its time is over. */
  within<T>(name: string, waiting: Waiting, work: (answer: Answer<T>) => void): Answer<T>;
  /** A promise that is rejected: a mistake of the caller's, mostly. */
  rejected<T>(error: unknown): Answer<T>;
  /** Runs a handler of the program, which a close waits for. */
  run<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void;
  /** Tells `onError`. */
  report(error: unknown): void;
  /** @param callback - called once, when the channel has closed and all its calls have ended */
  onClosed(callback: (error: AMQPError) => void): void;
  /** @param callback - called each time that the channel is lost and comes back, when all its calls have ended */
  onAway(callback: () => void): void;
  /** A message of a loop was acknowledged too late: tells `onError`, once for each loss. */
  tooLate(error: ChannelWrongStateError): void;
  /** @param callback - called when the broker has ended the consumer of this tag, until what is returned is called */
  onCancelled(consumerTag: string, callback: () => void): () => void;
  /** Has a close wait for it. @returns what takes it off the list */
  addClosable(closable: Closable): () => void;
}

export class PromiseSession implements PromiseCore {
  readonly core: ConnectionCore;
  readonly machine: ChannelWire;
  /** Settles when the channel is open, or why it is not. */
  readonly opened: Answer<void> = new Answer();
  readonly #onClosed: ((error: AMQPError) => void)[] = [];
  readonly #onAway: (() => void)[] = [];
  /** {@link tooLate} has told of the last loss. */
  #isTold = false;
  readonly #onCancelled = new Map<string, () => void>();
  readonly #closables = new Set<Closable>();
  #closedWith: AMQPError | null = null;
  /** Handlers whose promises have not settled. */
  #running = 0;
  /** Loops that a close waits for. */
  #looping = 0;
  #onIdle: (() => void) | null = null;

  /**
   * Asks for the channel.
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  constructor(
    core: ConnectionCore,
    channelNumber: number | null,
    waiting: Waiting,
    news: ChannelNews,
    isLasting: boolean,
  ) {
    this.core = core;
    this.machine = core.openChannel(channelNumber, this.#events(news), waiting, isLasting);
  }

  get loop(): IOLoop {
    return this.core.loop;
  }
  get logger(): Logger {
    return this.core.logger;
  }
  get reports(): Reports {
    return this.core.reports;
  }
  get isOpen(): boolean {
    return this.machine.state === 'open';
  }
  /** Whether it is open or will be: what is asked has to wait at most. */
  get lasts(): boolean {
    const { state } = this.machine;
    return state === 'open' || state === 'opening';
  }
  get closedWith(): AMQPError | null {
    return this.#closedWith;
  }
  /** Handlers, and loops that a close waits for. */
  get running(): number {
    return this.#running + this.#looping;
  }

  ask(id: MethodId, wire: object, waiting: Waiting): Answer<object | undefined> {
    const answer = new Answer<object | undefined>();
    if (!this.heed(answer, waiting)) return answer;
    try {
      this.machine.call(
        id,
        wire,
        (error, reply) => {
          if (error === null) answer.settle(reply);
          else this.reports.refuse(answer, error);
        },
        waiting,
      );
    } catch (error) {
      this.reports.refuse(answer, error);
    }
    return answer;
  }

  reply<T>(waiting: Waiting, ask: (done: Done<T>) => void): Answer<T> {
    const answer = new Answer<T>();
    if (!this.heed(answer, waiting)) return answer;
    try {
      ask((error, reply) => {
        if (error === null) answer.settle(reply);
        else this.reports.refuse(answer, error);
      });
    } catch (error) {
      this.reports.refuse(answer, error);
    }
    return answer;
  }

  within<T>(name: string, waiting: Waiting, work: (answer: Answer<T>) => void): Answer<T> {
    const answer = new Answer<T>();
    try {
      this.machine.requireOpen();
      if (this.limit(answer, name, waiting)) work(answer);
    } catch (error) {
      this.reports.refuse(answer, error);
    }
    return answer;
  }

  /** Gives an answer the limits of a wait. @returns false when it is called off already */
  limit(answer: Refusable, name: string, waiting: Waiting): boolean {
    if (waiting === UNLIMITED) return true;
    const { loop, reports } = this.core;
    return limitAnswer(answer, { loop, reports, name, waiting, expired: (error) => this.machine.abandon(error) });
  }

  /** Has an answer heed the signal alone: the machine minds the time. @returns false when it is called off already */
  heed(answer: Refusable, waiting: Waiting): boolean {
    if (waiting.signal === undefined) return true;
    const { loop, reports } = this.core;
    return limitAnswer(answer, { loop, reports, name: '', waiting });
  }

  rejected<T>(error: unknown): Answer<T> {
    const answer = new Answer<T>();
    this.reports.refuse(answer, error);
    return answer;
  }

  run<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
    const running = this.core.run(fn, ...args);
    if (running === undefined) return;
    this.#running++;
    void running.then(this.#ran);
  }

  report(error: unknown): void {
    this.reports.report(error);
  }

  onClosed(callback: (error: AMQPError) => void): void {
    if (this.#closedWith === null) this.#onClosed.push(callback);
    else callback(this.#closedWith);
  }

  onAway(callback: () => void): void {
    this.#onAway.push(callback);
  }

  tooLate(error: ChannelWrongStateError): void {
    if (!this.#isTold) this.report(error);
    this.#isTold = true;
  }

  onCancelled(consumerTag: string, callback: () => void): () => void {
    this.#onCancelled.set(consumerTag, callback);
    return () => this.#onCancelled.delete(consumerTag);
  }

  /** The broker has ended a consumer. @returns whether somebody hears of it */
  cancelled(consumerTag: string): boolean {
    const callback = this.#onCancelled.get(consumerTag);
    this.#onCancelled.delete(consumerTag);
    callback?.();
    return callback !== undefined;
  }

  addClosable(closable: Closable): () => void {
    this.#closables.add(closable);
    return () => this.#closables.delete(closable);
  }

  /**
   * Ends in order what stands on the channel: consumers get nothing more, handlers that run are waited for.
   * @returns null when nothing runs
   */
  stop(): Promise<unknown> | null {
    if (this.lasts) for (const tag of this.machine.consumerTags) this.machine.cancel(tag, true, null);
    const handlers =
      this.#running === 0
        ? null
        : new Promise<void>((resolve) => {
            this.#onIdle = resolve;
          });
    return all([handlers, ...[...this.#closables].map((closable) => this.#end(closable))]);
  }

  #end(closable: Closable): Promise<unknown> | null {
    const ended = closable.stop();
    if (ended === null) return null;
    this.#looping++;
    return ended.then(() => this.#looping--);
  }

  readonly #ran = (): void => {
    if (--this.#running > 0) return;
    const onIdle = this.#onIdle;
    this.#onIdle = null;
    onIdle?.();
  };

  #events(news: ChannelNews): WireEvents {
    return {
      ...news,
      open: () => this.opened.settle(undefined),
      closed: (error) => {
        this.#closedWith = error;
        this.reports.refuse(this.opened, error);
        for (const callback of this.#onClosed.splice(0)) callback(error);
      },
      away: () => {
        this.#isTold = false;
        for (const callback of this.#onAway) callback();
      },
      confirmed: () => undefined,
    };
  }
}
