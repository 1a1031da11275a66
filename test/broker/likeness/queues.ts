import * as amqp from '../../../amqp/index.ts';
import { CONFIRMS, call, consume, count, deleteQueueFromTwo, publish, queue, type Scenario, SHARED } from './steps.ts';

export const QUEUES: readonly Scenario[] = [
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
