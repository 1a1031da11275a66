import { expect } from 'chai';
import {
  ChannelClosedByBroker,
  ConnectionClosedByBroker,
  ConnectionWrongStateError,
  KeyboardInterrupt,
  StreamLostError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught, expectFault } from '../caught.ts';
import { Session, settle } from './session.ts';

/** Rows B6 to B11 and B15 to B19: how a blocking connection ends. */
export function closingRows(broker: Broker): void {
  const session = new Session(broker);

  it('B6 a second close() throws ConnectionWrongStateError', () => {
    const connection = session.connect();
    connection.close();
    expect(caught(() => connection.close())).to.be.instanceOf(ConnectionWrongStateError);
  });

  it('B7 leaving the block of a using declaration closes it', () => {
    const held = session.connect();
    {
      using connection = held;
      expect(connection.isOpen).to.equal(true);
    }
    expect(held.isClosed).to.equal(true);
  });

  it('B8 a close() inside that block is no error', () => {
    const held = session.connect();
    {
      using connection = held;
      connection.close();
    }
    expect(held.isClosed).to.equal(true);
  });

  const errors = [
    ['B9', "an application's error", new RangeError('of the application')],
    ['B10', 'a KeyboardInterrupt', new KeyboardInterrupt()],
  ] as const;
  for (const [row, what, thrown] of errors) {
    it(`${row} ${what} passes out of that block, and the connection is closed`, () => {
      const held = session.connect();
      const error = caught(() => {
        using connection = held;
        connection.channel();
        throw thrown;
      });
      expect(error).to.equal(thrown);
      expect(held.isClosed).to.equal(true);
    });
  }

  it('B11 a socket that ends under a channel: its call throws StreamLostError, both are closed', () => {
    const [connection] = session.proxied({}, { from: 'client', at: 'basic.qos', act: 'end' });
    const channel = connection.channel();
    expect(caught(() => channel.basicQos())).to.be.instanceOf(StreamLostError);
    expect([channel.isClosed, channel.isOpen]).to.deep.equal([true, false]);
    expect([connection.isClosed, connection.isOpen]).to.deep.equal([true, false]);
  });

  it('B15 an exchange type that is none: ChannelClosedByBroker 406, or 503 of the connection by older brokers', () => {
    const connection = session.connect();
    const channel = connection.channel();
    const exchange = broker.unique('exchange');
    const error = caught(() => channel.exchangeDeclare({ exchange, exchangeType: 'x-no-such-type' }));
    if (error instanceof ChannelClosedByBroker) {
      expect(error.replyCode).to.equal(406);
      expect(connection.isOpen).to.equal(true);
    } else {
      expect(error).to.be.instanceOf(ConnectionClosedByBroker).and.include({ replyCode: 503 });
      expect(connection.isClosed).to.equal(true);
    }
    expect(channel.isClosed).to.equal(true);
  });

  it('B16 close() with a channel, an autoAck consumer and an undispatched message leaves none of them', () => {
    const [connection, watcher] = [session.connect(), session.connect().channel()];
    const channel = connection.channel();
    const queue = session.queue(watcher, { exclusive: false });
    channel.basicConsume({ queue, autoAck: true }, () => expect.fail('nobody dispatches'));
    channel.basicPublish('', queue, Buffer.alloc(1024));
    settle(channel, queue);
    connection.close();
    expect([connection.isClosed, channel.isClosed]).to.deep.equal([true, true]);
    expect(channel.consumerTags).to.deep.equal([]);
    expect(watcher.queueDeclare({ queue, passive: true })).to.include({ consumerCount: 0, messageCount: 0 });
    watcher.queueDelete({ queue });
  });

  it('B17 queueDeclare() with a name that is no string throws a TypeError', () => {
    const channel = session.channel();
    expectFault(() => channel.queueDeclare({ queue: 5 as never }), TypeError, 'ARG_TYPE', 'queue');
    expect(channel.isOpen).to.equal(true);
  });

  it('B18 channel() after a cut throws StreamLostError, and the connection is closed', () => {
    const [connection, proxy] = session.proxied();
    proxy.cut();
    expect(caught(() => connection.channel())).to.be.instanceOf(StreamLostError);
    expect([connection.isClosed, connection.isOpen]).to.deep.equal([true, false]);
  });

  it('B19 a further channel() throws ConnectionWrongStateError, with the loss as its cause', () => {
    const [connection, proxy] = session.proxied();
    proxy.cut();
    const lost = caught(() => connection.channel());
    const error = caught(() => connection.channel());
    expect(error).to.be.instanceOf(ConnectionWrongStateError);
    expect(error.cause).to.equal(lost);
  });

  it('a cut while it dispatches leaves processDataEvents() with StreamLostError', () => {
    const [connection, proxy] = session.proxied();
    connection.callLater(5, () => proxy.cut());
    const error = caught(() => {
      for (let i = 0; i < 100; i++) connection.processDataEvents(100);
    });
    expect(error).to.be.instanceOf(StreamLostError);
    expect(connection.isClosed).to.equal(true);
  });

  it('close() takes a code and a text, and throws for what is none', () => {
    const connection = session.connect();
    expectFault(() => connection.close({ replyCode: '200' as never }), TypeError, 'ARG_TYPE', 'replyCode');
    expectFault(() => connection.close({ replyCode: 65_536 }), RangeError, 'ARG_RANGE', 'replyCode');
    expect(connection.isOpen).to.equal(true);
    connection.close({ replyCode: 320, replyText: 'going home' });
    const { cause } = caught(() => connection.channel());
    expect(cause).to.include({ name: 'ConnectionClosedByClient', replyCode: 320, replyText: 'going home' });
  });
}
