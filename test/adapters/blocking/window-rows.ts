import { expect } from 'chai';
import {
  type BlockingChannel,
  ChannelClosedByBroker,
  NackError,
  PublishUnknownError,
  UnroutableError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { countOf, durationOf, Session } from './session.ts';

const WINDOW = 100;

/** Confirms: one message at a time, and many on their way. */
export function windowRows(broker: Broker): void {
  const session = new Session(broker);
  const confirming = (window = WINDOW): BlockingChannel => {
    const channel = session.channel();
    channel.confirmDelivery({ window });
    return channel;
  };
  /** A queue that refuses what does not fit. */
  const fullAt = (channel: BlockingChannel, length: number): string =>
    session.queue(channel, { arguments: { 'x-max-length': length, 'x-overflow': 'reject-publish' } });
  const bodiesOf = ({ messages }: UnroutableError | NackError): string[] => messages.map(({ body }) => String(body));

  it('a window returns sequence numbers, and waitForConfirms() returns when all are confirmed', () => {
    const channel = confirming();
    const queue = session.queue(channel);
    const numbers = Array.from({ length: 1000 }, (_, i) => channel.basicPublish('', queue, `${i}`));
    expect(numbers).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i + 1));
    channel.waitForConfirms();
    expect(countOf(channel, queue)).to.equal(1000);
    expect(channel.basicPublish('', queue, 'next')).to.equal(1001);
    channel.waitForConfirms();
  });

  it('a window that is full makes basicPublish() wait, and only then', () => {
    const [connection] = session.proxied({}, { from: 'broker', at: 'basic.ack', act: 'drop' });
    const channel = connection.channel();
    channel.confirmDelivery({ window: 3 });
    const publish = (): unknown => channel.basicPublish('', 'nobody', 'x', null, { timeout: 200 });
    expect([publish(), publish(), publish()]).to.deep.equal([1, 2, 3]);
    expect(durationOf(() => caught(publish))).to.be.within(199, 2000);
    expect([channel.isOpen, connection.isOpen]).to.deep.equal([false, true]);
  });

  it('waitForConfirms() throws one NackError with every message that a full queue refused', () => {
    const channel = confirming();
    const queue = fullAt(channel, 10);
    const bodies = Array.from({ length: 60 }, (_, i) => `${i}`);
    for (const body of bodies) channel.basicPublish('', queue, body, { headers: { body } });
    const error = caught(() => channel.waitForConfirms()) as NackError;
    expect(error).to.be.instanceOf(NackError);
    expect(bodiesOf(error)).to.deep.equal(bodies.slice(60 - error.messages.length));
    expect(error.messages.length + countOf(channel, queue)).to.equal(60);
    expect(error.tag).to.equal(60 - error.messages.length + 1);
    for (const { method, properties, body } of error.messages) {
      expect([method.exchange, method.routingKey]).to.deep.equal(['', queue]);
      expect(properties.headers).to.deep.equal({ body });
    }
    channel.waitForConfirms();
    expect(channel.isOpen).to.equal(true);
  });

  it('waitForConfirms() throws one UnroutableError with every message that came back', () => {
    const channel = confirming();
    const queue = session.queue(channel);
    for (let i = 0; i < 50; i++) {
      const routingKey = i % 10 === 7 ? broker.unique('absent') : queue;
      channel.basicPublish('', routingKey, `${i}`, null, { mandatory: true });
    }
    const error = caught(() => channel.waitForConfirms()) as UnroutableError;
    expect(error).to.be.instanceOf(UnroutableError);
    expect(bodiesOf(error)).to.deep.equal(['7', '17', '27', '37', '47']);
    expect(error.tag).to.equal(8);
    expect(error.messages[0]?.method).to.include({ exchange: '', replyCode: 312, replyText: 'NO_ROUTE' });
    expect(countOf(channel, queue)).to.equal(45);
    channel.waitForConfirms();
  });

  it('waitForConfirms() throws a NackError with all of them when some came back and some were refused', () => {
    const channel = confirming();
    const queue = fullAt(channel, 1);
    channel.basicPublish('', queue, 'fits');
    channel.waitForConfirms();
    for (let i = 0; i < 6; i++) {
      channel.basicPublish('', i % 2 === 0 ? queue : broker.unique('absent'), `${i}`, null, { mandatory: true });
    }
    const error = caught(() => channel.waitForConfirms()) as NackError;
    expect(error).to.be.instanceOf(NackError);
    expect(bodiesOf(error).toSorted()).to.deep.equal(['0', '1', '2', '3', '4', '5'].slice(6 - error.messages.length));
    expect(error.messages.filter(({ method }) => method.replyCode === 312)).to.have.length(3);
  });

  it('what failed is told also when a full window was waited for meanwhile', () => {
    const channel = confirming(2);
    const routingKey = broker.unique('absent');
    for (let i = 0; i < 20; i++) channel.basicPublish('', routingKey, `${i}`, null, { mandatory: true });
    const error = caught(() => channel.waitForConfirms()) as UnroutableError;
    expect(bodiesOf(error)).to.deep.equal(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  it('a missing exchange: PublishUnknownError, with the close as its cause', () => {
    const channel = confirming();
    const error = caught(() => {
      for (let i = 0; i < 20; i++) channel.basicPublish(broker.unique('absent'), '', `${i}`);
      channel.waitForConfirms();
    });
    expect(error).to.be.instanceOf(PublishUnknownError);
    expect(error.cause).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 404 });
    expect([channel.isOpen, channel.connection.isOpen]).to.deep.equal([false, true]);
    channel.connection.sleep(20);
  });

  it('returns of a window go to the handlers too, at the next dispatch', () => {
    const channel = confirming();
    const returns: string[] = [];
    channel.addOnReturnCallback((_channel, _method, _properties, body) => returns.push(String(body)));
    for (let i = 0; i < 3; i++) channel.basicPublish('', broker.unique('absent'), `${i}`, null, { mandatory: true });
    expect(caught(() => channel.waitForConfirms())).to.be.instanceOf(UnroutableError);
    expect(returns).to.deep.equal([]);
    channel.connection.processDataEvents(0);
    expect(returns).to.deep.equal(['0', '1', '2']);
  });

  it('one at a time: a nack throws NackError with the very message', () => {
    const channel = confirming(1);
    const queue = fullAt(channel, 1);
    const error = caught(() => {
      for (let i = 0; i < 5; i++) channel.basicPublish('', queue, `${i}`, { messageId: `${i}` });
    }) as NackError;
    expect(error).to.be.instanceOf(NackError);
    expect(error.messages).to.have.length(1);
    const [message] = error.messages;
    expect(message?.method).to.include({ exchange: '', routingKey: queue });
    expect(message?.properties.messageId).to.equal(String(message?.body));
    expect(channel.isOpen).to.equal(true);
  });

  it('one at a time: a missing exchange throws ChannelClosedByBroker', () => {
    const channel = confirming(1);
    const error = caught(() => channel.basicPublish(broker.unique('absent'), '', 'x'));
    expect(error).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 404 });
    channel.connection.sleep(20);
  });

  it('a second confirmDelivery() is told as an error, and changes nothing', () => {
    const errors: string[] = [];
    const channel = session.channel({ logger: { warn: () => undefined, error: (text) => errors.push(text) } });
    channel.confirmDelivery({ window: 5 });
    channel.confirmDelivery({ window: 1 });
    expect(errors).to.have.length(1);
    expect(channel.basicPublish('', 'nobody', 'x')).to.equal(1);
    channel.waitForConfirms();
  });
}
