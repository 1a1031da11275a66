import {
  type AMQPError,
  BASIC_CANCEL,
  type BasicCancel,
  type BasicConsume,
  type CallOptions,
  ChannelClosedByBroker,
  ChannelClosedByClient,
  type ChannelEvents,
  type ChannelMachine,
  type ChannelNumbering,
  type ChannelState,
  ChannelWrongStateError,
  CONFIRM_SELECT,
  type ConnectionMachine,
  ConnectionWrongStateError,
  encodeMethodFrame,
  type GetHandler,
  METHODS,
  type MessageHandler,
  type MethodId,
  newConsumerTag,
  type PropertiesIn,
  QUEUE_DECLARE,
  type ReplyHandler,
  RpcTimeout,
} from '../amqp/index.ts';
import { ChannelSetup } from './channel-setup.ts';
import type { ChannelWire, PublishWords, WireEvents } from './channel-wire.ts';
import { Held, type HeldLimits } from './held.ts';
import { keptBody } from './kept-body.ts';
import { QueueNames } from './queue-names.ts';
import type { Topology } from './topology.ts';
import { Unsettled } from './unsettled.ts';

/** What a channel that outlives its connections has of what looks after them. */
export interface LastingHome extends HeldLimits {
  readonly topology: Topology;
  /** Whether messages without a verdict are sent again. */
  readonly resends: boolean;
  /** Why the connection has ended for good. */
  readonly endedBy: AMQPError | null;
  /** Whether an end is one that the connection comes back from. */
  survives(error: AMQPError): boolean;
  /** The broker has closed a channel. @returns whether it is opened again */
  reopens(channel: LastingChannel, error: ChannelClosedByBroker): boolean;
  /** A consumer of this queue has ended. */
  unconsumed(queue: string): void;
  /** The channel will not come back. */
  forget(channel: LastingChannel): void;
  /** From the loop, not from inside of the caller. */
  later(callback: () => void): void;
}

/**
 * A channel that is the same one on one connection after another: it remembers how it was set up and who consumes, and
 * while there is no connection it keeps what it is asked. Numbers of deliveries and messages go on counting.
 */
export class LastingChannel implements ChannelWire {
  readonly number: number;
  readonly #home: LastingHome;
  readonly #events: WireEvents;
  readonly #isLasting: boolean;
  readonly #held: Held;
  readonly #names: QueueNames;
  readonly #unsettled: Unsettled;
  readonly #setup = new ChannelSetup();
  /** confirm.select was asked at least: messages are counted. */
  #counts = false;
  #wire: ChannelMachine | null = null;
  #isAway = true;
  #numbering: ChannelNumbering = { delivered: 0, published: 0 };
  /** Of those that are held. */
  #heldMessages = 0;
  #hasOpened = false;
  #ended: AMQPError | null = null;
  /** Told when the wire is open, in the course of a return. */
  #onOpen: ((error: AMQPError | null) => void) | null = null;

  /** @param isLasting - false: it lives as long as the connection that it opens on */
  constructor(home: LastingHome, number: number, events: WireEvents, isLasting: boolean) {
    this.#home = home;
    this.#isLasting = isLasting;
    this.number = number;
    this.#events = events;
    this.#held = new Held(home);
    this.#names = new QueueNames(home.topology);
    this.#unsettled = new Unsettled(events, home.resends && isLasting);
  }

  get state(): ChannelState {
    if (this.#ended !== null) return 'closed';
    return this.#isAway ? 'opening' : (this.#wire?.state ?? 'opening');
  }
  get flowActive(): boolean {
    return !this.#isAway && this.#wire?.flowActive === true;
  }
  get awaitsAnswer(): boolean {
    return this.#held.size > 0 || this.#wire?.awaitsAnswer === true;
  }
  get consumerTags(): string[] {
    return this.#live?.consumerTags ?? this.#setup.consumerTags;
  }
  /** The queues that are consumed here, under the names that they have by now. */
  get consumed(): string[] {
    return this.#setup.consumers.map(([, queue]) => this.#home.topology.nameOf(queue));
  }

  /** @throws {ChannelWrongStateError | ConnectionWrongStateError} only once it has ended: till then it waits */
  requireOpen(): void {
    this.#live?.requireOpen();
  }

  call(id: MethodId, fields: object, done: ReplyHandler | null, options?: CallOptions): void {
    const wire = this.#live;
    if (wire !== null) {
      const named = this.#names.named(id, fields);
      wire.call(id, named, this.#noting(id, named, done), options);
    } else if (id === BASIC_CANCEL) {
      const { consumerTag } = fields as BasicCancel;
      if (!this.cancel(consumerTag, false, done, options)) this.#answer(done, { consumerTag });
      return;
    } else {
      encodeMethodFrame(this.number, id, fields);
      const kept = { ...fields };
      this.#hold(METHODS[id]?.name ?? '', options, done, () => this.call(id, kept, done, options));
    }
    if (id === CONFIRM_SELECT) this.#counts = true;
  }

  publish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties?: PropertiesIn | null,
    mandatory?: boolean,
    token?: unknown,
    own?: string | Uint8Array,
  ): number {
    const wire = this.#live;
    if (wire === null) return this.#holdMessage([exchange, routingKey, body, properties, mandatory, token, own]);
    const unsettled = this.#counts ? this.#unsettled : null;
    const named = unsettled?.tokenOf(exchange, routingKey, body, properties, mandatory, token, own) ?? token;
    return wire.publish(
      exchange,
      this.#home.topology.keyOf(exchange, routingKey),
      body,
      properties,
      mandatory,
      named,
      own,
    );
  }

  ack(tag: number | bigint, multiple: boolean): void {
    this.#taking(tag).ack(tag, multiple);
  }
  nack(tag: number | bigint, multiple: boolean, requeue: boolean): void {
    this.#taking(tag).nack(tag, multiple, requeue);
  }
  reject(tag: number | bigint, requeue: boolean): void {
    this.#taking(tag).reject(tag, requeue);
  }

  consume(fields: BasicConsume, onMessage: MessageHandler, done: ReplyHandler | null, options?: CallOptions): string {
    const consumerTag = fields.consumerTag ? fields.consumerTag : newConsumerTag(this.number);
    const asked = this.#names.named(0, { ...fields, consumerTag }) as BasicConsume & { consumerTag: string };
    const wire = this.#live;
    if (wire !== null) {
      const noted: ReplyHandler = (error, reply) => {
        if (error === null) this.#setup.add(consumerTag, { fields: asked, onMessage });
        done?.(error, reply);
      };
      return wire.consume(asked, onMessage, noted, options);
    }
    this.#hold('basic.consume', options, done, () => this.consume(asked, onMessage, done, options));
    return consumerTag;
  }

  cancel(consumerTag: string, nowait: boolean, done: ReplyHandler | null, options?: CallOptions): boolean {
    const wire = this.#live;
    if (wire !== null) {
      const noting = this.#noting(BASIC_CANCEL, { consumerTag }, done);
      return wire.cancel(consumerTag, nowait, noting, options);
    }
    if (this.#setup.consumerTags.includes(consumerTag)) {
      // the loss has ended it, and it does not begin again
      this.#cancelled(consumerTag);
      this.#answer(done, { consumerTag });
      return true;
    }
    if (this.#held.size === 0) return false;
    this.#hold('basic.cancel', options, done, () => {
      if (!this.cancel(consumerTag, nowait, done, options)) done?.(null, { consumerTag });
    });
    return true;
  }

  get(queue: string, noAck: boolean, done: GetHandler, options?: CallOptions): void {
    const wire = this.#live;
    const { queue: name } = this.#names.named(0, { queue }) as { queue: string };
    if (wire !== null) wire.get(name, noAck, done, options);
    else {
      const refused: ReplyHandler = (error) => {
        if (error !== null) done(error, null);
      };
      this.#hold('basic.get', options, refused, () => this.get(queue, noAck, done, options));
    }
  }

  close(replyCode: number, replyText: string, options?: CallOptions): void {
    const wire = this.#live;
    if (wire !== null) {
      wire.close(replyCode, replyText, options);
      return;
    }
    this.#requireLasting();
    const error = new ChannelClosedByClient(replyCode, replyText, {}, this.number);
    this.#home.later(() => this.end(error));
  }

  abandon(error: AMQPError): void {
    if (this.#live !== null) this.#live.abandon(error);
    else this.end(error);
  }

  /** It is to open with the next connection, within the limits of a call. */
  await(options?: CallOptions): void {
    const failed: ReplyHandler = (error) => error !== null && this.end(error);
    this.#hold('channel.open', options, failed, () => undefined);
  }

  /** Opens it for the first time. @throws what {@link ConnectionMachine.openChannel} throws */
  begin(machine: ConnectionMachine, options?: CallOptions): void {
    this.#isAway = false;
    this.#open(machine, options);
  }

  /**
   * Opens it again and sets it up as it was; nobody consumes yet, and what is asked still waits.
   * @param done - called once it is, or why it cannot be
   */
  returnTo(machine: ConnectionMachine, done: (error: AMQPError | null) => void): void {
    this.#onOpen = (error) => {
      this.#onOpen = null;
      if (error !== null) done(error);
      else if (this.#wire !== null) this.#setup.redo(this.#wire, done);
    };
    try {
      this.#open(machine);
    } catch (error) {
      this.#onOpen = null;
      this.end(error as AMQPError); // openChannel throws no other
      done(null);
    }
  }

  /** Begins the consumers again. @param done - called when the last one has begun, or why one has not */
  consumeAgain(done: (error: AMQPError | null) => void): void {
    const wire = this.#wire;
    if (wire === null || wire.state !== 'open') done(null);
    else this.#setup.consumeAgain(wire, (fields) => this.#names.named(0, fields) as BasicConsume, done);
  }

  /** The consumers of a queue that does not exist any more end. */
  lose(queue: string): void {
    for (const [tag, consumed] of this.#setup.consumers) {
      if (this.#home.topology.nameOf(consumed) !== queue) continue;
      this.#setup.remove(tag);
      this.#events.cancelled(tag);
    }
  }

  /** All is as it was: what was asked meanwhile is done. */
  resume(): void {
    if (this.#wire?.state !== 'open') return;
    this.#isAway = false;
    if (!this.#hasOpened) {
      this.#hasOpened = true;
      this.#events.open();
    }
    this.#heldMessages = 0;
    const wire = this.#wire;
    this.#unsettled.sendAgain(this.#numbering.published, (exchange, key, ...rest) =>
      wire.publish(exchange, this.#home.topology.keyOf(exchange, key), ...rest),
    );
    this.#held.release();
    this.#events.back?.();
  }

  /** It will not come back. */
  end(error: AMQPError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#isAway = true;
    this.#home.forget(this);
    const { consumed } = this;
    this.#setup.clear();
    for (const queue of consumed) this.#home.unconsumed(queue);
    this.#unsettled.end();
    this.#held.refuse(error);
    this.#events.closed(error);
  }

  /** What takes calls; null while they are kept. @throws ChannelWrongStateError once it has ended */
  get #live(): ChannelMachine | null {
    if (!this.#isAway) return this.#wire;
    const { endedBy } = this.#home;
    if (endedBy !== null) {
      const text = `the connection of channel ${this.number} is closed`;
      throw new ConnectionWrongStateError(text, { cause: endedBy });
    }
    this.#requireLasting();
    return null;
  }

  #open(machine: ConnectionMachine, options?: CallOptions): void {
    const events: ChannelEvents = {
      ...this.#events,
      open: () => this.#opened(),
      closed: (error) => this.#closed(wire, error),
      cancelled: (tag) => {
        this.#setup.remove(tag);
        this.#events.cancelled(tag);
      },
      confirmed: (name, tag, multiple) => this.#events.confirmed(name, this.#unsettled.numberOf(tag), multiple),
      settled: (token, tag, error) => this.#unsettled.settled(token, tag, error),
    };
    const wire = machine.openChannel(this.number, events, options, this.#numbering);
    this.#wire = wire;
  }

  #opened(): void {
    if (this.#onOpen !== null) this.#onOpen(null);
    else {
      this.#hasOpened = true;
      this.#events.open();
    }
  }

  #closed(wire: ChannelMachine, error: AMQPError): void {
    if (this.#wire !== wire) return;
    const wasOpen = !this.#isAway;
    const comesBack = this.#comesBack(error);
    const { delivered, published } = wire.numbering;
    // what closed the channel may be one of the messages: none of them is sent again
    const sendsAgain = comesBack && !(error instanceof ChannelClosedByBroker);
    this.#wire = null;
    this.#isAway = true;
    this.#counts = this.#setup.confirms;
    this.#numbering = { delivered, published: this.#unsettled.lost(sendsAgain, published) };
    if (!comesBack) this.end(error);
    else if (wasOpen) this.#events.away?.(error);
    this.#onOpen?.(error);
  }

  #comesBack(error: AMQPError): boolean {
    if (this.#hasOpened && !this.#isLasting) return false;
    // a broker that is slow to come back has not refused the channel
    if (error instanceof RpcTimeout) return this.#isAway;
    return error instanceof ChannelClosedByBroker ? this.#home.reopens(this, error) : this.#home.survives(error);
  }

  /** What a success leaves to be done again. */
  #noting(id: MethodId, fields: object, done: ReplyHandler | null): ReplyHandler {
    return (error, reply) => {
      if (error === null) this.#note(id, fields, reply);
      else if (id === BASIC_CANCEL && this.#home.survives(error)) {
        // the loss has ended the consumer as well
        this.#note(id, fields, reply);
        done?.(null, fields);
        return;
      }
      done?.(error, reply);
    };
  }

  #note(id: MethodId, fields: object, reply: object | undefined): void {
    if (id === BASIC_CANCEL) this.#cancelled((fields as BasicCancel).consumerTag);
    else {
      if (id === QUEUE_DECLARE) this.#names.declared(reply);
      this.#setup.did(id, fields);
      this.#home.topology.did(id, fields, reply);
    }
  }

  #hold(name: string, options: CallOptions | undefined, done: ReplyHandler | null, send: () => void): void {
    const refuse = (error: AMQPError): void => done?.(error, undefined);
    this.#held.add({ name, timeout: options?.timeout, size: 0, send, refuse });
  }

  /** @returns the number that it will have */
  #holdMessage([exchange, routingKey, body, properties, mandatory, token, own = body]: PublishWords): number {
    const kept = keptBody(body);
    const size = body.length + exchange.length + routingKey.length;
    const send = (): void => void this.publish(exchange, routingKey, kept, properties, mandatory, token, own);
    const number = this.#counts ? this.#numbering.published + this.#unsettled.waiting + this.#heldMessages + 1 : 0;
    const refuse = (error: AMQPError): void => this.#events.settled?.(token, number, error);
    this.#held.add({ name: 'basic.publish', timeout: null, size, send, refuse });
    if (number > 0) this.#heldMessages++;
    return number;
  }

  /** From the loop, as an answer would come. */
  #answer(done: ReplyHandler | null, reply: object): void {
    if (done !== null) this.#home.later(() => done(null, reply));
  }

  /** @throws ChannelWrongStateError for a delivery of a connection that was lost */
  #taking(tag: number | bigint): ChannelMachine {
    const wire = this.#wire;
    if (this.#ended === null && wire !== null && wire.state !== 'opening') return wire;
    this.#requireLasting();
    throw new ChannelWrongStateError(`delivery ${tag} came before the channel was lost: the broker has it again`);
  }

  #requireLasting(): void {
    const cause = this.#ended;
    if (cause !== null)
      throw new ChannelWrongStateError(`channel ${this.number} is closed: ${cause.message}`, { cause });
  }

  #cancelled(consumerTag: string): void {
    const queue = this.#setup.remove(consumerTag);
    if (queue !== null) this.#home.unconsumed(this.#home.topology.nameOf(queue));
  }
}
