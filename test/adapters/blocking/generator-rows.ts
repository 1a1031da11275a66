import { expect } from 'chai';
import { type BlockingChannel, ChannelClosedByBroker, DuplicateGetOkCallback } from '../../../adapters/index.ts';
import { BASIC_CANCEL } from '../../../amqp/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { countOf, durationOf, LIMIT, QUICK, Session, settle } from './session.ts';

/** Rows C24, C34, C35, C40 to C43, C50 and C51: messages that the caller asks for, by consume() and basicGet(). */
export function generatorRows(broker: Broker): void {
  const session = new Session(broker);
  const publish = (channel: BlockingChannel, queue: string, ...bodies: readonly string[]): void => {
    for (const body of bodies) channel.basicPublish('', queue, body);
    channel.basicQos(); // its answer comes after the broker has read them
  };
  /** What a consume() yields until it ends, or has nothing to yield. */
  const drain = (channel: BlockingChannel, queue: string): string[] => {
    const bodies: string[] = [];
    for (const { body } of channel.consume({ queue, inactivityTimeout: LIMIT })) {
      if (body === null) throw new Error(`consume() has yielded nothing for ${LIMIT} ms`);
      bodies.push(String(body));
    }
    return bodies;
  };

  it('C24 another thread acknowledges under consume(), and cancel() there ends it', () => {
    const connection = session.connect();
    const channel = connection.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'a message');
    connection.expose('ack', (tag) => channel.basicAck(tag as number));
    connection.expose('cancel', () => channel.cancel());
    const courier = session.courier(connection);
    const heard: string[] = [];
    for (const { method, body } of channel.consume({ queue, inactivityTimeout: LIMIT })) {
      if (method === null) throw new Error('the other thread was not heard');
      heard.push(String(body));
      courier.send('ack', method.deliveryTag);
      courier.send('cancel');
    }
    expect(heard).to.deep.equal(['a message']);
    channel.close();
    expect(countOf(connection.channel(), queue)).to.equal(0);
  });

  it('C34 a body of 1,000,000 bytes comes through consume() whole, and an ack empties the queue', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    const sent = Buffer.alloc(1_000_000);
    for (let i = 0; i < sent.length; i += 4) sent.writeUInt32BE(i, i);
    channel.basicPublish('', queue, sent);
    for (const { method, body } of channel.consume({ queue, inactivityTimeout: LIMIT })) {
      expect(body !== null && sent.equals(body)).to.equal(true);
      channel.basicAck(method?.deliveryTag);
      break;
    }
    channel.close();
    expect(countOf(channel.connection.channel(), queue)).to.equal(0);
  });

  it('C35 500 messages of 1024 bytes have the tags 1 to 500, and close() clears the generator', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    for (let i = 0; i < 501; i++) channel.basicPublish('', queue, Buffer.alloc(1024, i));
    const tags: (number | bigint)[] = [];
    const messages = channel.consume({ queue, autoAck: false, inactivityTimeout: LIMIT });
    for (const { method, body } of messages) {
      if (method === null) break;
      expect(Buffer.alloc(1024, tags.length).equals(body)).to.equal(true);
      tags.push(method.deliveryTag);
      channel.basicAck(method.deliveryTag);
      if (tags.length === 500) break;
    }
    expect(tags).to.deep.equal(Array.from({ length: 500 }, (_, i) => i + 1));
    settle(channel, queue);
    expect(channel.getWaitingMessageCount()).to.equal(1);
    channel.close();
    expect(channel.getWaitingMessageCount()).to.equal(0);
    expect([...messages]).to.deep.equal([]);
    expect(countOf(channel.connection.channel(), queue)).to.equal(1);
  });

  it('C40 consume() with an inactivityTimeout of 100 on an empty queue yields nulls after 100 ms', () => {
    const channel = session.channel();
    const messages = channel.consume({ queue: session.queue(channel), inactivityTimeout: 100 });
    const time = durationOf(() => {
      expect(messages.next()).to.deep.equal({ done: false, value: { method: null, properties: null, body: null } });
    });
    expect(time).to.be.within(100, QUICK);
    expect(messages.next().value).to.deep.equal({ method: null, properties: null, body: null });
    expect(channel.cancel()).to.equal(0);
  });

  it('C41 a queue that is deleted under consume() ends it', () => {
    const connection = session.connect();
    const [channel, other] = [connection.channel(), connection.channel()];
    const queue = session.queue(channel);
    publish(channel, queue, 'the last');
    connection.callLater(0, () => other.queueDelete({ queue }));
    expect(drain(channel, queue)).to.deep.equal(['the last']);
    expect(channel.isOpen).to.equal(true);
    expect(channel.cancel()).to.equal(0);
  });

  it('C42 cancel() while a cancel by the broker is pending ends consume() cleanly', () => {
    const [connection, proxy] = session.proxied();
    const channel = connection.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'first', 'second');
    const bodies: string[] = [];
    for (const { method, body } of channel.consume({ queue, inactivityTimeout: LIMIT })) {
      if (method === null) break;
      bodies.push(String(body));
      proxy.pretend(channel.channelNumber, BASIC_CANCEL, { consumerTag: method.consumerTag, nowait: true });
      settle(channel, queue);
      expect(channel.cancel()).to.equal(0);
    }
    expect(bodies).to.deep.equal(['first']);
    expect(channel.getWaitingMessageCount()).to.equal(0);
    connection.sleep(20);
    expect(channel.isOpen).to.equal(true);
  });

  it('C43 an error of the channel during consume() leaves the loop as ChannelClosedByBroker', () => {
    const channel = session.channel();
    const { connection } = channel;
    const leaked: unknown[] = [];
    connection.ioloop.handleCallbackException = (_callback, error) => void leaked.push(error);
    const queue = session.queue(channel);
    publish(channel, queue, 'a message');
    let seen = 0;
    const error = caught(() => {
      for (const { method } of channel.consume({ queue, inactivityTimeout: LIMIT })) {
        if (method === null) break;
        seen++;
        channel.basicPublish(broker.unique('absent'), '', 'lost');
      }
    });
    expect(error).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 404 });
    expect([seen, channel.isClosed, connection.isOpen]).to.deep.equal([1, true, true]);
    connection.sleep(20);
    expect(leaked).to.deep.equal([]);
  });

  it('C50 basicGet() works twice in sequence', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    publish(channel, queue, 'first', 'second');
    const bodies = [1, 2].map(() => String(channel.basicGet({ queue, autoAck: true })?.body));
    expect(bodies).to.deep.equal(['first', 'second']);
  });

  it('C51 a second basicGet() before the answer to the first throws DuplicateGetOkCallback', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    const errors: Error[] = [];
    channel.connection.ioloop.addCallback(() => errors.push(caught(() => channel.basicGet({ queue }))));
    expect(channel.basicGet({ queue })).to.equal(null);
    expect(errors[0]).to.be.instanceOf(DuplicateGetOkCallback);
    expect(channel.basicGet({ queue })).to.equal(null);
  });

  it('consume() goes on where a loop over it was left, and refuses other arguments until cancel()', () => {
    const channel = session.channel();
    const [queue, other] = [session.queue(channel), session.queue(channel)];
    publish(channel, queue, 'first', 'second', 'third');
    const next = (): string => {
      for (const { body } of channel.consume({ queue, inactivityTimeout: LIMIT })) return String(body);
      return expect.fail('consume() has ended');
    };
    expect([next(), next()]).to.deep.equal(['first', 'second']);
    for (const wrong of [{ queue: other }, { queue, autoAck: true }, { queue, exclusive: true }]) {
      expect(caught(() => channel.consume(wrong)))
        .to.be.instanceOf(RangeError)
        .with.property('code', 'ARG_RANGE');
    }
    settle(channel, queue);
    expect(channel.getWaitingMessageCount()).to.equal(1);
    expect(channel.consumerTags).to.deep.equal([]);
    expect(channel.cancel()).to.equal(1);
    expect(channel.getWaitingMessageCount()).to.equal(0);
    settle(channel, queue);
    expect(countOf(channel, queue)).to.equal(1);
    expect(channel.cancel()).to.equal(0);
  });

  it('consume() with an inactivityTimeout of 0 polls, and cancel() with autoAck drops what was buffered', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    const messages = channel.consume({ queue, autoAck: true, inactivityTimeout: 0 });
    expect(durationOf(() => expect(messages.next().value).to.include({ body: null }))).to.be.below(QUICK);
    publish(channel, queue, 'buffered');
    settle(channel, queue);
    expect(channel.getWaitingMessageCount()).to.equal(1);
    expect(channel.cancel()).to.equal(0);
    expect([...messages]).to.deep.equal([]);
    expect(countOf(channel, queue)).to.equal(0);
  });
}
