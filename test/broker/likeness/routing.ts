import * as amqp from '../../../amqp/index.ts';
import {
  bind,
  bindExchange,
  CONFIRMS,
  count,
  deleteFromTwo,
  exchange,
  get,
  queue,
  route,
  type Scenario,
} from './steps.ts';

export const ROUTING: readonly Scenario[] = [
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
  {
    when: 'an exchange is published to that is missing, and a confirm is awaited',
    steps: [CONFIRMS, (say) => say.publish(say.name('none'), 'k', 'body')],
  },
];
