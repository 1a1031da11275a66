import { type Decoded, type ExchangeDeclare, type FieldTable, type QueueDeclare, REPLY_TO } from '../../amqp/index.ts';
import { type Binding, Exchange, type ExchangeOptions, exchangeType, sameBinding } from './exchange.ts';
import { type Message, Queue, type QueueConsumer } from './queue.ts';
import { Refusal } from './refusal.ts';

/** The names of a binding, before they are looked up. */
export interface BindingNames {
  readonly source: string;
  readonly destination: string;
  readonly kind: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** The consumer of one channel that answers to its own requests come to (RabbitMQ's direct reply-to). */
export interface ReplyConsumer {
  deliverReply(message: Message): void;
}

/** The exchanges and queues of one virtual host. Methods throw a {@link Refusal} where RabbitMQ would close something. */
export class VirtualHost {
  readonly name: string;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #queues = new Map<string, Queue>();
  readonly #replyConsumers = new Map<string, ReplyConsumer>();

  constructor(name: string) {
    this.name = name;
    for (const [exchange, type] of PREDECLARED) {
      const options = { type, durable: true, autoDelete: false, internal: false };
      this.#exchanges.set(exchange, new Exchange(exchange, options));
    }
  }

  /** @param owner - the connection that asks, which is what an exclusive queue belongs to */
  queue(name: string, owner: object): Queue {
    const queue = this.#queues.get(name);
    if (!queue) throw new Refusal(404, `no queue '${name}' in vhost '${this.name}'`);
    if (queue.owner !== null && queue.owner !== owner) throw this.#locked(name);
    return queue;
  }

  exchange(name: string): Exchange {
    const exchange = this.#exchanges.get(name);
    if (!exchange) throw new Refusal(404, `no exchange '${name}' in vhost '${this.name}'`);
    return exchange;
  }

  declareQueue(fields: Decoded<QueueDeclare>, owner: object): Queue {
    if (fields.passive) return this.queue(fields.queue, owner);
    if (fields.queue !== '') refuseReserved('queue', fields.queue);
    const wanted = {
      durable: fields.durable && !fields.exclusive, // one that ends with its connection survives no restart
      autoDelete: fields.autoDelete,
      owner: fields.exclusive ? owner : null,
      arguments: fields.arguments ?? {},
    };
    const name = fields.queue || generatedName('amq.gen');
    const found = this.#queues.get(name);
    if (!found) {
      const queue = new Queue(name, wanted);
      this.#queues.set(name, queue);
      return queue;
    }
    if (found.owner !== wanted.owner) throw this.#locked(name);
    const check = (arg: string, received: unknown, current: unknown): void =>
      this.#refuseDifferent(`queue '${name}'`, arg, received, current);
    check('durable', wanted.durable, found.durable);
    check('auto_delete', wanted.autoDelete, found.autoDelete);
    return found;
  }

  /** @returns the name under which answers reach this consumer */
  addReplyConsumer(consumer: ReplyConsumer): string {
    const name = `${REPLY_PREFIX}${generatedName('g1')}`;
    this.#replyConsumers.set(name, consumer);
    return name;
  }

  removeReplyConsumer(name: string): void {
    this.#replyConsumers.delete(name);
  }

  /** Whether answers to this name reach somebody; the name that stands for the own one always counts. */
  takesReplies(name: string): boolean {
    return name === REPLY_TO || this.#replyConsumers.has(name);
  }

  declareExchange(fields: Decoded<ExchangeDeclare>): void {
    const { exchange: name } = fields;
    if (fields.passive) return void this.exchange(name);
    const type = exchangeType(fields.type);
    if (type === undefined) throw new Refusal(503, `unknown exchange type '${fields.type}'`);
    refuseDefault(name);
    const wanted: ExchangeOptions = { ...fields, type };
    const found = this.#exchanges.get(name);
    if (!found) {
      refuseReserved('exchange', name);
      this.#exchanges.set(name, new Exchange(name, wanted));
      return;
    }
    const check = (arg: string, received: unknown, current: unknown): void =>
      this.#refuseDifferent(`exchange '${name}'`, arg, received, current);
    check('type', wanted.type, found.type);
    check('durable', wanted.durable, found.durable);
    check('auto_delete', wanted.autoDelete, found.autoDelete);
    check('internal', wanted.internal, found.internal);
  }

  /** @returns how many messages went with it; 0 too when there is no such queue */
  deleteQueue(name: string, owner: object, conditions: { ifUnused: boolean; ifEmpty: boolean }): number {
    if (!this.#queues.has(name)) return 0;
    const queue = this.queue(name, owner);
    if (conditions.ifUnused && queue.consumerCount > 0) throw this.#inUse(`queue '${name}'`);
    if (conditions.ifEmpty && queue.messageCount > 0) {
      throw new Refusal(406, `queue '${name}' in vhost '${this.name}' not empty`);
    }
    const count = queue.messageCount;
    this.#removeQueue(queue);
    return count;
  }

  deleteExchange(name: string, ifUnused: boolean): void {
    refuseDefault(name);
    if (name.startsWith(RESERVED)) {
      throw new Refusal(403, `deletion of system exchange '${name}' in vhost '${this.name}' not allowed`);
    }
    const exchange = this.#exchanges.get(name);
    if (!exchange) return;
    if (ifUnused && exchange.bindings.length > 0) throw this.#inUse(`exchange '${name}'`);
    this.#removeExchange(exchange);
  }

  bind(names: BindingNames, owner: object): void {
    const { source, binding } = this.#look(names, owner);
    source.bind(binding);
  }

  /** A binding that is not there is as good as taken away. */
  unbind(names: BindingNames, owner: object): void {
    const { source, binding } = this.#look(names, owner);
    this.#unbind(source, (other) => sameBinding(other, binding));
  }

  /** Ends a consumer, and with it an auto-delete queue that it was the last one of. */
  detach(queue: Queue, consumer: QueueConsumer): void {
    queue.detach(consumer);
    if (queue.autoDelete && queue.consumerCount === 0) this.#removeQueue(queue);
  }

  /** Deletes the exclusive queues of a connection that has ended. */
  ownerGone(owner: object): void {
    for (const queue of this.#queues.values()) if (queue.owner === owner) this.#removeQueue(queue);
  }

  /** @returns whether any queue took it */
  publish(message: Message): boolean {
    const queues = new Set<Queue>();
    if (message.exchange === '') {
      // it counts as unroutable all the same, as no queue has taken it
      if (message.routingKey.startsWith(REPLY_PREFIX))
        this.#replyConsumers.get(message.routingKey)?.deliverReply(message);
      const queue = this.#queues.get(message.routingKey); // every queue is bound to the default exchange by its name
      if (queue) queues.add(queue);
    } else {
      const exchange = this.exchange(message.exchange);
      if (exchange.internal) throw this.#refusedPublish(exchange.name);
      this.#collect(exchange, message, queues, new Set());
    }
    for (const queue of queues) queue.put(message);
    return queues.size > 0;
  }

  #collect(exchange: Exchange, message: Message, queues: Set<Queue>, seen: Set<Exchange>): void {
    if (seen.has(exchange)) return; // exchanges may be bound in a circle
    seen.add(exchange);
    for (const destination of exchange.destinations(message)) {
      if (destination instanceof Exchange) this.#collect(destination, message, queues, seen);
      else queues.add(destination);
    }
  }

  #look(names: BindingNames, owner: object): { source: Exchange; binding: Binding } {
    refuseDefault(names.source);
    if (names.kind === 'exchange') refuseDefault(names.destination);
    const destination =
      names.kind === 'queue' ? this.queue(names.destination, owner) : this.exchange(names.destination);
    const binding = { destination, routingKey: names.routingKey, arguments: names.arguments };
    return { source: this.exchange(names.source), binding };
  }

  #removeQueue(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.#unbindDestination(queue);
    queue.abandon();
  }

  #removeExchange(exchange: Exchange): void {
    this.#exchanges.delete(exchange.name);
    this.#unbindDestination(exchange);
  }

  #unbindDestination(destination: Queue | Exchange): void {
    for (const exchange of [...this.#exchanges.values()]) {
      this.#unbind(exchange, (binding) => binding.destination === destination);
    }
  }

  #unbind(exchange: Exchange, test: (binding: Binding) => boolean): void {
    const removed = exchange.unbind(test);
    if (removed > 0 && exchange.autoDelete && exchange.bindings.length === 0) this.#removeExchange(exchange);
  }

  #refuseDifferent(what: string, arg: string, received: unknown, current: unknown): void {
    if (received === current) return;
    const values = `received '${received}' but current is '${current}'`;
    throw new Refusal(406, `inequivalent arg '${arg}' for ${what} in vhost '${this.name}': ${values}`);
  }

  #locked(name: string): Refusal {
    const why = 'It could be originally declared on another connection or the exclusive property value does not match';
    return new Refusal(
      405,
      `cannot obtain exclusive access to locked queue '${name}' in vhost '${this.name}'. ${why} that of the original declaration.`,
    );
  }

  #inUse(what: string): Refusal {
    return new Refusal(406, `${what} in vhost '${this.name}' in use`);
  }

  #refusedPublish(name: string): Refusal {
    return new Refusal(403, `cannot publish to internal exchange '${name}' in vhost '${this.name}'`);
  }
}

/** A name that no client chose. */
export function generatedName(prefix: string): string {
  return `${prefix}-${globalThis.crypto.randomUUID().replaceAll('-', '')}`;
}

/** What the names begin with under which direct answers reach a channel. */
const REPLY_PREFIX = `${REPLY_TO}.`;

const RESERVED = 'amq.';

const PREDECLARED = [
  ['', 'direct'],
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.topic', 'topic'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
] as const;

function refuseReserved(kind: 'queue' | 'exchange', name: string): void {
  if (name.startsWith(RESERVED)) throw new Refusal(403, `${kind} name '${name}' contains reserved prefix 'amq.*'`);
}

function refuseDefault(exchange: string): void {
  if (exchange === '') throw new Refusal(403, 'operation not permitted on the default exchange');
}
