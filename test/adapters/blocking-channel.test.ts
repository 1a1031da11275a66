import { expect } from 'chai';
import {
  type BlockingChannel,
  ChannelClosedByBroker,
  ChannelWrongStateError,
  DuplicateConsumerTag,
  DuplicateGetOkCallback,
  InvalidChannelNumber,
  KeyboardInterrupt,
  ReentrancyError,
  RpcTimeout,
  StreamLostError,
  WaitCancelled,
} from '../../adapters/index.ts';
import { BASIC_CANCEL, BASIC_CANCEL_OK, BASIC_CONSUME_OK, BASIC_GET_EMPTY } from '../../amqp/index.ts';
import { withBroker, withPeer } from './blocking-world.ts';
import { caught, expectFault } from './caught.ts';

/** A channel with a queue `q` that holds these messages. */
function withQueue(...bodies: string[]): ReturnType<typeof withBroker> & { channel: BlockingChannel } {
  const made = withBroker();
  const channel = made.connection.channel();
  channel.queueDeclare({ queue: 'q' });
  for (const body of bodies) channel.basicPublish('', 'q', body);
  return { ...made, channel };
}

describe('BlockingChannel', () => {
  it('returns the reply of each call, and gives its fields by our names', () => {
    const { channel, connection } = withQueue('one', 'two');
    expect(channel.connection).to.equal(connection);
    expect(channel.exchangeDeclare({ exchange: 'e', exchangeType: 'fanout' })).to.equal(undefined);
    expect(channel.queueBind({ queue: 'q', exchange: 'e' })).to.equal(undefined);
    expect(channel.queueDeclare({ queue: 'q', passive: true })).to.deep.include({ queue: 'q', messageCount: 2 });
    expect(channel.flow({ active: true })).to.deep.equal({ active: true });
    expect(channel.txSelect()).to.equal(undefined);
    expect(channel.queuePurge({ queue: 'q' })).to.deep.equal({ messageCount: 2 });
  });

  it('refuses nowait, which would wait for nothing, and takes the word for its absence', () => {
    const { channel } = withQueue();
    const nowait: object = { queue: 'q', nowait: true };
    expectFault(() => channel.queueDeclare(nowait), TypeError, 'ARG_UNKNOWN_FIELD', 'nowait');
    expectFault(
      () => channel.basicCancel({ consumerTag: 't', nowait: true }),
      TypeError,
      'ARG_UNKNOWN_FIELD',
      'nowait',
    );
    expect(channel.queueDeclare({ ...nowait, nowait: false } as object).queue).to.equal('q');
  });

  it('takes limits in place of fields that a call does not have', () => {
    const { connection } = withPeer();
    expect(() => connection.channel().txSelect({ timeout: 20 })).to.throw(RpcTimeout);
    expect(() => connection.channel().txSelect({ signal: AbortSignal.abort() })).to.throw(WaitCancelled);
  });

  it('is closed by close(), and refuses every call after that', () => {
    const { channel } = withQueue();
    channel.close();
    expect([channel.isOpen, channel.isClosed]).to.deep.equal([false, true]);
    for (const late of [
      () => channel.close(),
      () => channel.queueDeclare(),
      () => channel.basicPublish('', 'q', ''),
      () => channel.basicGet({ queue: 'q' }),
      () => channel.basicConsume({ queue: 'q' }, () => {}),
      () => channel.consume({ queue: 'q' }),
      () => channel.basicCancel({ consumerTag: 't' }),
      () => channel.startConsuming(),
      () => channel.waitForConfirms(),
      () => channel.basicAck(1),
    ]) {
      const error = caught(late);
      expect(error, String(late)).to.be.instanceOf(ChannelWrongStateError);
      expect(error.cause).to.have.property('name', 'ChannelClosedByClient');
    }
    channel[Symbol.dispose]();
  });

  it('is closed by `using`', () => {
    const { connection } = withBroker();
    const channel = connection.channel();
    const body = (): void => {
      using inner = channel;
      inner.queueDeclare({ queue: 'missing', passive: true });
    };
    expect(body).to.throw(ChannelClosedByBroker);
    expect(channel.isClosed).to.equal(true);
  });

  it('throws the close of the broker out of the call that waits, and nowhere else', () => {
    const { channel, connection } = withQueue();
    const error = caught(() => channel.queueDeclare({ queue: 'missing', passive: true }));
    expect(error).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 404 });
    connection.processDataEvents(5);
    expect(caught(() => channel.basicQos()).cause).to.equal(error);
  });

  it('has the number that was asked for, or says why not', () => {
    const { connection } = withBroker();
    expect(connection.channel({ channelNumber: 7 }).channelNumber).to.equal(7);
    expect(connection.channel({ channelNumber: 0 }).channelNumber).to.equal(1);
    expect(() => connection.channel({ channelNumber: 7 })).to.throw(InvalidChannelNumber);
    expectFault(() => connection.channel({ channelNumber: '1' } as object), TypeError, 'ARG_TYPE', 'channelNumber');
  });

  it('is closed where nobody waited for it to open', () => {
    const { connection, peer } = withPeer({ polite: false });
    connection.ioloop.callLater(5, () => {
      throw new KeyboardInterrupt();
    });
    expect(() => connection.channel()).to.throw(KeyboardInterrupt);
    expect(() => connection.channel({}, { timeout: 50 })).to.throw(RpcTimeout);
    connection.sleep(1);
    expect(peer.names).to.include('channel.close');
  });

  describe('basicGet()', () => {
    it('gives a message, or null', () => {
      const { channel } = withQueue('body');
      const message = channel.basicGet({ queue: 'q' });
      expect(message?.method).to.deep.include({ deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q' });
      expect(message?.properties.headers).to.equal(null);
      expect(String(message?.body)).to.equal('body');
      expect(channel.basicGet({ queue: 'q' })).to.equal(null);
    });

    it('after one that was interrupted waits for that answer first, and what it brought goes back', () => {
      const { channel, connection } = withQueue('only');
      connection.ioloop.addCallback(() => {
        throw new KeyboardInterrupt();
      });
      expect(() => channel.basicGet({ queue: 'q' })).to.throw(KeyboardInterrupt);
      const message = channel.basicGet({ queue: 'q' });
      expect(String(message?.body)).to.equal('only');
      expect(message?.method.redelivered).to.equal(true);
    });

    it('is refused in a callback of the loop while another one has no answer', () => {
      const { channel, connection } = withQueue('only');
      const errors: Error[] = [];
      connection.ioloop.addCallback(() => errors.push(caught(() => channel.basicGet({ queue: 'q' }))));
      expect(String(channel.basicGet({ queue: 'q' })?.body)).to.equal('only');
      expect(errors[0]).to.be.instanceOf(DuplicateGetOkCallback);
    });

    it('ends after its own time', () => {
      const { connection, peer } = withPeer();
      const channel = connection.channel();
      connection.ioloop.callLater(20, () => peer.send(channel.channelNumber, BASIC_GET_EMPTY));
      expect(channel.basicGet({ queue: 'q' }, { timeout: 30 })).to.equal(null);
      expect(() => channel.basicGet({ queue: 'q' }, { timeout: 30 })).to.throw(RpcTimeout, 'basic.get');
    });
  });

  describe('a consumer with a handler', () => {
    it('gets its messages by a dispatch, in order, with the channel', () => {
      const { channel, connection } = withQueue('a', 'b', 'c');
      const seen: string[] = [];
      const tag = channel.basicConsume({ queue: 'q', consumerTag: 'mine' }, (from, method, _properties, body) => {
        expect(from).to.equal(channel);
        from.basicAck(method.deliveryTag);
        seen.push(`${method.deliveryTag}${body}`);
      });
      expect(tag).to.equal('mine');
      expect(channel.consumerTags).to.deep.equal(['mine']);
      channel.basicQos();
      expect(seen).to.deep.equal([]);
      connection.sleep(1);
      expect(seen).to.deep.equal(['1a', '2b', '3c']);
    });

    it('may wait in its handler: what comes meanwhile waits for its turn', () => {
      const { channel, connection } = withQueue('a', 'b');
      const seen: string[] = [];
      channel.basicConsume({ queue: 'q', autoAck: true }, (_channel, _method, _properties, body) => {
        seen.push(`${body} begins`);
        if (seen.length === 1) channel.basicPublish('', 'q', 'c');
        connection.channel().queueDeclare({ queue: 'other' });
        connection.processDataEvents(5);
        seen.push(`${body} ends`);
      });
      connection.sleep(20);
      expect(seen).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    });

    it('that throws leaves the dispatch; that message is done with, the rest follows', () => {
      const { channel, connection } = withQueue('a', 'b', 'c');
      const seen: string[] = [];
      channel.basicConsume({ queue: 'q' }, (_channel, _method, _properties, body) => {
        seen.push(String(body));
        if (seen.length === 2) throw new Error('of the handler');
      });
      expect(() => channel.startConsuming()).to.throw('of the handler');
      expect(seen).to.deep.equal(['a', 'b']);
      connection.processDataEvents();
      expect(seen).to.deep.equal(['a', 'b', 'c']);
      expect(channel.isOpen).to.equal(true);
    });

    it('cannot have the tag of another one', () => {
      const { channel } = withQueue();
      channel.basicConsume({ queue: 'q', consumerTag: 't' }, () => {});
      expect(() => channel.basicConsume({ queue: 'q', consumerTag: 't' }, () => {})).to.throw(DuplicateConsumerTag);
      // @ts-expect-error no function
      expectFault(() => channel.basicConsume({ queue: 'q' }, 5), TypeError, 'ARG_TYPE', 'onMessage');
    });

    it('is gone where the broker refused it', () => {
      const { channel } = withQueue();
      expect(() => channel.basicConsume({ queue: 'missing' }, () => {})).to.throw(ChannelClosedByBroker);
      expect(channel.consumerTags).to.deep.equal([]);
    });

    it('loses nothing at basicCancel(): unseen messages go back, or with autoAck to the caller', () => {
      const { channel } = withQueue('a', 'b');
      const tag = channel.basicConsume({ queue: 'q' }, () => {});
      channel.basicQos();
      expect(channel.basicCancel({ consumerTag: tag })).to.deep.equal([]);
      expect(channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(2);
      const automatic = channel.basicConsume({ queue: 'q', autoAck: true }, () => {});
      channel.basicQos();
      const left = channel.basicCancel({ consumerTag: automatic });
      expect(left.map(({ body }) => String(body))).to.deep.equal(['a', 'b']);
      expect(left[0]).to.have.all.keys('method', 'properties', 'body');
      expect(channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(0);
    });

    it('gets what the broker sent before it heard of the cancel', () => {
      const { channel } = withQueue();
      const tag = channel.basicConsume({ queue: 'q', autoAck: true }, () => {});
      channel.basicPublish('', 'q', 'late');
      expect(channel.basicCancel({ consumerTag: tag }).map(({ body }) => String(body))).to.deep.equal(['late']);
    });

    it('that nobody knows is told in a warning', () => {
      const { channel, log } = withQueue();
      expect(channel.basicCancel({ consumerTag: 'x' })).to.deep.equal([]);
      expect(log.join()).to.include('warn basicCancel: channel 1 has no active consumer "x"');
    });

    it('is told when the broker cancels it, behind the messages that came before', () => {
      const { channel, connection } = withQueue('a');
      const seen: unknown[] = [];
      const tag = channel.basicConsume({ queue: 'q' }, (_channel, _method, _properties, body) => seen.push(`${body}`));
      channel.addOnCancelCallback((_channel, { name, consumerTag }) => seen.push([name, consumerTag]));
      connection.channel().queueDelete({ queue: 'q' });
      expect(channel.consumerTags).to.deep.equal([tag]);
      channel.startConsuming();
      expect(seen).to.deep.equal(['a', ['basic.cancel', tag]]);
      expect(channel.consumerTags).to.deep.equal([]);
    });

    it('may be cancelled here when the broker has cancelled it already', () => {
      const { channel, connection } = withQueue('a');
      const seen: unknown[] = [];
      const tag = channel.basicConsume({ queue: 'q' }, () => seen.push('message'));
      channel.addOnCancelCallback(() => seen.push('cancel'));
      connection.channel().queueDelete({ queue: 'q' });
      expect(channel.basicCancel({ consumerTag: tag })).to.deep.equal([]);
      connection.processDataEvents(5);
      expect(seen).to.deep.equal([]);
    });
  });

  describe('startConsuming()', () => {
    it('returns at once without consumers, and when a handler has stopped or closed them', () => {
      for (const stop of [
        (channel: BlockingChannel) => channel.stopConsuming(),
        (channel: BlockingChannel) => channel.close(),
        (channel: BlockingChannel) => channel.connection.close(),
      ]) {
        const { channel } = withQueue('a', 'b');
        channel.startConsuming();
        const seen: string[] = [];
        channel.basicConsume({ queue: 'q' }, (from, _method, _properties, body) => {
          seen.push(String(body));
          stop(from);
        });
        channel.startConsuming();
        expect(seen).to.deep.equal(['a']);
      }
    });

    it('is ended by a timer, a signal, and its own time', () => {
      const { channel, connection } = withQueue();
      channel.basicConsume({ queue: 'q' }, () => {});
      connection.callLater(10, () => channel.stopConsuming());
      channel.startConsuming();
      channel.basicConsume({ queue: 'q' }, () => {});
      expect(() => channel.startConsuming({ signal: AbortSignal.abort('off') })).to.throw(WaitCancelled);
      expect(channel.isClosed).to.equal(true);
      const other = connection.channel();
      other.basicConsume({ queue: 'q' }, () => {});
      expect(() => other.startConsuming({ timeout: 30 })).to.throw(RpcTimeout, 'startConsuming');
    });

    it('is left by Ctrl-C, with the consumer in place', () => {
      const { channel, connection } = withQueue();
      const seen: string[] = [];
      channel.basicConsume({ queue: 'q' }, (_channel, _method, _properties, body) => {
        seen.push(String(body));
        channel.stopConsuming();
      });
      connection.ioloop.callLater(10, () => {
        throw new KeyboardInterrupt();
      });
      expect(() => channel.startConsuming()).to.throw(KeyboardInterrupt);
      channel.basicPublish('', 'q', 'after');
      channel.startConsuming();
      expect(seen).to.deep.equal(['after']);
    });

    it('throws when the broker closes the channel, and when a handler swallowed that', () => {
      const { channel, connection } = withQueue('a');
      channel.basicConsume({ queue: 'q' }, () => {});
      connection.callLater(5, () => channel.basicPublish('missing', '', ''));
      expect(() => channel.startConsuming()).to.throw(ChannelClosedByBroker, '404');
      const other = connection.channel();
      other.basicConsume({ queue: 'q' }, () => {
        expect(() => other.queueDeclare({ queue: 'none', passive: true })).to.throw(ChannelClosedByBroker);
      });
      const error = caught(() => other.startConsuming());
      expect(error).to.be.instanceOf(ChannelWrongStateError);
      expect(error.cause).to.be.instanceOf(ChannelClosedByBroker);
    });

    it('is refused in a handler', () => {
      const { channel, connection } = withQueue();
      connection.addCallbackThreadsafe(() => channel.startConsuming());
      expect(() => connection.processDataEvents()).to.throw(ReentrancyError);
    });
  });

  describe('consume()', () => {
    it('gives messages one at a time, and goes on where a loop was left', () => {
      const { channel } = withQueue('a', 'b', 'c');
      const fields = { queue: 'q', arguments: { x: [1] } };
      for (const { method, body } of channel.consume(fields)) {
        expect(String(body)).to.equal('a');
        channel.basicAck(method.deliveryTag);
        break;
      }
      expect(channel.getWaitingMessageCount()).to.equal(2);
      expect(channel.consumerTags).to.deep.equal([]);
      const [second] = channel.consume({ ...fields, arguments: { x: [1] } });
      expect(String(second?.body)).to.equal('b');
      expect(channel.cancel()).to.equal(1);
      expect(channel.getWaitingMessageCount()).to.equal(0);
      expect(channel.cancel()).to.equal(0);
    });

    it('refuses other arguments at the call, but another inactivityTimeout', () => {
      const { channel } = withQueue('a');
      channel.consume({ queue: 'q' }).next();
      for (const other of [
        { queue: 'p' },
        { queue: 'q', autoAck: true },
        { queue: 'q', exclusive: true },
        { queue: 'q', consumerTag: 't' },
        { queue: 'q', arguments: { x: 1 } },
      ]) {
        expectFault(() => channel.consume(other), RangeError, 'ARG_RANGE', 'fields');
      }
      expect(channel.consume({ queue: 'q', inactivityTimeout: 0 }).next().value?.method).to.equal(null);
    });

    it('asks the broker for nothing before the first step', () => {
      const { channel } = withQueue('a');
      channel.consume({ queue: 'missing' });
      expect(channel.consume({ queue: 'q' }).next().value?.method.deliveryTag).to.equal(1);
    });

    it('gives nulls when no message came in time, and goes on', () => {
      const { channel, connection } = withQueue();
      const messages = channel.consume({ queue: 'q', inactivityTimeout: 100 });
      const began = connection.ioloop.time();
      expect(messages.next()).to.deep.equal({ done: false, value: { method: null, properties: null, body: null } });
      expect(connection.ioloop.time() - began).to.equal(100);
      connection.callLater(50, () => channel.basicPublish('', 'q', 'a'));
      expect(String(messages.next().value?.body)).to.equal('a');
      expectFault(
        () => channel.consume({ queue: 'q', inactivityTimeout: -1 }),
        RangeError,
        'ARG_RANGE',
        'inactivityTimeout',
      );
    });

    it('dispatches the events of others while it waits', () => {
      const { channel, connection } = withQueue();
      const seen: string[] = [];
      for (const delay of [10, 20]) connection.callLater(delay, () => seen.push(`timer ${delay}`));
      channel.consume({ queue: 'q', inactivityTimeout: 30 }).next();
      expect(seen).to.deep.equal(['timer 10', 'timer 20']);
    });

    it('ends with cancel() in its body, and when the broker cancels, after what had come', () => {
      const { channel, connection } = withQueue('a', 'b');
      let count = 0;
      for (const _ of channel.consume({ queue: 'q' })) {
        count++;
        expect(channel.cancel()).to.equal(1);
      }
      expect(count).to.equal(1);
      const messages = channel.consume({ queue: 'q' });
      messages.next();
      connection.channel().queueDelete({ queue: 'q' });
      expect([...messages]).to.have.length(0);
      expect(channel.cancel()).to.equal(0);
    });

    it('returns 0 from cancel() for autoAck, and when the broker was faster', () => {
      const { channel, connection } = withQueue('a', 'b', 'c');
      channel.consume({ queue: 'q', autoAck: true }).next();
      expect(channel.cancel()).to.equal(0);
      expect(channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(0);
      for (const body of 'ab') channel.basicPublish('', 'q', body);
      channel.consume({ queue: 'q' }).next();
      connection.channel().queueDelete({ queue: 'q' });
      expect(channel.getWaitingMessageCount()).to.equal(1);
      expect(channel.cancel()).to.equal(0);
      channel.queueDeclare({ queue: 'q' });
    });

    it('is refused at its first step in a handler, and may be stepped there when it has begun', () => {
      const { channel, connection } = withQueue('a', 'b');
      connection.addCallbackThreadsafe(() => channel.consume({ queue: 'q' }).next());
      expect(() => connection.processDataEvents()).to.throw(ReentrancyError);
      const messages = channel.consume({ queue: 'q' });
      messages.next();
      const seen: string[] = [];
      connection.addCallbackThreadsafe(() => seen.push(String(messages.next().value?.body)));
      connection.processDataEvents();
      expect(seen).to.deep.equal(['b']);
    });

    it('is left by Ctrl-C, and the same iterable goes on', () => {
      const { channel, connection } = withQueue('a');
      const messages = channel.consume({ queue: 'q' });
      messages.next();
      connection.ioloop.callLater(5, () => {
        throw new KeyboardInterrupt();
      });
      expect(() => messages.next()).to.throw(KeyboardInterrupt);
      channel.basicPublish('', 'q', 'b');
      expect(String(messages.next().value?.body)).to.equal('b');
    });

    it('throws what ends the channel or the connection', () => {
      const { channel, connection } = withQueue();
      connection.callLater(5, () => channel.basicPublish('missing', '', ''));
      const messages = channel.consume({ queue: 'q' });
      expect(() => messages.next()).to.throw(ChannelClosedByBroker);
      expect(() => messages.next()).to.throw(ChannelWrongStateError);
      const lost = withPeer();
      const other = lost.connection.channel();
      lost.connection.ioloop.callLater(5, () => lost.peer.end());
      expect(() => other.consume({ queue: 'q' }).next()).to.throw(StreamLostError);
    });

    it('ends quietly when this side closes the channel', () => {
      const { channel } = withQueue('a', 'b');
      let count = 0;
      for (const _ of channel.consume({ queue: 'q' })) {
        count++;
        channel.close();
      }
      expect(count).to.equal(1);
    });

    it('is called off by its signal, which closes the channel', () => {
      const { channel, connection } = withQueue();
      const controller = new AbortController();
      connection.ioloop.callLater(5, () => controller.abort());
      const messages = channel.consume({ queue: 'q' }, { signal: controller.signal });
      expect(() => messages.next()).to.throw(WaitCancelled);
      expect(channel.isClosed).to.equal(true);
    });

    it('behaves as generators do when it is thrown into, and has what iterators have', () => {
      const { channel } = withQueue('a', 'b');
      const messages = channel.consume({ queue: 'q' });
      messages.next();
      expect(() => messages.throw(new Error('in'))).to.throw('in');
      expect(messages.next()).to.deep.equal({ done: true, value: undefined });
      expect(messages[Symbol.iterator]()).to.equal(messages);
      expect(Object.getPrototypeOf(Object.getPrototypeOf(messages))).to.have.property(Symbol.iterator);
    });
  });

  it('takes a broker that cancels what this side is cancelling', () => {
    const { connection, peer } = withPeer();
    const channel = connection.channel();
    connection.ioloop.callLater(5, () => peer.send(1, BASIC_CONSUME_OK, { consumerTag: 't' }));
    channel.basicConsume({ queue: 'q', consumerTag: 't' }, () => {});
    connection.ioloop.callLater(5, () => {
      peer.send(1, BASIC_CANCEL, { consumerTag: 't', nowait: true });
      peer.send(1, BASIC_CANCEL_OK, { consumerTag: 't' });
    });
    expect(channel.basicCancel({ consumerTag: 't' })).to.deep.equal([]);
    connection.processDataEvents(5);
    expect(channel.isOpen).to.equal(true);
  });

  it('drops what waits for handlers when the broker closes it', () => {
    const { channel, connection } = withQueue('a');
    const seen: string[] = [];
    channel.basicConsume({ queue: 'q' }, () => seen.push('message'));
    channel.basicPublish('missing', '', '');
    connection.channel();
    expect(() => connection.processDataEvents()).to.throw(ChannelClosedByBroker);
    expect(seen).to.deep.equal([]);
  });
});
