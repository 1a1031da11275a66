import {
  BASIC_ACK,
  BASIC_CANCEL,
  BASIC_DELIVER,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  BASIC_RETURN,
  type BasicConsume,
  BasicProperties,
  type BasicPublish,
  type Decoded,
  type MethodId,
  REPLY_TO,
  type Reader,
} from '../../amqp/index.ts';
import { Consumer, type ConsumerHost } from './consumer.ts';
import { ContentAssembly } from './content-assembly.ts';
import type { Entry, Message, Queue } from './queue.ts';
import { Refusal } from './refusal.ts';
import { type Outstanding, requeue, Unacked } from './unacked.ts';
import { generatedName, type ReplyConsumer, type VirtualHost } from './virtual-host.ts';

/** What a channel needs of its connection. */
export interface ChannelHost {
  readonly virtualHost: VirtualHost;
  /** Whether its stream has enough to do; deliveries then wait. */
  readonly congested: boolean;
  /** Whether the client wants to hear that its consumer has lost its queue. */
  readonly cancelNotify: boolean;
  readonly maxMessageSize: number;
  method(channel: number, id: MethodId, fields: object): void;
  content(channel: number, id: MethodId, fields: object, message: Message): void;
}

/** One channel as the broker sees it: what its client consumes, still has to settle, and is promised. */
export class ServerChannel implements ConsumerHost, ReplyConsumer {
  readonly number: number;
  readonly host: ChannelHost;
  /** Unsettled messages that a consumer started from here on may have; 0 = any number. */
  consumerPrefetch = 0;
  /** What an empty queue name stands for (AMQP 0-9-1, queue.bind). */
  lastQueue = '';
  #mode: 'plain' | 'confirm' | 'tx' = 'plain';
  #channelPrefetch = 0;
  #content: ContentAssembly | null = null;
  #deliveries = 0;
  #published = 0;
  #confirmed = 0;
  readonly #consumers = new Map<string, Consumer>();
  readonly #unacked = new Unacked();
  #transaction: Step[] = [];
  /** The consumer of answers to what this channel asks. */
  #replies: { readonly tag: string; readonly name: string } | null = null;

  constructor(number: number, host: ChannelHost) {
    this.number = number;
    this.host = host;
  }

  get hasRoom(): boolean {
    const reached = this.#channelPrefetch > 0 && this.#unacked.size >= this.#channelPrefetch;
    return !reached && !this.host.congested;
  }

  /** Whether the next frame of this channel must carry content. */
  get expectsContent(): boolean {
    return this.#content !== null;
  }

  reply(id: MethodId, fields: object = {}): void {
    this.host.method(this.number, id, fields);
  }

  /** The queue of this name, an empty one meaning the last declared on this channel. */
  queue(name: string): Queue {
    return this.host.virtualHost.queue(this.queueName(name), this.host);
  }

  queueName(name: string): string {
    if (name === '' && this.lastQueue === '') throw new Refusal(404, 'no previously declared queue');
    return name || this.lastQueue;
  }

  beginPublish(fields: Decoded<BasicPublish>): void {
    this.#content = new ContentAssembly(fields);
  }

  header(payload: Reader): void {
    this.#assembly('header').header(payload, this.host.maxMessageSize);
    this.#complete();
  }

  body(bytes: Uint8Array): void {
    this.#assembly('body').body(bytes);
    this.#complete();
  }

  /** Its messages come with the next `deliver()` of the queue. */
  consume(fields: Decoded<BasicConsume>): { consumerTag: string; queue: Queue | null } {
    const tag = fields.consumerTag || generatedName('amq.ctag');
    if (this.#consumers.has(tag)) throw new Refusal(530, `attempt to reuse consumer tag '${tag}'`);
    if (fields.queue === REPLY_TO) {
      this.#consumeReplies(tag, fields.noAck);
      return { consumerTag: tag, queue: null };
    }
    const queue = this.queue(fields.queue);
    if (queue.soleConsumer || (fields.exclusive && queue.consumerCount > 0)) {
      throw new Refusal(403, `queue '${queue.name}' in vhost '${this.host.virtualHost.name}' in exclusive use`);
    }
    const consumer = new Consumer(this, { tag, queue, noAck: fields.noAck, prefetch: this.consumerPrefetch });
    this.#consumers.set(tag, consumer);
    queue.attach(consumer, fields.exclusive);
    return { consumerTag: tag, queue };
  }

  /** What the consumer has and has not settled stays with the channel. */
  cancel(tag: string): void {
    if (this.#replies?.tag === tag) this.#endReplies();
    const consumer = this.#consumers.get(tag);
    if (!consumer) return;
    this.#consumers.delete(tag);
    this.host.virtualHost.detach(consumer.queue, consumer);
  }

  get(queue: Queue, noAck: boolean): void {
    const entry = queue.take();
    if (!entry) {
      this.reply(BASIC_GET_EMPTY);
      return;
    }
    const tag = this.#deliver(entry, queue, null, noAck);
    const { exchange, routingKey } = entry.message;
    const fields = { deliveryTag: tag, redelivered: entry.redelivered, exchange, routingKey };
    this.host.content(this.number, BASIC_GET_OK, { ...fields, messageCount: queue.messageCount }, entry.message);
  }

  deliver(consumer: Consumer, entry: Entry): void {
    const deliveryTag = this.#deliver(entry, consumer.queue, consumer, consumer.noAck);
    const { exchange, routingKey } = entry.message;
    const fields = { consumerTag: consumer.tag, deliveryTag, redelivered: entry.redelivered, exchange, routingKey };
    this.host.content(this.number, BASIC_DELIVER, fields, entry.message);
  }

  deliverReply(message: Message): void {
    if (this.#replies === null) return;
    const { exchange, routingKey } = message;
    // not counted: all answers have the tag that the next delivery will have
    const fields = { consumerTag: this.#replies.tag, deliveryTag: this.#deliveries + 1, redelivered: false };
    this.host.content(this.number, BASIC_DELIVER, { ...fields, exchange, routingKey }, message);
  }

  consumerCancelled(consumer: Consumer): void {
    this.#consumers.delete(consumer.tag);
    if (this.host.cancelNotify) this.reply(BASIC_CANCEL, { consumerTag: consumer.tag, nowait: true });
  }

  /** Settles deliveries: done with, or back to their queues. */
  settle(tag: number, multiple: boolean, verdict: 'done' | 'requeue'): void {
    const taken = this.#unacked.take(tag, multiple);
    const settle = (): void => this.#settle(taken, verdict);
    if (this.#mode === 'tx') this.#transaction.push({ commit: settle, rollback: () => this.#unacked.restore(taken) });
    else settle();
  }

  /** Gives back all that is unsettled (basic.recover). */
  recover(): void {
    this.#settle(this.#unacked.takeAll(), 'requeue');
  }

  /** @param global - for the whole channel; else for each consumer started from here on (as RabbitMQ reads it) */
  qos(prefetch: number, global: boolean): void {
    if (global) this.#channelPrefetch = prefetch;
    else this.consumerPrefetch = prefetch;
    this.resume();
  }

  /** Lets the queues deliver again, after a limit was raised or the stream has room. */
  resume(): void {
    for (const { queue } of this.#consumers.values()) queue.deliver();
  }

  selectMode(mode: 'confirm' | 'tx'): void {
    if (this.#mode !== 'plain' && this.#mode !== mode) {
      throw new Refusal(406, `cannot switch from ${this.#mode} to ${mode} mode`);
    }
    this.#mode = mode;
  }

  endTransaction(end: keyof Step): void {
    if (this.#mode !== 'tx') throw new Refusal(406, 'channel is not transactional');
    for (const step of this.#transaction.splice(0)) step[end]();
  }

  /** Confirms what was published since the last time, in one method. */
  flushConfirms(): void {
    const outstanding = this.#published - this.#confirmed;
    if (outstanding === 0) return;
    this.#confirmed = this.#published;
    this.reply(BASIC_ACK, { deliveryTag: this.#published, multiple: outstanding > 1 });
  }

  /** Ends the channel: its consumers leave, what it had not settled goes back to the queues. */
  end(): void {
    for (const tag of [...this.#consumers.keys()]) this.cancel(tag);
    this.#endReplies();
    for (const step of this.#transaction.splice(0)) step.rollback();
    requeue(this.#unacked.takeAll());
  }

  #assembly(what: 'header' | 'body'): ContentAssembly {
    if (this.#content === null) throw new Refusal(505, `expected method frame, got content ${what} frame instead`);
    return this.#content;
  }

  #complete(): void {
    const whole = this.#content?.message;
    if (!this.#content || !whole) return;
    const { mandatory, immediate } = this.#content.publish;
    this.#content = null;
    if (immediate) throw new Refusal(540, 'immediate=true');
    const message = this.#answerable(whole);
    const publish = (): void => this.#publish(message, mandatory);
    if (this.#mode === 'tx') this.#transaction.push({ commit: publish, rollback: () => undefined });
    else publish();
    if (this.#mode === 'confirm') this.#published++; // one for a missing exchange has thrown, and gets no confirm
  }

  #consumeReplies(tag: string, noAck: boolean): void {
    if (!noAck) throw new Refusal(406, 'reply consumer cannot acknowledge');
    if (this.#replies !== null) throw new Refusal(406, 'reply consumer already set');
    this.#replies = { tag, name: this.host.virtualHost.addReplyConsumer(this) };
  }

  #endReplies(): void {
    if (this.#replies !== null) this.host.virtualHost.removeReplyConsumer(this.#replies.name);
    this.#replies = null;
  }

  /** Says in a request to which name its answer is to go. */
  #answerable(message: Message): Message {
    if (message.properties.replyTo !== REPLY_TO) return message;
    if (this.#replies === null) throw new Refusal(406, 'fast reply consumer does not exist');
    const properties = Object.assign(new BasicProperties(), message.properties, { replyTo: this.#replies.name });
    return { ...message, properties };
  }

  #publish(message: Message, mandatory: boolean): void {
    const routed = this.host.virtualHost.publish(message);
    if (routed || !mandatory) return;
    const { exchange, routingKey } = message;
    const fields = { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey };
    this.host.content(this.number, BASIC_RETURN, fields, message);
  }

  #deliver(entry: Entry, queue: Queue, consumer: Consumer | null, noAck: boolean): number {
    const tag = ++this.#deliveries;
    if (!noAck) this.#unacked.add({ tag, entry, queue, consumer });
    return tag;
  }

  #settle(taken: readonly Outstanding[], verdict: 'done' | 'requeue'): void {
    for (const { consumer } of taken) if (consumer) consumer.unsettled--;
    if (verdict === 'requeue') requeue(taken);
    this.resume();
  }
}

/** One step of a transaction. */
interface Step {
  commit(): void;
  rollback(): void;
}
