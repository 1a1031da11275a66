import * as amqp from '../../../amqp/index.ts';
import { CONFIRMS, call, consume, get, queue, type Scenario, type Step } from './steps.ts';

const REPLY_TO = 'amq.rabbitmq.reply-to';

const CONSUME = call(amqp.BASIC_CONSUME, { queue: REPLY_TO, noAck: true, consumerTag: 'answers' });
/** Published to queue q. */
const ask: Step = (say) =>
  say.publish('', say.name('q'), 'question', { properties: { replyTo: REPLY_TO, correlationId: '1' } });
const answer: Step = (say) => say.publish('', say.replyTo, 'answer', { properties: { correlationId: '1' } });
const answerMandatory: Step = (say) => say.publish('', say.replyTo, 'answer', { mandatory: true });
const lookUp =
  (passive: boolean): Step =>
  (say) =>
    say.call(amqp.QUEUE_DECLARE, { queue: say.replyTo, passive }, 2);

/** Direct reply-to: answers come straight to the channel that asked, without a queue. */
export const REPLIES: readonly Scenario[] = [
  {
    when: 'a request is answered directly, twice',
    steps: [CONFIRMS, queue('q'), CONSUME, ask, get('q', true), answer, answer],
  },
  {
    when: 'a request is consumed and answered on one channel',
    steps: [queue('q'), CONSUME, consume('q', { noAck: true }), ask, answer],
  },
  { when: 'a direct answer is mandatory', steps: [queue('q'), CONSUME, ask, get('q', true), answerMandatory] },
  { when: 'direct answers are to be acknowledged', steps: [call(amqp.BASIC_CONSUME, { queue: REPLY_TO })] },
  {
    when: 'a channel consumes direct answers twice',
    steps: [CONSUME, call(amqp.BASIC_CONSUME, { queue: REPLY_TO, noAck: true })],
  },
  { when: 'somebody asks without consuming direct answers', steps: [CONFIRMS, queue('q'), ask] },
  {
    when: 'the consumer of direct answers has been cancelled',
    steps: [
      queue('q'),
      CONSUME,
      ask,
      get('q', true),
      call(amqp.BASIC_CANCEL, { consumerTag: 'answers' }),
      answer,
      CONSUME,
      answer,
      ask,
    ],
  },
  {
    when: 'somebody looks whether a direct answer would arrive',
    steps: [queue('q'), CONSUME, ask, get('q', true), lookUp(true), lookUp(false)],
  },
  {
    when: 'somebody looks for one who has gone',
    steps: [
      queue('q'),
      CONSUME,
      ask,
      get('q', true),
      call(amqp.BASIC_CANCEL, { consumerTag: 'answers' }),
      lookUp(true),
    ],
  },
  { when: 'the name of direct answers is declared', steps: [call(amqp.QUEUE_DECLARE, { queue: REPLY_TO }, 2)] },
];
