import * as amqp from '../../amqp/index.ts';

/** What a step of a scenario says to a broker. */
export interface Speaker {
  /** A name of this run: the same for the same purpose. */
  name(purpose: string): string;
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

type Step = Scenario['steps'][number];

function queue(purpose: string, fields: Partial<amqp.QueueDeclare> = {}): Step {
  return ({ call, name }) => call(amqp.QUEUE_DECLARE, { queue: name(purpose), exclusive: true, ...fields });
}

function exchange(purpose: string, type: string, fields: Partial<amqp.ExchangeDeclare> = {}): Step {
  return ({ call, name }) =>
    call(amqp.EXCHANGE_DECLARE, { exchange: name(purpose), type, autoDelete: true, ...fields });
}

function bind(queuePurpose: string, exchangePurpose: string, routingKey: string, args: amqp.FieldTable = {}): Step {
  return ({ call, name }) => {
    const names = { queue: name(queuePurpose), exchange: name(exchangePurpose) };
    call(amqp.QUEUE_BIND, { ...names, routingKey, arguments: args });
  };
}

function publish(queuePurpose: string, ...bodies: readonly string[]): Step {
  return (say) => {
    for (const body of bodies) say.publish('', say.name(queuePurpose), body);
  };
}

function consume(queuePurpose: string, fields: Partial<amqp.BasicConsume> = {}): Step {
  return ({ call, name }) => call(amqp.BASIC_CONSUME, { queue: name(queuePurpose), consumerTag: 'c', ...fields });
}

function get(queuePurpose: string, noAck = false): Step {
  return ({ call, name }) => call(amqp.BASIC_GET, { queue: name(queuePurpose), noAck });
}

/** A call whose fields need no name. */
function call(id: amqp.MethodId, fields: object = {}, channel = 1): Step {
  return (say) => say.call(id, fields, channel);
}

/** Passive, so that the answer counts what is in the queue; on the other channel, to be no part of what is tried. */
function count(queuePurpose: string): Step {
  return (say) => say.call(amqp.QUEUE_DECLARE, { queue: say.name(queuePurpose), passive: true }, 2);
}

function deleteFromTwo(exchangePurpose: string): Step {
  return ({ call, name }) => call(amqp.EXCHANGE_DELETE, { exchange: name(exchangePurpose) }, 2);
}

function deleteQueueFromTwo(queuePurpose: string): Step {
  return ({ call, name }) => call(amqp.QUEUE_DELETE, { queue: name(queuePurpose) }, 2);
}

function bindExchange(destination: string, source: string, routingKey: string): Step {
  return ({ call, name }) =>
    call(amqp.EXCHANGE_BIND, { destination: name(destination), source: name(source), routingKey });
}

/** Publishes with each key to exchange x, mandatory, so that those without a queue come back; then counts queue q. */
function route(...routingKeys: readonly string[]): Step[] {
  const publishAll: Step = (say) => {
    for (const key of routingKeys) say.publish(say.name('x'), key, `to ${key}`, { mandatory: true });
  };
  return [publishAll, count('q')];
}

const ALL_PROPERTIES: amqp.PropertiesIn = {
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

const SHARED = { exclusive: false, autoDelete: true };
const CONFIRMS = call(amqp.CONFIRM_SELECT);

const QUEUES: readonly Scenario[] = [
  {
    when: 'a queue is declared twice, counted, purged and deleted',
    steps: [
      CONFIRMS,
      queue('q'),
      queue('q'),
      publish('q', 'one', 'two'),
      count('q'),
      ({ call, name }) => call(amqp.QUEUE_PURGE, { queue: name('q') }),
      publish('q', 'three'),
      ({ call, name }) => call(amqp.QUEUE_DELETE, { queue: name('q') }),
      ({ call, name }) => call(amqp.QUEUE_DELETE, { queue: name('q') }),
    ],
  },
  {
    when: 'the broker chooses the name, and an empty one means the last declared',
    steps: [
      call(amqp.QUEUE_DECLARE, { exclusive: true }),
      call(amqp.QUEUE_PURGE),
      call(amqp.BASIC_GET),
      call(amqp.QUEUE_DELETE),
    ],
  },
  { when: 'an empty name means nothing yet', steps: [call(amqp.BASIC_GET)] },
  { when: 'a queue is declared passively and is missing', steps: [queue('none', { passive: true })] },
  {
    when: 'a queue is declared again as durable',
    steps: [queue('q', SHARED), queue('q', { ...SHARED, durable: true }), deleteQueueFromTwo('q')],
  },
  { when: 'an exclusive queue is declared again as durable', steps: [queue('q'), queue('q', { durable: true })] },
  {
    when: 'a queue is declared again as exclusive',
    steps: [queue('q', SHARED), queue('q'), deleteQueueFromTwo('q')],
  },
  { when: 'an empty name is declared passively', steps: [queue('q'), call(amqp.QUEUE_DECLARE, { passive: true })] },
  { when: 'a queue is declared again as auto-delete', steps: [queue('q'), queue('q', { autoDelete: true })] },
  { when: 'a queue is declared again as not exclusive', steps: [queue('q'), queue('q', { exclusive: false })] },
  { when: 'a queue has a reserved name', steps: [call(amqp.QUEUE_DECLARE, { queue: 'amq.mine' })] },
  {
    when: 'no answer is wanted',
    steps: [
      queue('q', { nowait: true }),
      ({ call, name }) => {
        call(amqp.QUEUE_BIND, { queue: name('q'), exchange: 'amq.direct', routingKey: 'k', nowait: true });
        call(amqp.QUEUE_PURGE, { queue: name('q'), nowait: true });
        call(amqp.BASIC_CONSUME, { queue: name('q'), consumerTag: 'c', nowait: true });
        call(amqp.BASIC_CANCEL, { consumerTag: 'c', nowait: true });
        call(amqp.QUEUE_DECLARE, { queue: name('q'), passive: true });
        call(amqp.QUEUE_DELETE, { queue: name('q'), nowait: true });
        call(amqp.CONFIRM_SELECT, { nowait: true });
      },
    ],
  },
  {
    when: 'a queue in use is deleted if unused',
    steps: [
      queue('q'),
      consume('q'),
      ({ call, name }) => call(amqp.QUEUE_DELETE, { queue: name('q'), ifUnused: true }),
    ],
  },
  {
    when: 'a queue with a message is deleted if empty',
    steps: [
      CONFIRMS,
      queue('q'),
      publish('q', 'one'),
      ({ call, name }) => call(amqp.QUEUE_DELETE, { queue: name('q'), ifEmpty: true }),
    ],
  },
  {
    when: 'the last consumer of an auto-delete queue leaves',
    steps: [
      queue('q', { autoDelete: true }),
      consume('q'),
      call(amqp.BASIC_CANCEL, { consumerTag: 'c' }),
      queue('q', { passive: true }),
    ],
  },
];

const EXCHANGES: readonly Scenario[] = [
  {
    when: 'an exchange is declared twice, passively, and deleted twice',
    steps: [
      exchange('x', 'direct'),
      exchange('x', 'direct'),
      exchange('x', '', { passive: true }),
      ({ call, name }) => call(amqp.EXCHANGE_DELETE, { exchange: name('x') }),
      ({ call, name }) => call(amqp.EXCHANGE_DELETE, { exchange: name('x') }),
    ],
  },
  { when: 'an exchange is declared passively and is missing', steps: [exchange('none', 'direct', { passive: true })] },
  {
    when: 'an exchange is declared again as a topic',
    steps: [exchange('x', 'direct'), exchange('x', 'topic'), call(amqp.CHANNEL_CLOSE_OK), deleteFromTwo('x')],
  },
  {
    when: 'an exchange is declared again as durable',
    steps: [exchange('x', 'fanout'), exchange('x', 'fanout', { durable: true }), deleteFromTwo('x')],
  },
  {
    when: 'an exchange is declared again as internal',
    steps: [exchange('x', 'fanout'), exchange('x', 'fanout', { internal: true }), deleteFromTwo('x')],
  },
  { when: 'an exchange has a reserved name', steps: [call(amqp.EXCHANGE_DECLARE, { exchange: 'amq.mine' })] },
  {
    when: 'a standard exchange is declared as it is',
    steps: [call(amqp.EXCHANGE_DECLARE, { exchange: 'amq.direct', durable: true })],
  },
  { when: 'a standard exchange is deleted', steps: [call(amqp.EXCHANGE_DELETE, { exchange: 'amq.fanout' })] },
  { when: 'the default exchange is declared', steps: [call(amqp.EXCHANGE_DECLARE, { exchange: '' })] },
  { when: 'the default exchange is deleted', steps: [call(amqp.EXCHANGE_DELETE, { exchange: '' })] },
  { when: 'an exchange has a type that is none', steps: [exchange('x', 'no-such-type')] },
  {
    when: 'an exchange in use is deleted if unused',
    steps: [
      exchange('x', 'direct'),
      queue('q'),
      bind('q', 'x', 'k'),
      ({ call, name }) => call(amqp.EXCHANGE_DELETE, { exchange: name('x'), ifUnused: true }),
    ],
  },
  {
    when: 'the last binding of an auto-delete exchange goes',
    steps: [
      exchange('x', 'direct'),
      queue('q'),
      bind('q', 'x', 'k'),
      ({ call, name }) => call(amqp.QUEUE_UNBIND, { queue: name('q'), exchange: name('x'), routingKey: 'k' }),
      exchange('x', 'direct', { passive: true }),
    ],
  },
  {
    when: 'a client publishes to an internal exchange',
    steps: [
      exchange('x', 'direct', { internal: true }),
      (say) => say.publish(say.name('x'), 'k', 'body'),
      deleteFromTwo('x'),
    ],
  },
];

const ROUTING: readonly Scenario[] = [
  { when: 'a binding needs an exchange that is missing', steps: [queue('q'), bind('q', 'none', 'k')] },
  {
    when: 'a binding needs a queue that is missing',
    steps: [exchange('x', 'direct'), bind('none', 'x', 'k'), deleteFromTwo('x')],
  },
  {
    when: 'a queue is bound to the default exchange',
    steps: [queue('q'), ({ call, name }) => call(amqp.QUEUE_BIND, { queue: name('q'), exchange: '', routingKey: 'k' })],
  },
  {
    when: 'a binding is taken away that was never made',
    steps: [
      queue('q'),
      ({ call, name }) => call(amqp.QUEUE_UNBIND, { queue: name('q'), exchange: 'amq.direct', routingKey: 'none' }),
    ],
  },
  {
    when: 'a direct exchange routes',
    steps: [
      CONFIRMS,
      exchange('x', 'direct'),
      queue('q'),
      bind('q', 'x', 'a'),
      bind('q', 'x', 'b'),
      ...route('a', 'c', 'b'),
    ],
  },
  {
    when: 'a fanout exchange routes to two queues, once each',
    steps: [
      CONFIRMS,
      exchange('x', 'fanout'),
      queue('q'),
      queue('r'),
      bind('q', 'x', 'a'),
      bind('q', 'x', 'b'),
      bind('r', 'x', 'c'),
      ...route('a', 'z'),
      get('r'),
    ],
  },
  {
    when: 'a topic exchange routes',
    steps: [
      CONFIRMS,
      exchange('x', 'topic'),
      queue('q'),
      bind('q', 'x', 'stock.*.nyse'),
      bind('q', 'x', '#.log'),
      ...route('stock.ibm.nyse', 'stock.nyse', 'log', 'a.b.log', 'a.b.logs', 'stock.a.b.nyse', ''),
    ],
  },
  {
    when: 'a headers exchange routes',
    steps: [
      CONFIRMS,
      exchange('x', 'headers'),
      queue('q'),
      bind('q', 'x', '', { 'x-match': 'all', a: 1, b: 'two' }),
      (say) => {
        for (const headers of [{ a: 1, b: 'two', c: true }, { a: 1 }, { a: 2, b: 'two' }]) {
          say.publish(say.name('x'), '', JSON.stringify(headers), { mandatory: true, properties: { headers } });
        }
      },
      count('q'),
    ],
  },
  {
    when: 'exchanges are bound to each other, in a circle too',
    steps: [
      CONFIRMS,
      exchange('x', 'fanout', { autoDelete: false }),
      exchange('y', 'topic', { autoDelete: false }),
      queue('q'),
      bindExchange('y', 'x', 'any'),
      bindExchange('x', 'y', '#'),
      bind('q', 'y', 'k'),
      ...route('k', 'other'),
      ({ call, name }) => {
        call(amqp.EXCHANGE_UNBIND, { destination: name('y'), source: name('x'), routingKey: 'any' });
        for (const purpose of ['x', 'y']) call(amqp.EXCHANGE_DELETE, { exchange: name(purpose) });
      },
    ],
  },
  {
    when: 'an unroutable message is mandatory, with and without confirms',
    steps: [
      (say) =>
        say.publish('', say.name('none'), 'lost', { mandatory: true, properties: { contentType: 'text/plain' } }),
      CONFIRMS,
      (say) => say.publish('', say.name('none'), '', { mandatory: true }),
      (say) => say.publish('', say.name('none'), 'not mandatory'),
    ],
  },
  { when: 'an exchange is published to that is missing', steps: [(say) => say.publish(say.name('none'), 'k', 'body')] },
];

const DELIVERY: readonly Scenario[] = [
  {
    when: 'messages are taken one by one, and settled',
    steps: [
      CONFIRMS,
      queue('q'),
      get('q'),
      publish('q', 'one', 'two', 'three'),
      get('q'),
      get('q'),
      get('q', true),
      call(amqp.BASIC_ACK, { deliveryTag: 2, multiple: true }),
      count('q'),
    ],
  },
  {
    when: 'properties of every kind pass through',
    steps: [
      CONFIRMS,
      queue('q'),
      (say) => say.publish('', say.name('q'), 'body', { properties: ALL_PROPERTIES }),
      get('q'),
    ],
  },
  {
    when: 'a message is longer than a frame',
    steps: [CONFIRMS, queue('q'), publish('q', 'x'.repeat(300_000)), get('q')],
  },
  {
    when: 'a consumer gets what waits and what comes, and acks all at once',
    steps: [
      CONFIRMS,
      queue('q'),
      publish('q', 'one', 'two'),
      consume('q'),
      publish('q', 'three'),
      call(amqp.BASIC_ACK, { deliveryTag: 0, multiple: true }),
      count('q'),
    ],
  },
  {
    when: 'a prefetch of two holds the rest back',
    steps: [
      CONFIRMS,
      call(amqp.BASIC_QOS, { prefetchCount: 2 }),
      queue('q'),
      publish('q', 'one', 'two', 'three', 'four'),
      consume('q'),
      count('q'),
      call(amqp.BASIC_ACK, { deliveryTag: 1 }),
      call(amqp.BASIC_ACK, { deliveryTag: 3, multiple: true }),
    ],
  },
  {
    when: 'nacked messages come again in their order, and rejected ones do not',
    steps: [
      CONFIRMS,
      queue('q'),
      publish('q', 'one', 'two', 'three'),
      get('q'),
      get('q'),
      get('q'),
      call(amqp.BASIC_NACK, { deliveryTag: 2, multiple: true, requeue: true }),
      call(amqp.BASIC_REJECT, { deliveryTag: 3, requeue: false }),
      get('q'),
      get('q'),
      get('q'),
    ],
  },
  {
    when: 'basic.recover brings all that is unsettled again',
    steps: [
      CONFIRMS,
      queue('q'),
      publish('q', 'one', 'two'),
      consume('q'),
      call(amqp.BASIC_RECOVER, { requeue: true }),
    ],
  },
  {
    when: 'a channel closes with messages unsettled',
    steps: [
      CONFIRMS,
      queue('q'),
      publish('q', 'one', 'two'),
      consume('q'),
      call(amqp.CHANNEL_CLOSE, { replyCode: 200, replyText: 'done' }),
      ({ call, name }) => call(amqp.BASIC_GET, { queue: name('q') }, 2),
    ],
  },
  {
    when: 'a consumer that settles by itself is cancelled',
    steps: [
      CONFIRMS,
      queue('q'),
      consume('q', { noAck: true }),
      publish('q', 'one'),
      call(amqp.BASIC_CANCEL, { consumerTag: 'c' }),
      call(amqp.BASIC_CANCEL, { consumerTag: 'c' }),
      publish('q', 'two'),
      count('q'),
    ],
  },
  { when: 'the queue of a consumer is deleted', steps: [queue('q'), consume('q'), deleteQueueFromTwo('q')] },
  { when: 'a missing queue is consumed', steps: [consume('none')] },
  {
    when: 'a second consumer wants to be the only one',
    steps: [queue('q'), consume('q'), consume('q', { consumerTag: 'd', exclusive: true })],
  },
  {
    when: 'the only consumer gets a neighbour',
    steps: [queue('q'), consume('q', { exclusive: true }), consume('q', { consumerTag: 'd' })],
  },
  { when: 'a consumer tag is used twice', steps: [queue('q'), consume('q'), consume('q')] },
  { when: 'a tag is acked that was never given out', steps: [call(amqp.BASIC_ACK, { deliveryTag: 7 })] },
  {
    when: 'a tag is acked twice',
    steps: [
      CONFIRMS,
      queue('q'),
      publish('q', 'one'),
      get('q'),
      call(amqp.BASIC_ACK, { deliveryTag: 1 }),
      call(amqp.BASIC_ACK, { deliveryTag: 1 }),
    ],
  },
];

const MODES: readonly Scenario[] = [
  {
    when: 'a transaction commits, then rolls back',
    steps: [
      queue('q'),
      call(amqp.TX_SELECT),
      publish('q', 'one'),
      count('q'),
      call(amqp.TX_COMMIT),
      publish('q', 'two'),
      call(amqp.TX_ROLLBACK),
      get('q'),
      call(amqp.BASIC_ACK, { deliveryTag: 1 }),
      call(amqp.TX_ROLLBACK),
      call(amqp.BASIC_NACK, { deliveryTag: 1, requeue: true }),
      call(amqp.TX_COMMIT),
      count('q'),
    ],
  },
  { when: 'a transaction is committed that was never begun', steps: [call(amqp.TX_COMMIT)] },
  { when: 'a transaction is rolled back that was never begun', steps: [call(amqp.TX_ROLLBACK)] },
  { when: 'confirms are asked for within transactions', steps: [call(amqp.TX_SELECT), call(amqp.CONFIRM_SELECT)] },
  { when: 'a transaction begins among confirms', steps: [CONFIRMS, call(amqp.TX_SELECT)] },
  { when: 'flow is asked for', steps: [call(amqp.CHANNEL_FLOW, { active: true })] },
  { when: 'flow is to stop, which brokers do not do', steps: [call(amqp.CHANNEL_FLOW, { active: false })] },
  { when: 'prefetch is counted in bytes', steps: [call(amqp.BASIC_QOS, { prefetchSize: 1, prefetchCount: 1 })] },
  { when: 'a message is immediate', steps: [(say) => say.publish('', 'k', 'body', { immediate: true })] },
  { when: 'recovery is to keep the consumers', steps: [call(amqp.BASIC_RECOVER, { requeue: false })] },
  { when: 'a channel is opened twice', steps: [call(amqp.CHANNEL_OPEN)] },
  { when: 'a channel is used that is not open', steps: [call(amqp.BASIC_QOS, {}, 9)] },
  { when: 'a channel number is above channel_max', steps: [call(amqp.CHANNEL_OPEN, {}, 2048)] },
  {
    when: 'a channel is used again after the broker closed it',
    steps: [queue('none', { passive: true }), call(amqp.CHANNEL_CLOSE_OK), call(amqp.CHANNEL_OPEN), queue('q')],
  },
  { when: 'the connection closes', steps: [call(amqp.CONNECTION_CLOSE, { replyCode: 200, replyText: 'bye' }, 0)] },
];

/** All of them, each on a connection of its own. */
export const SCENARIOS: readonly Scenario[] = [...QUEUES, ...EXCHANGES, ...ROUTING, ...DELIVERY, ...MODES];
