import * as amqp from '../../../amqp/index.ts';
import { bind, call, deleteFromTwo, exchange, queue, type Scenario } from './steps.ts';

export const EXCHANGES: readonly Scenario[] = [
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
