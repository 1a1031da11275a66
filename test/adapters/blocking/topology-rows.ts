import { expect } from 'chai';
import {
  type BlockingChannel,
  ChannelClosedByBroker,
  ChannelWrongStateError,
  UnroutableError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { countOf, Session, settle } from './session.ts';

/** Rows C1 to C6, C16 and C44 to C49: a channel's life, and what it declares. */
export function topologyRows(broker: Broker): void {
  const session = new Session(broker);
  const expectClosed = (channel: BlockingChannel, code: number, act: () => unknown): void => {
    expect(caught(act)).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: code });
    expect([channel.isClosed, channel.isOpen]).to.deep.equal([true, false]);
    expect(channel.connection.isOpen).to.equal(true);
  };
  const publish = (channel: BlockingChannel, exchange: string, routingKey: string, body: string): void =>
    void channel.basicPublish(exchange, routingKey, body, null, { mandatory: true });

  it('C1 a channel is open until close(), and knows its connection', () => {
    const connection = session.connect();
    const channel = connection.channel();
    expect([channel.isOpen, channel.isClosed, channel.channelNumber]).to.deep.equal([true, false, 1]);
    expect(channel.connection).to.equal(connection);
    channel.close();
    expect([channel.isOpen, channel.isClosed]).to.deep.equal([false, true]);
    expect(connection.isOpen).to.equal(true);
  });

  it('C2 an exchange is declared, found and deleted; a passive declare then closes the channel with 404', () => {
    const channel = session.channel();
    const exchange = broker.unique('exchange');
    expect(channel.exchangeDeclare({ exchange, exchangeType: 'direct' })).to.equal(undefined);
    expect(channel.exchangeDeclare({ exchange, passive: true })).to.equal(undefined);
    expect(channel.exchangeDelete({ exchange })).to.equal(undefined);
    expectClosed(channel, 404, () => channel.exchangeDeclare({ exchange, passive: true }));
  });

  it('C3 a message passes from exchange to exchange while they are bound, and is unroutable before and after', () => {
    const channel = session.channel();
    const [source, destination] = [broker.unique('source'), broker.unique('destination')];
    for (const exchange of [source, destination]) {
      channel.exchangeDeclare({ exchange, exchangeType: 'fanout', autoDelete: false });
    }
    const queue = session.queue(channel);
    channel.queueBind({ queue, exchange: destination });
    channel.confirmDelivery();
    expect(caught(() => publish(channel, source, 'key', 'before'))).to.be.instanceOf(UnroutableError);
    channel.exchangeBind({ source, destination });
    publish(channel, source, 'key', 'between');
    channel.exchangeUnbind({ source, destination });
    expect(caught(() => publish(channel, source, 'key', 'after'))).to.be.instanceOf(UnroutableError);
    const got = channel.basicGet({ queue, autoAck: true });
    expect([String(got?.body), got?.method.exchange]).to.deep.equal(['between', source]);
    expect(channel.basicGet({ queue })).to.equal(null);
    for (const exchange of [source, destination]) channel.exchangeDelete({ exchange });
  });

  it('C4 a queue is declared, found and deleted; a passive declare then closes the channel with 404', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    expect(channel.queueDeclare({ queue, passive: true })).to.deep.equal({ queue, messageCount: 0, consumerCount: 0 });
    expect(channel.queueDelete({ queue })).to.deep.equal({ messageCount: 0 });
    expectClosed(channel, 404, () => channel.queueDeclare({ queue, passive: true }));
  });

  it('C5 a passive declare of an unknown queue closes the channel with 404', () => {
    const channel = session.channel();
    expectClosed(channel, 404, () => channel.queueDeclare({ queue: broker.unique('absent'), passive: true }));
  });

  it('C6 a bound queue gets the message, an unbound one does not, and purging tells how many there were', () => {
    const channel = session.channel();
    const exchange = broker.unique('exchange');
    channel.exchangeDeclare({ exchange, exchangeType: 'direct' });
    const queue = session.queue(channel);
    channel.confirmDelivery();
    channel.queueBind({ queue, exchange, routingKey: 'key' });
    expect(countOf(channel, queue)).to.equal(0);
    publish(channel, exchange, 'key', 'bound');
    expect(countOf(channel, queue)).to.equal(1);
    channel.queueUnbind({ queue, exchange, routingKey: 'key' });
    expect(caught(() => publish(channel, exchange, 'key', 'unbound'))).to.be.instanceOf(UnroutableError);
    expect(channel.queuePurge({ queue })).to.deep.equal({ messageCount: 1 });
    expect(channel.queuePurge({ queue })).to.deep.equal({ messageCount: 0 });
    channel.exchangeDelete({ exchange });
  });

  it('C16 basicConsume() of an unknown queue throws ChannelClosedByBroker 404', () => {
    const channel = session.channel();
    const consume = (): string => channel.basicConsume({ queue: broker.unique('absent') }, () => expect.fail('called'));
    expectClosed(channel, 404, consume);
    expect(channel.consumerTags).to.deep.equal([]);
  });

  it('C44 flow(true) answers with true, and a consumer stays', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    channel.basicConsume({ queue }, () => undefined);
    expect(channel.flow({ active: true })).to.deep.equal({ active: true });
    settle(channel, queue);
    expect(channel.queueDeclare({ queue, passive: true }).consumerCount).to.equal(1);
  });

  it('C45 queueDeclare() on a closed channel throws ChannelWrongStateError', () => {
    const channel = session.channel();
    channel.close();
    expect(caught(() => channel.queueDeclare())).to.be.instanceOf(ChannelWrongStateError);
  });

  it('C46 close() on a closed channel throws ChannelWrongStateError', () => {
    const channel = session.channel();
    channel.close();
    expect(caught(() => channel.close())).to.be.instanceOf(ChannelWrongStateError);
  });

  it('C47 leaving the block of a using declaration closes the channel', () => {
    const held = session.channel();
    {
      using channel = held;
      expect(channel.isOpen).to.equal(true);
    }
    expect([held.isClosed, held.connection.isOpen]).to.deep.equal([true, true]);
  });

  it('C48 a close() inside that block is no error', () => {
    const held = session.channel();
    {
      using channel = held;
      channel.close();
    }
    expect([held.isClosed, held.connection.isOpen]).to.deep.equal([true, true]);
  });

  it('C49 ChannelClosedByBroker passes out of that block, and the channel is closed', () => {
    const held = session.channel();
    expectClosed(held, 404, () => {
      using channel = held;
      channel.queueDeclare({ queue: broker.unique('absent'), passive: true });
    });
  });

  it('a close by the broker is thrown once: by the call, and not again by a dispatch', () => {
    const channel = session.channel();
    expectClosed(channel, 404, () => channel.queueDeclare({ queue: broker.unique('absent'), passive: true }));
    channel.connection.sleep(50);
    const later = caught(() => channel.basicQos());
    expect(later).to.be.instanceOf(ChannelWrongStateError);
    expect(later.cause).to.be.instanceOf(ChannelClosedByBroker);
  });

  it('a close by the broker that no call of the channel waited for leaves the next dispatching call, once', () => {
    const channel = session.channel();
    channel.basicPublish(broker.unique('absent'), '', 'lost');
    const error = caught(() => {
      for (let i = 0; i < 80; i++) channel.connection.processDataEvents(100);
    });
    expect(error).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 404 });
    channel.connection.sleep(50);
  });
}
