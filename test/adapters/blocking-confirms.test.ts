import { expect } from 'chai';
import {
  type BlockingChannel,
  type BlockingConnection,
  ChannelClosedByBroker,
  ChannelWrongStateError,
  KeyboardInterrupt,
  NackError,
  PublishUnknownError,
  ReentrancyError,
  RpcTimeout,
  StreamLostError,
  UnroutableError,
  WaitCancelled,
} from '../../adapters/index.ts';
import { BASIC_ACK, BASIC_NACK, CONFIRM_SELECT_OK } from '../../amqp/index.ts';
import { withBroker, withPeer } from './blocking-world.ts';
import { caught, expectFault } from './caught.ts';
import type { ScriptedPeer } from './scripted-peer.ts';

/** A channel in confirm mode whose peer confirms what the test tells it to. */
function confirming(window?: number): { connection: BlockingConnection; peer: ScriptedPeer; channel: BlockingChannel } {
  const { connection, peer } = withPeer();
  const channel = connection.channel();
  connection.ioloop.callLater(1, () => peer.send(1, CONFIRM_SELECT_OK));
  channel.confirmDelivery(window === undefined ? {} : { window });
  return { connection, peer, channel };
}

describe('publishing in blocking style', () => {
  it('without confirms returns nothing, and does not wait', () => {
    const { connection, peer } = withPeer();
    const channel = connection.channel();
    const began = connection.ioloop.time();
    expect(channel.basicPublish('', 'q', 'x')).to.equal(undefined);
    expect(connection.ioloop.time()).to.equal(began);
    connection.sleep(1);
    expect(peer.names.slice(-3)).to.deep.equal(['basic.publish', 'content header', 'content body']);
  });

  it('checks what it is given before anything is sent', () => {
    const { connection } = withBroker();
    const channel = connection.channel();
    const publish = channel.basicPublish.bind(channel);
    // @ts-expect-error no body
    expectFault(() => publish('', 'q', 5), TypeError, 'ARG_TYPE', 'body');
    // @ts-expect-error no option
    expectFault(() => publish('', 'q', '', {}, { immediate: true }), TypeError, 'ARG_UNKNOWN_FIELD', 'immediate');
    expectFault(() => publish('', 'q', '', {}, { timeout: -1 }), RangeError, 'ARG_RANGE', 'timeout');
    expect(channel.isOpen).to.equal(true);
  });

  it('waits while more than outboundLimit is unsent, and goes on when there is room', () => {
    const { connection, peer } = withPeer({}, { outboundLimit: 300_000 });
    const channel = connection.channel();
    const body = 'x'.repeat(100_000);
    for (let i = 0; i < 40; i++) channel.basicPublish('', 'q', body);
    connection.sleep(10);
    expect(peer.names.filter((name) => name === 'basic.publish')).to.have.length(40);
  });

  it('hears of the broker though nothing is waited for', () => {
    const { connection } = withBroker();
    const channel = connection.channel();
    const publish = (): void => {
      for (let i = 0; i < 3000; i++) channel.basicPublish('missing', '', '');
    };
    expect(caught(publish)).to.be.instanceOf(ChannelClosedByBroker);
    expect(caught(publish)).to.be.instanceOf(ChannelWrongStateError);
    connection.processDataEvents(5);
  });

  it('gives returned messages to the callbacks, by a dispatch, in order', () => {
    const { connection } = withBroker();
    const channel = connection.channel();
    const seen: string[] = [];
    for (const text of ['one', 'two']) channel.basicPublish('', 'nowhere', text, null, { mandatory: true });
    channel.addOnReturnCallback((from, { replyCode }, _properties, body) => {
      expect(from).to.equal(channel);
      seen.push(`${replyCode} ${body}`);
    });
    channel.basicQos();
    expect(seen).to.deep.equal([]);
    connection.processDataEvents();
    expect(seen).to.deep.equal(['312 one', '312 two']);
  });

  it('calls every callback for a return, and throws the first error of one', () => {
    const { connection } = withBroker();
    const channel = connection.channel();
    const seen: string[] = [];
    channel.addOnReturnCallback(() => {
      throw new Error('of the first');
    });
    channel.addOnReturnCallback(() => seen.push('second'));
    channel.basicPublish('', 'nowhere', '', null, { mandatory: true });
    channel.basicQos();
    expect(() => connection.processDataEvents()).to.throw('of the first');
    expect(seen).to.deep.equal(['second']);
  });

  describe('with confirms, one at a time', () => {
    it('waits for the confirm of each message, and returns nothing', () => {
      const { connection, peer, channel } = confirming();
      connection.ioloop.callLater(30, () => peer.send(1, BASIC_ACK, { deliveryTag: 1, multiple: false }));
      const began = connection.ioloop.time();
      expect(channel.basicPublish('', 'q', 'x')).to.equal(undefined);
      expect(connection.ioloop.time() - began).to.equal(30);
    });

    it('throws UnroutableError with the message that came back, which the callbacks get too', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      const returned: string[] = [];
      channel.addOnReturnCallback((_channel, _method, _properties, body) => returned.push(String(body)));
      channel.confirmDelivery();
      const properties = { headers: { a: 1 } };
      const publish = (): unknown => channel.basicPublish('', 'nowhere', 'body', properties, { mandatory: true });
      const error = caught(publish) as UnroutableError;
      expect(error).to.be.instanceOf(UnroutableError);
      expect(error.messages).to.have.length(1);
      expect(error.messages[0]?.method).to.deep.include({ replyCode: 312, exchange: '', routingKey: 'nowhere' });
      expect(error.messages[0]?.properties.headers).to.deep.equal({ a: 1 });
      expect(String(error.messages[0]?.body)).to.equal('body');
      expect(returned).to.deep.equal([]);
      connection.processDataEvents();
      expect(returned).to.deep.equal(['body']);
    });

    it('throws NackError with the very message of the caller', () => {
      const { connection, peer, channel } = confirming();
      connection.ioloop.callLater(1, () =>
        peer.send(1, BASIC_NACK, { deliveryTag: 1, multiple: false, requeue: false }),
      );
      const [body, properties] = [Buffer.from('x'), { appId: 'a' }];
      const error = caught(() => channel.basicPublish('e', 'k', body, properties)) as NackError;
      expect(error).to.be.instanceOf(NackError);
      expect(error.tag).to.equal(1);
      expect(error.messages).to.deep.equal([{ method: { exchange: 'e', routingKey: 'k' }, properties, body }]);
      expect(error.messages[0]?.body).to.equal(body);
    });

    it('throws the close of the channel itself, once', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      channel.confirmDelivery();
      expect(() => channel.basicPublish('missing', 'k', '')).to.throw(ChannelClosedByBroker, '404');
      connection.processDataEvents(5);
    });

    it('throws the loss of the connection', () => {
      const { connection, peer, channel } = confirming();
      connection.ioloop.callLater(1, () => peer.end());
      expect(() => channel.basicPublish('', 'q', '')).to.throw(StreamLostError);
    });

    it('ends with its own limits', () => {
      for (const [limit, error] of [
        [{ timeout: 20 }, RpcTimeout],
        [{ signal: AbortSignal.abort() }, WaitCancelled],
      ] as const) {
        const { channel } = confirming();
        expect(() => channel.basicPublish('', 'q', '', null, limit)).to.throw(error);
        expect(channel.isClosed).to.equal(true);
      }
    });

    it('ends after confirmTimeout with PublishUnknownError', () => {
      const { connection, peer } = withPeer({}, { confirmTimeout: 60 });
      const channel = connection.channel();
      connection.ioloop.callLater(1, () => peer.send(1, CONFIRM_SELECT_OK));
      channel.confirmDelivery();
      expect(() => channel.basicPublish('', 'q', '')).to.throw(PublishUnknownError);
      expect(channel.isClosed).to.equal(true);
    });

    it('drops the verdict on a message whose wait was interrupted', () => {
      const { connection, peer, channel } = confirming();
      connection.ioloop.callLater(1, () => {
        throw new KeyboardInterrupt();
      });
      expect(() => channel.basicPublish('', 'q', 'one')).to.throw(KeyboardInterrupt);
      connection.ioloop.callLater(1, () => {
        peer.send(1, BASIC_NACK, { deliveryTag: 1, multiple: false, requeue: false });
        peer.send(1, BASIC_ACK, { deliveryTag: 2, multiple: false });
      });
      expect(channel.basicPublish('', 'q', 'two')).to.equal(undefined);
    });

    it('is refused in a callback of the loop, before it is sent', () => {
      const { connection, peer, channel } = confirming();
      const errors: Error[] = [];
      connection.ioloop.callLater(1, () => errors.push(caught(() => channel.basicPublish('', 'q', ''))));
      connection.sleep(5);
      expect(errors[0]).to.be.instanceOf(ReentrancyError);
      expect(peer.names).not.to.include('basic.publish');
    });
  });

  describe('with a window', () => {
    it('returns sequence numbers, and waits only for room', () => {
      const { connection, peer, channel } = confirming(3);
      const began = connection.ioloop.time();
      expect([1, 2, 3].map(() => channel.basicPublish('', 'q', ''))).to.deep.equal([1, 2, 3]);
      expect(connection.ioloop.time()).to.equal(began);
      connection.ioloop.callLater(40, () => peer.send(1, BASIC_ACK, { deliveryTag: 2, multiple: true }));
      expect(channel.basicPublish('', 'q', '')).to.equal(4);
      expect(connection.ioloop.time() - began).to.equal(40);
    });

    it('tells in waitForConfirms() of all that failed since the last call, NackError if any was refused', () => {
      const { connection, peer, channel } = confirming(10);
      for (const body of ['1', '2', '3', '4']) channel.basicPublish('', 'q', body);
      connection.ioloop.callLater(1, () => {
        peer.send(1, BASIC_NACK, { deliveryTag: 2, multiple: true, requeue: false });
        peer.send(1, BASIC_ACK, { deliveryTag: 3, multiple: false });
      });
      connection.ioloop.callLater(20, () => peer.send(1, BASIC_ACK, { deliveryTag: 4, multiple: false }));
      const began = connection.ioloop.time();
      const error = caught(() => channel.waitForConfirms()) as NackError;
      expect(error).to.be.instanceOf(NackError);
      expect(error.messages.map(({ body }) => body)).to.deep.equal(['1', '2']);
      expect(connection.ioloop.time() - began).to.equal(20);
      channel.waitForConfirms();
    });

    it('joins returned messages with refused ones', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      channel.queueDeclare({ queue: 'full', arguments: { 'x-max-length': 0, 'x-overflow': 'reject-publish' } });
      channel.confirmDelivery({ window: 100 });
      for (const body of ['1', '2']) channel.basicPublish('', 'nowhere', body, null, { mandatory: true });
      channel.basicPublish('', 'nowhere', 'dropped');
      const error = caught(() => channel.waitForConfirms()) as UnroutableError;
      expect(error).to.be.instanceOf(UnroutableError);
      expect(error.messages.map(({ body }) => String(body))).to.deep.equal(['1', '2']);
    });

    it('tells of messages whose fate is unknown, with the close as cause, in the call that waits', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      channel.confirmDelivery({ window: 5 });
      for (let i = 0; i < 3; i++) channel.basicPublish('missing', '', `${i}`);
      const error = caught(() => channel.waitForConfirms()) as PublishUnknownError;
      expect(error).to.be.instanceOf(PublishUnknownError);
      expect(error).to.deep.include({ tag: 1, tags: [1, 2, 3], channelNumber: 1 });
      expect(error.messages.map(({ body }) => String(body))).to.deep.equal(['0', '1', '2']);
      expect(error.message).to.include("3 messages (numbers 1 to 3, the first one to exchange 'missing' with key ''");
      expect(error.message).to.include('on channel 1').and.include('look in the queue');
      expect(error.cause).to.be.instanceOf(ChannelClosedByBroker);
      connection.processDataEvents(5);
      expect(() => channel.waitForConfirms()).to.throw(ChannelWrongStateError);
    });

    it('throws that where basicPublish() waits for room, too', () => {
      const { connection } = withBroker();
      const channel = connection.channel();
      channel.confirmDelivery({ window: 2 });
      const publish = (): unknown => channel.basicPublish('missing', '', '');
      publish();
      publish();
      const error = caught(publish);
      expect(error).to.be.instanceOf(PublishUnknownError);
      expect(error.cause).to.be.instanceOf(ChannelClosedByBroker);
    });

    it('throws what failed before the channel closed, in the calls after', () => {
      const { connection, peer, channel } = confirming(5);
      for (const body of ['1', '2']) channel.basicPublish('', 'q', body);
      connection.ioloop.callLater(1, () => {
        peer.send(1, BASIC_NACK, { deliveryTag: 1, multiple: false, requeue: false });
        peer.end();
      });
      expect(() => channel.waitForConfirms()).to.throw(PublishUnknownError);
      expect(() => channel.waitForConfirms()).to.throw(NackError);
      expect(connection.isClosed).to.equal(true);
    });

    it('has its own limits in waitForConfirms()', () => {
      const { channel } = confirming(5);
      channel.basicPublish('', 'q', '');
      expect(() => channel.waitForConfirms({ timeout: 20 })).to.throw(RpcTimeout);
      expect(channel.isClosed).to.equal(true);
    });

    it('is no wider than maxUnconfirmed', () => {
      const { connection, peer } = withPeer({}, { maxUnconfirmed: 2 });
      const channel = connection.channel();
      connection.ioloop.callLater(1, () => peer.send(1, CONFIRM_SELECT_OK));
      channel.confirmDelivery({ window: 50 });
      connection.ioloop.callLater(10, () => peer.send(1, BASIC_ACK, { deliveryTag: 1, multiple: false }));
      const began = connection.ioloop.time();
      for (let i = 0; i < 3; i++) channel.basicPublish('', 'q', '');
      expect(connection.ioloop.time() - began).to.be.within(8, 10);
    });

    it('must be a window', () => {
      const { channel } = confirming(5);
      expectFault(() => channel.confirmDelivery({ window: 0 }), RangeError, 'ARG_RANGE', 'window');
    });
  });

  it('is confirmed once confirmDelivery() was called; a second call is told in the log', () => {
    const { connection, log } = withBroker();
    const channel = connection.channel();
    channel.waitForConfirms();
    channel.confirmDelivery();
    channel.confirmDelivery({ window: 9 });
    expect(log.join()).to.include('error confirmDelivery: channel 1 has confirms already');
    expect(channel.basicPublish('', 'q', '')).to.equal(undefined);
  });
});
