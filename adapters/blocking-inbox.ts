import {
  BASIC_CANCEL,
  type BasicConsume,
  type MessageHandler,
  makeRangeError,
  ReentrancyError,
  type ReplyHandler,
} from '../amqp/index.ts';
import { BufferedConsumer, Cancellation, type Delivered, Delivery, HandlerConsumer } from './blocking-consumers.ts';
import { type Event, type EventQueue, QueuedCall } from './blocking-events.ts';
import { INACTIVITY, type Inactivity } from './blocking-messages.ts';
import type { ChannelSession } from './blocking-session.ts';
import { sameData } from './plain-data.ts';
import { isOfStream } from './stream-messages.ts';
import { UNLIMITED, type Waiting } from './waiting.ts';

/** What comes to one blocking channel: messages for handlers, messages for `consume()`, and news of its consumers. */
export class BlockingInbox {
  readonly #session: ChannelSession;
  readonly #queue: EventQueue;
  readonly #consumers = new Map<string, HandlerConsumer>();
  /** The consumer of `consume()`, from the first message asked for to its end. */
  #buffered: BufferedConsumer | null = null;

  constructor(session: ChannelSession) {
    this.#session = session;
    this.#queue = session.core.events.queue();
  }

  /** Of the consumers with a handler. */
  get tags(): string[] {
    return [...this.#consumers.keys()];
  }

  get hasConsumers(): boolean {
    return this.#consumers.size > 0;
  }

  /** Messages that have arrived for `consume()`. */
  get buffered(): number {
    return this.#buffered?.buffer.size ?? 0;
  }

  /** Begins a consumer whose messages go to a handler. @param fields - by the protocol's names @returns its tag */
  consume(fields: BasicConsume, handle: (message: Delivered) => void, waiting: Waiting): string {
    const consumer = new HandlerConsumer(fields.noAck === true, handle);
    const take: MessageHandler = (method, properties, body) =>
      this.#queue.put(new Delivery(consumer, method, properties, body));
    this.#begin(consumer, fields, take, waiting, () => this.#consumers.set(consumer.tag, consumer));
    return consumer.tag;
  }

  /**
   * Ends a consumer that has a handler. Its messages that no handler has seen go back to the queue, where they can.
   * @returns those that cannot; null for an unknown tag
   */
  cancel(consumerTag: string, waiting: Waiting): Delivered[] | null {
    const consumer = this.#consumers.get(consumerTag);
    if (consumer === undefined) return null;
    if (consumer.cancelled) this.#forget(consumer);
    else this.#end('basic.cancel', consumer, waiting, () => this.#forget(consumer));
    // where nobody waits for this end any more, they are still the handler's
    return consumer.autoAck
      ? this.#unseen(consumer).map(({ method, properties, body }) => ({ method, properties, body }))
      : [];
  }

  /** Something for handlers, in order with the messages. */
  put(task: () => void): void {
    this.#queue.put(new QueuedCall(task));
  }

  /** The broker has ended a consumer. @param tell - called by a dispatch, behind the messages that came before */
  cancelled(tag: string, tell: (tag: string) => void): void {
    const consumer = this.#consumers.get(tag);
    if (this.#buffered?.tag === tag) this.#buffered.ended = true;
    if (consumer === undefined) {
      this.#session.core.wait.look();
      return;
    }
    consumer.cancelled = true;
    this.#queue.put(
      new Cancellation(tag, () => {
        this.#consumers.delete(tag);
        tell(tag);
      }),
    );
  }

  /** @throws {RangeError} where `consume()` has begun another one */
  requireSame(fields: BasicConsume): void {
    if (this.#buffered === null || this.#buffered.ending || sameData(this.#buffered.fields, fields)) return;
    throw makeRangeError(
      'ARG_RANGE',
      'fields',
      'fields: consume() goes on with what it has begun only for equal arguments; cancel() it before another one',
    );
  }

  /** Begins a consumer for `consume()`, or goes on with the one that is there. */
  consumeBuffered(fields: BasicConsume, waiting: Waiting): BufferedConsumer {
    this.refuseInHandler('consume');
    this.#session.requireOpen();
    this.requireSame(fields);
    if (this.#buffered?.ending === true) this.#awaitEnd('consume', this.#buffered, waiting);
    if (this.#buffered !== null) return this.#buffered;
    const consumer = new BufferedConsumer(fields);
    const take: MessageHandler = (method, properties, body) => {
      consumer.buffer.put({ method, properties, body });
      if (consumer.buffer.size === 1) this.#session.core.wait.look();
    };
    this.#begin(consumer, fields, take, waiting, () => {
      this.#buffered = consumer;
    });
    return consumer;
  }

  /**
   * Waits for the next message of `consume()`, and dispatches.
   * @param inactivity - milliseconds after which there is none, null: never
   * @returns undefined when there will be none any more
   */
  next(consumer: BufferedConsumer, inactivity: number | null, { signal }: Waiting): Delivered | Inactivity | undefined {
    const { events, wait } = this.#session.core;
    const { buffer } = consumer;
    if (wait.interrupted) wait.glance();
    if (events.ready) events.dispatch();
    if (buffer.size > 0) return buffer.take();
    this.#session.within('consume', signal === undefined ? UNLIMITED : { signal }, (limited) =>
      this.#session.core.processUntil(() => buffer.size > 0 || consumer.ended, inactivity, limited),
    );
    if (buffer.size > 0) return buffer.take();
    if (!consumer.ended) return INACTIVITY;
    if (this.#buffered === consumer) this.#buffered = null;
    this.#session.requireOwnClose();
    return undefined;
  }

  /** Ends `consume()`. @returns how many messages went back to the queue */
  cancelBuffered(waiting: Waiting): number {
    const consumer = this.#buffered;
    if (consumer === null) return 0;
    const { ended } = consumer;
    if (ended) this.#drop(consumer);
    else this.#end('basic.cancel', consumer, waiting, () => this.#drop(consumer));
    return ended || consumer.autoAck ? 0 : consumer.dropped;
  }

  /** @throws {ReentrancyError} where nothing would be dispatched */
  refuseInHandler(name: string): void {
    const { events, wait } = this.#session.core;
    wait.enter();
    if (!events.dispatching) return;
    throw new ReentrancyError(`${name} was called inside a handler: the call that runs the handler dispatches already`);
  }

  /** The channel was lost and comes back: what needs an acknowledgement comes again then, that of a stream apart. */
  away(): void {
    this.#queue.extract(
      (event: Event): event is Delivery => event instanceof Delivery && comesAgain(event, event.consumer),
    );
    const buffered = this.#buffered;
    if (buffered === null) return;
    for (const message of buffered.buffer.takeAll()) if (!comesAgain(message, buffered)) buffered.buffer.put(message);
  }

  /** The channel is gone, or going. */
  clear(): void {
    this.#consumers.clear();
    this.#queue.clear();
    if (this.#buffered === null) return;
    this.#buffered.ended = true;
    this.#buffered.buffer.clear();
    this.#buffered = null;
  }

  /** A consumer whose call is left without an answer stays: what comes for it is not lost. Refused, it goes with the channel. */
  #begin(
    consumer: HandlerConsumer | BufferedConsumer,
    fields: BasicConsume,
    take: MessageHandler,
    waiting: Waiting,
    began: () => void,
  ): void {
    this.#session.reply<unknown>('basic.consume', waiting, (done) => {
      consumer.tag = this.#session.machine.consume(fields, take, done, waiting);
      began();
    });
  }

  /**
   * Until the broker has stopped, what comes is taken: nothing is lost of a consumer without acknowledgements.
   * @param over - called when it has, whether or not somebody waits for that
   */
  #end(name: string, consumer: HandlerConsumer | BufferedConsumer, waiting: Waiting, over: () => void): void {
    if (consumer.ending) {
      this.#awaitEnd(name, consumer, waiting);
      return;
    }
    this.#session.reply<unknown>(name, waiting, (done) => {
      const settle: ReplyHandler = (error, reply) => {
        consumer.ending = false;
        if (error === null) over();
        done(error, reply);
      };
      this.#session.machine.call(BASIC_CANCEL, { consumerTag: consumer.tag, nowait: false }, settle, waiting);
      consumer.ending = true;
    });
  }

  /** Of a call that was interrupted. */
  #awaitEnd(name: string, consumer: HandlerConsumer | BufferedConsumer, waiting: Waiting): void {
    this.#session.until(name, waiting, () => !consumer.ending);
    const { closedBy } = this.#session;
    if (closedBy !== null) this.#session.fail(closedBy);
  }

  #forget(consumer: HandlerConsumer): void {
    this.#consumers.delete(consumer.tag);
    this.#queue.extract((event: Event): event is Cancellation => isNewsOf(event, consumer.tag));
    if (!consumer.autoAck) this.#requeue(this.#unseen(consumer));
  }

  #unseen(consumer: HandlerConsumer): Delivery[] {
    return this.#queue.extract((event: Event): event is Delivery => isFor(event, consumer));
  }

  #drop(consumer: BufferedConsumer): void {
    consumer.ended = true;
    if (this.#buffered === consumer) this.#buffered = null;
    const left = consumer.buffer.takeAll();
    consumer.dropped = left.length;
    if (!consumer.autoAck) this.#requeue(left);
  }

  #requeue(messages: readonly Delivered[]): void {
    const { machine, isOpen } = this.#session;
    if (isOpen) for (const { method } of messages) machine.reject(method.deliveryTag, true);
  }
}

function comesAgain(message: Delivered, { autoAck }: { readonly autoAck: boolean }): boolean {
  return !autoAck && !isOfStream(message);
}

function isNewsOf(event: Event, tag: string): event is Cancellation {
  return event instanceof Cancellation && event.consumerTag === tag;
}

function isFor(event: Event, consumer: HandlerConsumer): event is Delivery {
  return event instanceof Delivery && event.consumer === consumer;
}
