import {
  EXCHANGE_BIND,
  EXCHANGE_DECLARE,
  EXCHANGE_DELETE,
  EXCHANGE_UNBIND,
  type MethodId,
  QUEUE_BIND,
  QUEUE_DECLARE,
  QUEUE_DELETE,
  QUEUE_UNBIND,
} from '../amqp/index.ts';

/** One call that makes something again. */
export interface Redo {
  readonly id: MethodId;
  readonly fields: object;
  /** Told of the reply. */
  readonly done?: (reply: object | undefined) => void;
}

/**
 * What a connection has declared and not deleted again: exchanges, queues and bindings, so that they can be made again.
 * What was declared passively belongs to somebody else. Names that the broker made are made anew, and stand for each other.
 */
export class Topology {
  readonly #exchanges = new Map<string, DeclaredExchange>();
  readonly #queues = new Map<string, DeclaredQueue>();
  /** By what makes one binding differ from another. */
  readonly #bindings = new Map<string, Binding>();
  /** From the name that a queue had first to the one that it has. */
  readonly #names = new Map<string, string>();

  /** The name that a queue has by now. */
  nameOf(queue: string): string {
    return this.#names.get(queue) ?? queue;
  }

  /** A routing key: the default exchange knows a queue by the name that it has by now. */
  keyOf(exchange: string, routingKey: string): string {
    return exchange === '' && this.#names.size > 0 ? this.nameOf(routingKey) : routingKey;
  }

  /** Whether a queue was declared here, under the name that it has by now. */
  hasQueue(name: string): boolean {
    return this.#queues.has(name);
  }

  /**
   * A call has succeeded.
   * @param fields - by the protocol's names, the last queue's name in place of an empty one
   * @param reply - absent with `nowait`
   */
  did(id: MethodId, fields: object, reply: object | undefined): void {
    switch (id) {
      // the fields of each are of the type that its id says
      case EXCHANGE_DECLARE:
        this.#declared(fields as DeclaredExchange);
        break;
      case EXCHANGE_DELETE:
        this.#exchangeGone((fields as DeclaredExchange).exchange);
        break;
      case QUEUE_DECLARE:
        this.#queueDeclared(fields as DeclaredQueue, (reply as { queue?: string } | undefined)?.queue);
        break;
      case QUEUE_DELETE:
        this.queueGone((fields as DeclaredQueue).queue);
        break;
      case QUEUE_BIND:
      case EXCHANGE_BIND:
        this.#bindings.set(keyOf(fields as BindingFields), { id, fields: fields as BindingFields });
        break;
      case QUEUE_UNBIND:
      case EXCHANGE_UNBIND:
        this.#unbound(keyOf(fields as BindingFields));
        break;
    }
  }

  /** A queue does not exist any more. */
  queueGone(queue: string): void {
    this.#queues.delete(queue);
    for (const [key, { fields }] of this.#bindings) if (fields.queue === queue) this.#unbound(key);
  }

  /** The last consumer of a queue was cancelled: the broker deletes one that was declared so. */
  unconsumed(queue: string): void {
    if (this.#queues.get(queue)?.autoDelete === true) this.queueGone(queue);
  }

  /**
   * The calls that make all of it again, in an order that works. They may be made while the records change.
   * @param renamed - told of each queue that has another name from then on
   */
  redo(renamed: (oldName: string, newName: string) => void): Redo[] {
    const exchanges = [...this.#exchanges.values()].map((fields) => ({ id: EXCHANGE_DECLARE, fields }));
    const queues = [...this.#queues].map(([name, fields]): Redo => {
      if (!fields.named) return { id: QUEUE_DECLARE, fields };
      const done = (reply: object | undefined): void => {
        const { queue = name } = (reply ?? {}) as { queue?: string };
        if (queue === name) return;
        this.#rename(name, queue);
        renamed(name, queue);
      };
      return { id: QUEUE_DECLARE, fields: { ...fields, queue: '' }, done };
    });
    // looked up only when their turn comes: by then their queues have their new names
    const bindings = [...this.#bindings.values()].map((binding): Redo => {
      return {
        id: binding.id,
        get fields() {
          return binding.fields;
        },
      };
    });
    return [...exchanges, ...queues, ...bindings];
  }

  #declared(fields: DeclaredExchange): void {
    if (fields.passive !== true) this.#exchanges.set(fields.exchange, { ...fields, nowait: false });
  }

  #queueDeclared(fields: DeclaredQueue, reply: string | undefined): void {
    if (fields.passive === true) return;
    const name = fields.queue === '' ? reply : fields.queue;
    // with nowait nobody knows the name that the broker chose
    if (name !== undefined)
      this.#queues.set(name, { ...fields, queue: name, named: fields.queue === '', nowait: false });
  }

  #exchangeGone(exchange: string): void {
    this.#exchanges.delete(exchange);
    for (const [key, { fields }] of this.#bindings) {
      if (fields.exchange === exchange || fields.source === exchange || fields.destination === exchange) {
        this.#unbound(key);
      }
    }
  }

  /** An exchange that is deleted with its last binding goes, too. */
  #unbound(key: string): void {
    const binding = this.#bindings.get(key);
    if (!this.#bindings.delete(key) || binding === undefined) return;
    const source = sourceOf(binding.fields);
    if (this.#exchanges.get(source)?.autoDelete !== true) return;
    for (const { fields } of this.#bindings.values()) if (sourceOf(fields) === source) return;
    this.#exchangeGone(source);
  }

  #rename(oldName: string, newName: string): void {
    const queue = this.#queues.get(oldName);
    this.#queues.delete(oldName);
    if (queue !== undefined) this.#queues.set(newName, { ...queue, queue: newName });
    for (const [first, name] of this.#names) if (name === oldName) this.#names.set(first, newName);
    this.#names.set(oldName, newName);
    for (const [key, binding] of [...this.#bindings]) {
      if (binding.fields.queue !== oldName) continue;
      this.#bindings.delete(key);
      binding.fields = { ...binding.fields, queue: newName };
      this.#bindings.set(keyOf(binding.fields), binding);
    }
  }
}

interface DeclaredExchange {
  readonly exchange: string;
  readonly passive?: boolean;
  readonly autoDelete?: boolean;
  readonly nowait?: boolean;
}

interface DeclaredQueue {
  readonly queue: string;
  readonly passive?: boolean;
  readonly autoDelete?: boolean;
  readonly nowait?: boolean;
  /** Whether the broker chose the name. */
  readonly named?: boolean;
}

/** Of a binding to a queue the first two, of one to an exchange the others. */
interface BindingFields {
  readonly queue?: string;
  readonly exchange?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly routingKey?: string;
  readonly arguments?: object;
}

interface Binding {
  readonly id: MethodId;
  fields: BindingFields;
}

function sourceOf({ exchange, source }: BindingFields): string {
  return source ?? exchange ?? '';
}

function keyOf(fields: BindingFields): string {
  const { queue = '', destination = '', routingKey = '' } = fields;
  return JSON.stringify([queue, destination, sourceOf(fields), routingKey, fields.arguments ?? {}], plain);
}

/** JSON has no word for a bigint. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
