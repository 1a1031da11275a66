import * as amqp from '../../../amqp/index.ts';
import { CONFIRMS, call, count, get, publish, queue, type Scenario } from './steps.ts';

export const CHANNELS: readonly Scenario[] = [
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
