import { expect } from 'chai';
import { type BlockingChannel, UnroutableError } from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { LIMIT, Session, settle, until, within } from './session.ts';

/** Rows C17 to C22 and C27: confirms, and messages that come back. */
export function confirmingRows(broker: Broker): void {
  const session = new Session(broker);
  const headers = { where: 'nowhere', n: 5 };
  /** A mandatory publish that no queue takes. */
  const publishUnroutable = (channel: BlockingChannel, body: string): void =>
    void channel.basicPublish('', broker.unique('absent'), body, { headers }, { mandatory: true });
  /** What the return handlers of a channel get: its channel, code, key and body. */
  const noteReturns = (channel: BlockingChannel): [BlockingChannel, number, string][] => {
    const returns: [BlockingChannel, number, string][] = [];
    channel.addOnReturnCallback((from, method, properties, body) => {
      expect(properties.headers).to.deep.equal(headers);
      returns.push([from, method.replyCode, String(body)]);
    });
    return returns;
  };

  it('C17 in confirm mode an unroutable mandatory message is thrown back as UnroutableError, whole', () => {
    const channel = session.channel();
    channel.confirmDelivery();
    const routingKey = broker.unique('absent');
    const error = caught(() => channel.basicPublish('', routingKey, '', { headers }, { mandatory: true }));
    expect(error).to.be.instanceOf(UnroutableError);
    const { messages } = error as UnroutableError;
    expect(messages).to.have.length(1);
    expect(messages[0]?.method).to.include({ replyCode: 312, replyText: 'NO_ROUTE', exchange: '', routingKey });
    expect(messages[0]?.properties.headers).to.deep.equal(headers);
    expect(messages[0]?.body).to.have.length(0);
    expect(channel.isOpen).to.equal(true);
  });

  it('C18 a message that came back before confirmDelivery() waits for a dispatch, and goes to the handler alone', () => {
    const channel = session.channel();
    const returns = noteReturns(channel);
    publishUnroutable(channel, 'early');
    channel.confirmDelivery(); // the return comes before its answer
    expect(returns).to.deep.equal([]);
    until(channel.connection, () => returns.length > 0);
    expect(returns).to.deep.equal([[channel, 312, 'early']]);
  });

  it('C19 without confirms two messages that came back are dispatched in order', () => {
    const channel = session.channel();
    const returns = noteReturns(channel);
    publishUnroutable(channel, 'first');
    publishUnroutable(channel, 'second');
    channel.basicQos();
    expect(returns).to.deep.equal([]);
    until(channel.connection, () => returns.length > 1);
    expect(returns.map(([, , body]) => body)).to.deep.equal(['first', 'second']);
  });

  it('C20 with confirms and a handler both publishes throw, and the handler gets both in the next dispatch', () => {
    const channel = session.channel();
    const returns = noteReturns(channel);
    channel.confirmDelivery();
    for (const body of ['first', 'second']) {
      const error = caught(() => publishUnroutable(channel, body));
      expect((error as UnroutableError).messages.map((message) => String(message.body))).to.deep.equal([body]);
    }
    expect(returns).to.deep.equal([]);
    channel.connection.processDataEvents(0);
    expect(returns.map(([, , body]) => body)).to.deep.equal(['first', 'second']);
    channel.connection.sleep(20);
    expect(returns).to.have.length(2);
  });

  it('C21 a pending return does not disturb a good publish and a basicGet() after it', () => {
    const channel = session.channel();
    const returns = noteReturns(channel);
    const queue = session.queue(channel);
    publishUnroutable(channel, 'bad');
    channel.basicPublish('', queue, 'good', null, { mandatory: true });
    expect(String(channel.basicGet({ queue, autoAck: true })?.body)).to.equal('good');
    expect(channel.basicGet({ queue })).to.equal(null);
    until(channel.connection, () => returns.length > 0);
    expect(returns).to.deep.equal([[channel, 312, 'bad']]);
  });

  it('C22 with prefetch 1 the second message waits for the first ack; a deleted queue ends startConsuming()', () => {
    const connection = session.connect();
    const [channel, other] = [connection.channel(), connection.channel()];
    const queue = session.queue(channel);
    channel.confirmDelivery();
    for (const body of ['first', 'second']) channel.basicPublish('', queue, body);
    channel.basicQos({ prefetchCount: 1 });
    const tags: (number | bigint)[] = [];
    const cancels: unknown[] = [];
    const consumerTag = channel.basicConsume({ queue }, (_channel, { deliveryTag }) => tags.push(deliveryTag));
    channel.addOnCancelCallback((...args) => cancels.push(args));
    until(connection, () => tags.length > 0);
    settle(channel, queue);
    connection.processDataEvents(0);
    expect(tags).to.deep.equal([1]);
    channel.basicAck(1);
    until(connection, () => tags.length > 1);
    channel.basicAck(2);
    connection.callLater(0, () => other.queueDelete({ queue }));
    within(connection, () => channel.startConsuming());
    expect(tags).to.deep.equal([1, 2]);
    expect(cancels).to.deep.equal([[channel, { name: 'basic.cancel', consumerTag }]]);
    expect(channel.consumerTags).to.deep.equal([]);
  });

  it('C27 without confirms a mandatory and an ordinary message arrive in order, with their headers', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    channel.basicPublish('', queue, 'mandatory', { headers }, { mandatory: true });
    channel.basicPublish('', queue, 'ordinary', { headers });
    const got: unknown[] = [];
    for (const { properties, body } of channel.consume({ queue, autoAck: true, inactivityTimeout: LIMIT })) {
      got.push([String(body), properties?.headers]);
      if (got.length === 2) break;
    }
    expect(got).to.deep.equal([
      ['mandatory', headers],
      ['ordinary', headers],
    ]);
  });

  it('basicPublish() returns nothing, with and without confirms', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    expect(channel.basicPublish('', queue, 'x')).to.equal(undefined);
    channel.confirmDelivery();
    expect(channel.basicPublish('', queue, 'x')).to.equal(undefined);
    expect(channel.queuePurge({ queue })).to.deep.equal({ messageCount: 2 });
  });
}
