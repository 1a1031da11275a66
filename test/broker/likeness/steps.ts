import * as amqp from '../../../amqp/index.ts';

/** What a step of a scenario says to a broker. */
export interface Speaker {
  /** A name of this run: the same for the same purpose. */
  name(purpose: string): string;
  /** The `replyTo` of the last message that came. */
  readonly replyTo: string;
  /** @param channel - 1 or 2, both of which are open; 1 by default */
  call(id: amqp.MethodId, fields?: object, channel?: number): void;
  publish(
    exchange: string,
    routingKey: string,
    body: string,
    options?: { mandatory?: boolean; immediate?: boolean; properties?: amqp.PropertiesIn },
  ): void;
}

/** What a client does, step by step; the answers to each step are compared. */
export interface Scenario {
  readonly when: string;
  readonly steps: readonly ((say: Speaker) => void)[];
}

export type Step = Scenario['steps'][number];

export function queue(purpose: string, fields: Partial<amqp.QueueDeclare> = {}): Step {
  return ({ call, name }) => call(amqp.QUEUE_DECLARE, { queue: name(purpose), exclusive: true, ...fields });
}

export function exchange(purpose: string, type: string, fields: Partial<amqp.ExchangeDeclare> = {}): Step {
  return ({ call, name }) =>
    call(amqp.EXCHANGE_DECLARE, { exchange: name(purpose), type, autoDelete: true, ...fields });
}

export function bind(
  queuePurpose: string,
  exchangePurpose: string,
  routingKey: string,
  args: amqp.FieldTable = {},
): Step {
  return ({ call, name }) => {
    const names = { queue: name(queuePurpose), exchange: name(exchangePurpose) };
    call(amqp.QUEUE_BIND, { ...names, routingKey, arguments: args });
  };
}

export function publish(queuePurpose: string, ...bodies: readonly string[]): Step {
  return (say) => {
    for (const body of bodies) say.publish('', say.name(queuePurpose), body);
  };
}

export function consume(queuePurpose: string, fields: Partial<amqp.BasicConsume> = {}): Step {
  return ({ call, name }) => call(amqp.BASIC_CONSUME, { queue: name(queuePurpose), consumerTag: 'c', ...fields });
}

export function get(queuePurpose: string, noAck = false): Step {
  return ({ call, name }) => call(amqp.BASIC_GET, { queue: name(queuePurpose), noAck });
}

/** A call whose fields need no name. */
export function call(id: amqp.MethodId, fields: object = {}, channel = 1): Step {
  return (say) => say.call(id, fields, channel);
}

/** Passive, so that the answer counts what is in the queue; on the other channel, to be no part of what is tried. */
export function count(queuePurpose: string): Step {
  return (say) => say.call(amqp.QUEUE_DECLARE, { queue: say.name(queuePurpose), passive: true }, 2);
}

export function deleteFromTwo(exchangePurpose: string): Step {
  return ({ call, name }) => call(amqp.EXCHANGE_DELETE, { exchange: name(exchangePurpose) }, 2);
}

export function deleteQueueFromTwo(queuePurpose: string): Step {
  return ({ call, name }) => call(amqp.QUEUE_DELETE, { queue: name(queuePurpose) }, 2);
}

export function bindExchange(destination: string, source: string, routingKey: string): Step {
  return ({ call, name }) =>
    call(amqp.EXCHANGE_BIND, { destination: name(destination), source: name(source), routingKey });
}

/** Publishes with each key to exchange x, mandatory, so that those without a queue come back; then counts queue q. */
export function route(...routingKeys: readonly string[]): Step[] {
  const publishAll: Step = (say) => {
    for (const key of routingKeys) say.publish(say.name('x'), key, `to ${key}`, { mandatory: true });
  };
  return [publishAll, count('q')];
}

export const ALL_PROPERTIES: amqp.PropertiesIn = {
  contentType: 'text/plain',
  contentEncoding: 'identity',
  headers: { text: 'a', number: -5, big: 2n ** 60n, list: [true, null, 1.5], inner: { empty: {} } },
  deliveryMode: 2,
  priority: 3,
  correlationId: 'c',
  replyTo: 'r',
  expiration: '60000',
  messageId: 'm',
  timestamp: new Date(1_700_000_000_000),
  type: 't',
  userId: 'guest',
  appId: 'a',
};

export const SHARED = { exclusive: false, autoDelete: true };
export const CONFIRMS = call(amqp.CONFIRM_SELECT);
