import { expect } from 'chai';
import { type BlockingChannel, ChannelClosedByBroker } from '../../../adapters/index.ts';
import { BASIC_CANCEL } from '../../../amqp/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { countOf, LIMIT, Session, settle, until, within } from './session.ts';

/** Rows C23, C25, C26, C28 to C33 and C36 to C39: consumers whose handlers run in a dispatch. */
export function consumingRows(broker: Broker): void {
  const session = new Session(broker);
  /** Publishes to a queue, in order. */
  const publish = (channel: BlockingChannel, queue: string, ...bodies: readonly string[]): void => {
    for (const body of bodies) channel.basicPublish('', queue, body);
    channel.basicQos(); // its answer comes after the broker has read them
  };

  it('C23 another thread acknowledges under startConsuming(), and cancelling there ends it', () => {
    const connection = session.connect();
    const channel = connection.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'a message');
    connection.expose('ack', (tag) => channel.basicAck(tag as number));
    connection.expose('cancel', (consumerTag) => channel.basicCancel({ consumerTag: consumerTag as string }));
    const courier = session.courier(connection);
    const heard: string[] = [];
    const consumerTag = channel.basicConsume({ queue }, (_channel, { deliveryTag }, _properties, body) => {
      heard.push(String(body));
      courier.send('ack', deliveryTag);
      courier.send('cancel', consumerTag);
    });
    within(connection, () => channel.startConsuming());
    expect(heard).to.deep.equal(['a message']);
    expect(channel.consumerTags).to.deep.equal([]);
    channel.close();
    expect(countOf(connection.channel(), queue)).to.equal(0);
  });

  it('C25 two consumers of one channel get 100 and 150 messages, each its own, in order', () => {
    const channel = session.channel();
    const sizes = [100, 150];
    const heard: string[][] = sizes.map(() => []);
    sizes.forEach((size, which) => {
      const queue = session.queue(channel);
      const bodies = Array.from({ length: size }, (_, i) => `${which}: ${i}`);
      publish(channel, queue, ...bodies);
      channel.basicConsume({ queue, autoAck: true }, (_channel, _method, _properties, body) => {
        heard[which]?.push(String(body));
        if (heard.flat().length === 250) channel.stopConsuming();
      });
    });
    within(channel.connection, () => channel.startConsuming());
    expect(heard).to.deep.equal(sizes.map((size, which) => Array.from({ length: size }, (_, i) => `${which}: ${i}`)));
  });

  it('C26 basicCancel() with a delivery and a cancel by the broker pending returns [], and neither is left', () => {
    const [connection, proxy] = session.proxied();
    const channel = connection.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'undelivered');
    channel.addOnCancelCallback(() => expect.fail('the cancel was dispatched'));
    const consumerTag = channel.basicConsume({ queue }, () => expect.fail('the message was dispatched'));
    settle(channel, queue);
    proxy.pretend(channel.channelNumber, BASIC_CANCEL, { consumerTag, nowait: true });
    settle(channel, queue);
    expect(channel.basicCancel({ consumerTag })).to.deep.equal([]);
    connection.sleep(50);
    expect(channel.consumerTags).to.deep.equal([]);
  });

  it('C28 a handler publishes and acknowledges while the outer call is consume() of another queue', () => {
    const channel = session.channel();
    const [inner, outer] = [session.queue(channel), session.queue(channel)];
    publish(channel, inner, 'for the handler');
    channel.basicConsume({ queue: inner }, (from, { deliveryTag }, _properties, body) => {
      from.basicPublish('', outer, `${body}, and passed on`);
      from.basicAck(deliveryTag);
    });
    for (const { method, body } of channel.consume({ queue: outer, inactivityTimeout: LIMIT })) {
      expect(String(body)).to.equal('for the handler, and passed on');
      channel.basicAck(method?.deliveryTag);
      break;
    }
    channel.close();
    const next = channel.connection.channel();
    expect([countOf(next, inner), countOf(next, outer)]).to.deep.equal([0, 0]);
  });

  it('C29 stopConsuming() and an ack inside a handler: startConsuming() returns, the second message stays', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'first', 'second');
    const heard: string[] = [];
    channel.basicConsume({ queue }, (from, { deliveryTag }, _properties, body) => {
      heard.push(String(body));
      from.stopConsuming();
      from.basicAck(deliveryTag);
    });
    settle(channel, queue);
    within(channel.connection, () => channel.startConsuming());
    expect(heard).to.deep.equal(['first']);
    channel.close();
    const got = channel.connection.channel().basicGet({ queue });
    expect([String(got?.body), got?.method.messageCount]).to.deep.equal(['second', 0]);
  });

  it('C30 channel.close() inside a handler: startConsuming() returns, both messages are back', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'first', 'second');
    let heard = 0;
    channel.basicConsume({ queue }, (from) => {
      heard++;
      from.close();
    });
    settle(channel, queue);
    within(channel.connection, () => channel.startConsuming());
    expect([heard, channel.isClosed]).to.deep.equal([1, true]);
    expect(countOf(channel.connection.channel(), queue)).to.equal(2);
  });

  it('C31 connection.close() inside a handler: startConsuming() returns, both messages are back', () => {
    const [channel, watcher] = [session.channel(), session.channel()];
    const queue = session.queue(watcher, { exclusive: false, durable: true });
    publish(channel, queue, 'first', 'second');
    let heard = 0;
    channel.basicConsume({ queue }, ({ connection }) => {
      heard++;
      connection.close();
    });
    settle(channel, queue);
    within(channel.connection, () => channel.startConsuming());
    expect([heard, channel.isClosed, channel.connection.isClosed]).to.deep.equal([1, true, true]);
    expect(watcher.queueDelete({ queue })).to.deep.equal({ messageCount: 2 });
  });

  it('C32 a publish of a callback to a missing exchange: ChannelClosedByBroker leaves startConsuming()', () => {
    const channel = session.channel();
    const { connection } = channel;
    const leaked: unknown[] = [];
    connection.ioloop.handleCallbackException = (_callback, error) => void leaked.push(error);
    channel.basicConsume({ queue: session.queue(channel) }, () => undefined);
    connection.callLater(0, () => channel.basicPublish(broker.unique('absent'), '', 'lost'));
    const error = caught(() => within(connection, () => channel.startConsuming()));
    expect(error).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 404 });
    expect([channel.isClosed, connection.isOpen]).to.deep.equal([true, true]);
    connection.sleep(20);
    expect(leaked).to.deep.equal([]);
  });

  it('C33 a queue deleted on another channel during startConsuming(): it returns, the consumer is gone', () => {
    const connection = session.connect();
    const [channel, other] = [connection.channel(), connection.channel()];
    const queue = session.queue(channel);
    channel.basicConsume({ queue }, () => undefined);
    connection.callLater(0, () => other.queueDelete({ queue }));
    within(connection, () => channel.startConsuming());
    expect(channel.consumerTags).to.deep.equal([]);
    expect(channel.isOpen).to.equal(true);
  });

  it('C36 basicCancel() of an autoAck consumer returns both messages that had arrived; the queue is empty', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'first', 'second');
    const consumerTag = channel.basicConsume({ queue, autoAck: true }, () => expect.fail('nobody dispatches'));
    settle(channel, queue);
    const messages = channel.basicCancel({ consumerTag });
    expect(messages.map(({ body }) => String(body))).to.deep.equal(['first', 'second']);
    expect(messages.map(({ method, properties }) => [method.deliveryTag, method.consumerTag, properties.headers]))
      .to.deep //
      .equal([
        [1, consumerTag, null],
        [2, consumerTag, null],
      ]);
    channel.connection.sleep(20);
    channel.close();
    expect(countOf(channel.connection.channel(), queue)).to.equal(0);
  });

  it('C37 basicCancel() of a consumer that acknowledges returns [], and both are back in the queue', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'first', 'second');
    const consumerTag = channel.basicConsume({ queue }, () => expect.fail('nobody dispatches'));
    settle(channel, queue);
    expect(countOf(channel, queue)).to.equal(0);
    expect(channel.basicCancel({ consumerTag })).to.deep.equal([]);
    settle(channel, queue);
    expect(countOf(channel, queue)).to.equal(2);
    expect(String(channel.basicGet({ queue })?.body)).to.equal('first');
  });

  for (const [row, autoAck, left] of [
    ['C38', false, 2],
    ['C39', true, 0],
  ] as const) {
    it(`${row} closing the channel gives back ${left} of two delivered messages (autoAck: ${autoAck})`, () => {
      const channel = session.channel();
      const queue = session.queue(channel);
      publish(channel, queue, 'first', 'second');
      let heard = 0;
      channel.basicConsume({ queue, autoAck }, () => heard++);
      until(channel.connection, () => heard === 2);
      channel.close();
      expect(countOf(channel.connection.channel(), queue)).to.equal(left);
    });
  }

  it('startConsuming() without a consumer returns at once', () => {
    const channel = session.channel();
    within(channel.connection, () => channel.startConsuming());
  });

  it('basicCancel() of an unknown tag warns and returns []', () => {
    const warnings: string[] = [];
    const channel = session.channel({ logger: { warn: (text) => warnings.push(text), error: () => undefined } });
    expect(channel.basicCancel({ consumerTag: 'nobody' })).to.deep.equal([]);
    expect(warnings.join()).to.include('nobody');
  });
}
