import type { FieldTable } from '../../amqp/index.ts';
import { sameTable, sameValue } from './field-equality.ts';
import type { Message, Queue } from './queue.ts';
import { topicMatches } from './topic.ts';

export type ExchangeType = 'direct' | 'fanout' | 'topic' | 'headers';

export interface ExchangeOptions {
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Takes messages from other exchanges only. */
  readonly internal: boolean;
}

/** From an exchange to a queue, or to another exchange (RabbitMQ's exchange.bind). */
export interface Binding {
  readonly destination: Queue | Exchange;
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** Bindings, and the rule by which a message finds those that take it. */
export class Exchange implements ExchangeOptions {
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  #bindings: Binding[] = [];

  constructor(name: string, options: ExchangeOptions) {
    this.name = name;
    this.type = options.type;
    this.durable = options.durable;
    this.autoDelete = options.autoDelete;
    this.internal = options.internal;
  }

  get bindings(): readonly Binding[] {
    return this.#bindings;
  }

  /** A binding that is there already stays the only one of its kind. */
  bind(binding: Binding): void {
    if (!this.#bindings.some((other) => sameBinding(other, binding))) this.#bindings.push(binding);
  }

  /** Takes away the bindings that pass the test. @returns how many there were */
  unbind(test: (binding: Binding) => boolean): number {
    const before = this.#bindings.length;
    this.#bindings = this.#bindings.filter((binding) => !test(binding));
    return before - this.#bindings.length;
  }

  /** Where this message goes; a destination may come twice. */
  *destinations(message: Message): Generator<Queue | Exchange> {
    const takes = TAKES[this.type];
    for (const binding of this.#bindings) if (takes(binding, message)) yield binding.destination;
  }
}

/** @returns the type that a declaration names, or undefined when there is no such type here */
export function exchangeType(name: string): ExchangeType | undefined {
  return Object.hasOwn(TAKES, name) ? (name as ExchangeType) : undefined; // the table has just these four keys
}

export function sameBinding(a: Binding, b: Binding): boolean {
  return a.destination === b.destination && a.routingKey === b.routingKey && sameTable(a.arguments, b.arguments);
}

const TAKES: Readonly<Record<ExchangeType, (binding: Binding, message: Message) => boolean>> = {
  direct: (binding, message) => binding.routingKey === message.routingKey,
  fanout: () => true,
  topic: (binding, message) => topicMatches(binding.routingKey, message.routingKey),
  headers: (binding, message) => headersMatch(binding.arguments, message.properties.headers ?? {}),
};

/** `x-match` is `all` unless it says `any`; fields that begin with `x-` are no conditions; null asks for presence only. */
function headersMatch(wanted: FieldTable, headers: FieldTable): boolean {
  const conditions = Object.entries(wanted).filter(([name]) => !name.startsWith('x-'));
  const holds = ([name, value]: (typeof conditions)[number]): boolean =>
    Object.hasOwn(headers, name) && (value === null || sameValue(value, headers[name]));
  return wanted['x-match'] === 'any' ? conditions.some(holds) : conditions.every(holds);
}
