import {
  type AMQPError,
  BASIC_CANCEL,
  type BasicConsume,
  ChannelClosedByClient,
  type ChannelWrongStateError,
  ConnectionClosedByClient,
  ConsumerCancelled,
  type MessageHandler,
  newConsumerTag,
} from '../amqp/index.ts';
import { onAbort } from './abort-listener.ts';
import { Fifo } from './fifo.ts';
import { Answer } from './promise-answer.ts';
import { Message, type MessageGiver } from './promise-message.ts';
import type { PromiseCore } from './promise-session.ts';
import type { ReadingBrake } from './reading-brake.ts';
import { isOfStream } from './stream-messages.ts';
import type { TurnCount } from './turn-count.ts';
import { UNLIMITED } from './waiting.ts';

/** What a consumer of `consume()` has beside the fields of basic.consume. */
export interface ConsumerSetup {
  /** Ends it with its reason. */
  readonly signal: AbortSignal | undefined;
  /** The broker may send any number of messages: what waits here is counted, and stops the reading at last. */
  readonly unbounded: boolean;
  /** Of the connection. */
  readonly brake: ReadingBrake;
  readonly turns: TurnCount;
  /** Called right before the broker is asked for it. */
  begin(consumer: PromiseConsumer): void;
  /** Called when nothing will come any more. */
  end(consumer: PromiseConsumer): void;
}

/**
 * The messages of a queue, one at a time: `for await (const message of channel.consume({ queue }))`.
 *
 * The consumer begins at the first `next()`. Leaving the loop cancels it, waits until the broker has agreed, and gives
 * back what was not looked at. A close or cancel of this side ends the loop; the broker's cancel throws
 * ConsumerCancelled, its close or a loss throws that error, both after all that had arrived. Where the channel comes back
 * the loop goes on, with what the broker delivers again in place of what had arrived.
 */
export class PromiseConsumer
  implements AsyncIterableIterator<Message, undefined, undefined>, AsyncDisposable, MessageGiver
{
  readonly consumerTag: string;
  readonly #session: PromiseCore;
  readonly #fields: BasicConsume;
  readonly #setup: ConsumerSetup;
  readonly #buffer = new Fifo<Message>();
  readonly #waiting = new Fifo<Answer<IteratorResult<Message, undefined>>>();
  #state: 'new' | 'open' | 'leaving' | 'ended' = 'new';
  /** What the next call of `next()` throws, behind what has arrived. */
  #failure: { readonly error: unknown } | null = null;
  /** What came and will not be given any more, until the broker has stopped. */
  #unseen: Message[] = [];
  #leaving: Promise<void> | null = null;
  #unlisten: () => void = () => undefined;
  /** The message whose loop body may be running, and the turn in which it was given. */
  #given: Message | null = null;
  #givenIn = 0;
  #isLoop = false;
  /** Told when the loop comes back for the next one, or leaves. */
  #onBack: (() => void) | null = null;

  /** @param fields - by the protocol's names */
  constructor(session: PromiseCore, fields: BasicConsume, setup: ConsumerSetup) {
    this.consumerTag = fields.consumerTag || newConsumerTag(session.machine.number);
    this.#session = session;
    this.#fields = { ...fields, consumerTag: this.consumerTag };
    this.#setup = setup;
  }

  /** The next message, at once where one has arrived; calls are answered in order. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#onBack !== null) this.#back();
    const message = this.#buffer.take();
    if (message === undefined) return this.#wait();
    if (this.#setup.unbounded) this.#setup.brake.remove(message.body.length);
    return Promise.resolve(this.#give(message));
  }

  /**
   * Ends the consumer, and resolves when the broker has agreed. What was not given goes back to the queue; with
   * `autoAck` it is dropped.
   */
  async return(): Promise<IteratorResult<Message, undefined>> {
    await this.#goneFrom();
    return DONE;
  }

  /** As {@link return}, and rejects with this error. */
  async throw(error?: unknown): Promise<IteratorResult<Message, undefined>> {
    await this.#goneFrom();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    this.#isLoop = true;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal the broker has ended it */
  cancelled(): void {
    this.#fail(new ConsumerCancelled(this.consumerTag));
  }

  /** @internal the channel has closed; what had arrived is still given, unless this side has closed it */
  closed(error: AMQPError): void {
    if (isOwnClose(error)) this.#finish();
    else this.#fail(error);
  }

  /** @internal the channel was lost and comes back: what needs an acknowledgement comes again then, that of a stream apart */
  away(): void {
    if (this.#fields.noAck === true) return;
    this.#unseen = [];
    for (const message of this.#buffer.takeAll()) {
      if (isOfStream(message)) this.#buffer.put(message);
      else if (this.#setup.unbounded) this.#setup.brake.remove(message.body.length);
    }
  }

  /** @internal an acknowledgement of what came before a loss: the broker has that message again */
  forgives(error: ChannelWrongStateError): boolean {
    if (this.#session.machine.state === 'closed') return false;
    this.#session.tooLate(error);
    return true;
  }

  /**
   * @internal the channel is about to be closed by this side: gives nothing any more.
   * @returns null, or what resolves when the body of its loop has dealt with the message that it has
   */
  stop(): Promise<void> | null {
    const message = this.#given;
    // a body that calls close() itself must not wait for its own end; it runs in the turn in which it got its message
    const runs = this.#isLoop && message !== null && !message.settled && this.#givenIn !== this.#setup.turns.current;
    const isBusy = runs && this.#fields.noAck !== true && this.#state === 'open';
    this.#finish();
    return isBusy ? new Promise((resolve) => (this.#onBack = resolve)) : null;
  }

  #wait(): Promise<IteratorResult<Message, undefined>> {
    this.#given = null;
    const failure = this.#failure;
    if (failure !== null) {
      this.#failure = null;
      return this.#session.rejected(failure.error);
    }
    if (this.#state === 'leaving' || this.#state === 'ended') return Promise.resolve(DONE);
    const answer = new Answer<IteratorResult<Message, undefined>>();
    this.#waiting.put(answer);
    if (this.#state === 'new') this.#begin();
    return answer;
  }

  #give(message: Message): IteratorYieldResult<Message> {
    this.#given = message;
    this.#givenIn = this.#setup.turns.current;
    return { done: false, value: message };
  }

  #back(): void {
    const onBack = this.#onBack;
    this.#onBack = null;
    this.#given = null;
    onBack?.();
  }

  #begin(): void {
    const { signal } = this.#setup;
    this.#state = 'open';
    if (signal?.aborted === true) {
      this.#fail(signal.reason);
      return;
    }
    try {
      this.#setup.begin(this);
      this.#session.machine.consume(this.#fields, this.#take, (error) => {
        if (error !== null) this.closed(error);
      });
      if (signal !== undefined) this.#unlisten = onAbort(signal, this.#abort);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #take: MessageHandler = (method, properties, body) => {
    const message = new Message(this.#session.machine, method, properties, body, this);
    if (this.#state !== 'open') {
      this.#unseen.push(message);
      return;
    }
    const waiter = this.#waiting.take();
    if (waiter !== undefined) {
      waiter.settle(this.#give(message));
      return;
    }
    this.#buffer.put(message);
    if (this.#setup.unbounded) this.#setup.brake.add(body.length);
  };

  readonly #abort = (): void => {
    this.#answer(this.#setup.signal?.reason);
    this.#leave().catch((error: unknown) => this.#session.report(error));
  };

  /** Asks the broker to stop, once; whatever is not given by then goes back to its queue. */
  #leave(): Promise<void> {
    if (this.#state === 'open') this.#leaving = this.#cancel();
    else if (this.#state !== 'leaving') this.#finish();
    return this.#leaving ?? Promise.resolve();
  }

  async #cancel(): Promise<void> {
    this.#drop('leaving');
    this.#answer();
    const { machine } = this.#session;
    try {
      if (machine.state !== 'open' && machine.state !== 'opening') return;
      await this.#session.reply(UNLIMITED, (done) => {
        machine.call(BASIC_CANCEL, { consumerTag: this.consumerTag, nowait: false }, done);
      });
    } catch (error) {
      if (!isOwnClose(error)) throw error;
    } finally {
      this.#finish();
    }
  }

  /** Nobody asks for more: what went wrong has nobody to be told to. */
  #goneFrom(): Promise<void> {
    this.#back();
    this.#failure = null;
    return this.#leave();
  }

  /** No more is given: what has arrived goes back, and whoever waits hears of the end. */
  #finish(): void {
    this.#drop('ended');
    this.#answer();
    const { machine } = this.#session;
    const unseen = this.#unseen.splice(0);
    if (this.#fields.noAck === true || machine.state !== 'open') return;
    for (const { method } of unseen) machine.reject(method.deliveryTag, true);
  }

  #drop(state: 'leaving' | 'ended'): void {
    this.#end(state);
    for (const message of this.#buffer.takeAll()) {
      if (this.#setup.unbounded) this.#setup.brake.remove(message.body.length);
      this.#unseen.push(message);
    }
  }

  /** An end that is told: to who waits, or behind what has arrived. */
  #fail(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#end('ended');
    this.#answer(error);
  }

  #end(state: 'leaving' | 'ended'): void {
    if (state === 'ended') this.#setup.end(this);
    this.#state = state;
    this.#unlisten();
  }

  /** Ends the calls that wait: the first one hears of an error, where there is one. */
  #answer(...failure: [] | [error: unknown]): void {
    const first = failure.length > 0 ? this.#waiting.take() : undefined;
    if (first !== undefined) this.#session.reports.refuse(first, failure[0]);
    else if (failure.length > 0) this.#failure = { error: failure[0] };
    for (const answer of this.#waiting.takeAll()) answer.settle(DONE);
  }
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

function isOwnClose(error: unknown): boolean {
  return error instanceof ChannelClosedByClient || error instanceof ConnectionClosedByClient;
}
