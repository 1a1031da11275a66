import { expect } from 'chai';
import {
  BASIC_CANCEL,
  BASIC_CANCEL_OK,
  BASIC_CONSUME_OK,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  BASIC_RECOVER,
  BASIC_RECOVER_OK,
  type ChannelMachine,
  DuplicateConsumerTag,
  DuplicateGetOkCallback,
  encodeContentFrames,
  type MessageHandler,
  QUEUE_DECLARE,
  QUEUE_DELETE,
  REPLY_TO,
  TX_COMMIT,
  TX_COMMIT_OK,
  TX_ROLLBACK,
  TX_ROLLBACK_OK,
  TX_SELECT,
  TX_SELECT_OK,
} from '../../amqp/index.ts';
import { delivery, Peer, text } from './peer.ts';

function open(options = {}): { peer: Peer; channel: ChannelMachine } {
  const peer = new Peer(options).login();
  const channel = peer.channel();
  peer.told.length = 0;
  peer.seen.length = 0;
  return { peer, channel };
}

/** Starts a consumer `c` that writes down what it gets. */
function consume(peer: Peer, channel: ChannelMachine, noAck = false): void {
  const fields = { queue: 'q', consumerTag: 'c', noAck };
  channel.consume(
    fields,
    (method, _properties, body) => peer.told.push(['message', method.deliveryTag, text(body)]),
    null,
  );
  peer.method(channel.number, BASIC_CONSUME_OK, { consumerTag: 'c' });
  peer.seen.length = 0;
}

describe('the consumers of a channel', () => {
  it('take direct answers, which all have the tag of the next delivery', () => {
    const { peer, channel } = open();
    const take = (kind: string): MessageHandler => {
      return (method, _properties, body) => peer.told.push([kind, method.deliveryTag, text(body)]);
    };
    channel.consume({ queue: REPLY_TO, consumerTag: 'answers', noAck: true }, take('answer'), null);
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'answers' });
    channel.consume({ queue: 'q', consumerTag: 'c' }, take('message'), null);
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    for (const [consumerTag, deliveryTag, body] of [
      ['answers', 1, 'a'],
      ['answers', 1, 'b'],
      ['c', 1, 'd'],
      ['answers', 2, 'e'],
    ] as const) {
      peer.bytes(delivery(1, consumerTag, deliveryTag, body));
    }
    expect(peer.told).to.deep.equal([
      ['answer', 1, 'a'],
      ['answer', 1, 'b'],
      ['message', 1, 'd'],
      ['answer', 2, 'e'],
    ]);
    channel.ack(1, false);
  });

  it('have a tag at once, which no other may take while they are there', () => {
    const { peer, channel } = open();
    const tag = channel.consume({ queue: 'q' }, () => undefined, null);
    expect(tag).to.match(/^ctag1\.[0-9a-f]{32}$/);
    expect(channel.consumerTags).to.deep.equal([tag]);
    expect(() => channel.consume({ queue: 'q', consumerTag: tag }, () => undefined, null)).to.throw(
      DuplicateConsumerTag,
    );
    peer.take();
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: tag });
    channel.cancel(tag, false, () => peer.told.push(['cancelled']));
    expect(() => channel.consume({ queue: 'q', consumerTag: tag }, () => undefined, null)).to.throw(
      DuplicateConsumerTag,
    );
    expect(channel.cancel(tag, false, null)).to.equal(false);
    peer.method(1, BASIC_CANCEL_OK, { consumerTag: tag });
    expect(peer.told).to.deep.equal([['cancelled']]);
    expect(channel.consumerTags).to.deep.equal([]);
  });

  it('get their messages, which go back to the queue once they are being cancelled', () => {
    const { peer, channel } = open();
    consume(peer, channel);
    peer.bytes(delivery(1, 'c', 1, 'one'));
    channel.cancel('c', true, null);
    peer.bytes(delivery(1, 'c', 2, 'two'));
    expect(peer.told).to.deep.equal([['message', 1, 'one']]);
    expect(peer.names).to.deep.equal(['basic.cancel', 'basic.reject']);
    expect(peer.seen[1]?.fields).to.deep.equal({ deliveryTag: 2, requeue: true });
    expect(() => channel.ack(2, false)).to.throw(RangeError);
    channel.ack(1, false);
  });

  it('lose what comes after their end when it needs no ack', () => {
    const { peer, channel } = open();
    consume(peer, channel, true);
    channel.cancel('c', false, null);
    peer.bytes(delivery(1, 'c', 1, 'late'));
    expect(peer.told).to.deep.equal([]);
    expect(peer.names).to.deep.equal(['basic.cancel']);
  });

  it('are gone before it is told that the broker cancelled them (C3)', () => {
    const { peer, channel } = open();
    let tags: string[] = ['?'];
    const ours = peer.channel(2, {
      cancelled: (tag) => {
        tags = ours.consumerTags;
        peer.told.push(['gone', tag]);
      },
    });
    consume(peer, channel);
    ours.consume({ queue: 'q', consumerTag: 'd' }, () => undefined, null);
    peer.method(2, BASIC_CONSUME_OK, { consumerTag: 'd' });
    peer.seen.length = 0;
    peer.method(2, BASIC_CANCEL, { consumerTag: 'd', nowait: true });
    expect(peer.told.at(-1)).to.deep.equal(['gone', 'd']);
    expect(tags).to.deep.equal([]);
    expect(peer.seen).to.deep.equal([]);
  });

  it('may close their channel from a handler: no message follows', () => {
    const { peer, channel } = open();
    let count = 0;
    channel.consume(
      { queue: 'q', consumerTag: 'c' },
      () => {
        count++;
        channel.close(200, 'enough');
      },
      null,
    );
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    peer.bytes(Uint8Array.of(...delivery(1, 'c', 1, 'a'), ...delivery(1, 'c', 2, 'b')));
    expect(count).to.equal(1);
  });
});

describe('the acknowledgements of a channel', () => {
  it('are written for open tags alone (C5)', () => {
    const { peer, channel } = open();
    consume(peer, channel);
    for (let tag = 1; tag <= 6; tag++) peer.bytes(delivery(1, 'c', tag, ''));
    channel.ack(2, false);
    channel.nack(3n, true, false);
    channel.reject(5, true);
    for (const tag of [0, 1, 2, 3, 5, 7, 2n ** 64n - 1n]) {
      expect(() => channel.ack(tag, false), String(tag))
        .to.throw(RangeError)
        .with.property('code', 'UNKNOWN_DELIVERY_TAG');
    }
    expect(() => channel.ack(1.5, false))
      .to.throw(RangeError)
      .with.property('code', 'ARG_RANGE');
    expect(() => channel.ack('1' as never, false))
      .to.throw(TypeError)
      .with.property('code', 'ARG_TYPE');
    channel.ack(0, true);
    channel.ack(0, true);
    expect(() => channel.ack(4, false)).to.throw(RangeError);
    expect(peer.take().map(({ name, fields }) => [name, fields.deliveryTag])).to.deep.equal([
      ['basic.ack', 2],
      ['basic.nack', 3],
      ['basic.reject', 5],
      ['basic.ack', 0],
      ['basic.ack', 0],
    ]);
  });

  it('are not for what needs none', () => {
    const { peer, channel } = open();
    consume(peer, channel, true);
    peer.bytes(delivery(1, 'c', 1, ''));
    expect(() => channel.ack(1, false)).to.throw(RangeError);
  });

  it('are open again after the rollback of their transaction, and settled after its commit', () => {
    const { peer, channel } = open();
    consume(peer, channel);
    for (let tag = 1; tag <= 4; tag++) peer.bytes(delivery(1, 'c', tag, ''));
    channel.call(TX_SELECT, {}, null);
    peer.method(1, TX_SELECT_OK, {});
    channel.ack(1, false);
    channel.call(TX_COMMIT, {}, null);
    channel.ack(3, true);
    peer.method(1, TX_COMMIT_OK, {});
    channel.call(TX_ROLLBACK, {}, null);
    channel.ack(4, false);
    peer.method(1, TX_ROLLBACK_OK, {});
    expect(() => channel.ack(1, false)).to.throw(RangeError);
    expect(() => channel.ack(4, false)).to.throw(RangeError);
    channel.ack(2, false);
    channel.ack(3, false);
  });

  it('are not for what was delivered before basic.recover', () => {
    const { peer, channel } = open();
    consume(peer, channel);
    peer.bytes(delivery(1, 'c', 1, ''));
    channel.call(BASIC_RECOVER, { requeue: true }, null);
    peer.method(1, BASIC_RECOVER_OK, {});
    peer.bytes(delivery(1, 'c', 2, ''));
    expect(() => channel.ack(1, false)).to.throw(RangeError);
    channel.ack(2, false);
  });
});

describe('basic.get on a channel', () => {
  it('overtakes the calls that wait, one at a time', () => {
    const { peer, channel } = open();
    channel.call(QUEUE_DECLARE, { queue: 'q' }, null);
    channel.call(QUEUE_DELETE, { queue: 'q' }, null);
    const got: unknown[] = [];
    channel.get('q', false, (_error, message) => got.push(message === null ? null : text(message.body)));
    expect(() => channel.get('q', false, () => undefined)).to.throw(DuplicateGetOkCallback);
    expect(peer.take().map(({ name }) => name)).to.deep.equal(['queue.declare', 'basic.get']);
    const fields = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q', messageCount: 0 };
    peer.bytes(encodeContentFrames(1, BASIC_GET_OK, fields, {}, 'body', 0));
    channel.ack(1, false);
    channel.get('q', false, (_error, message) => got.push(message));
    peer.method(1, BASIC_GET_EMPTY, {});
    expect(got).to.deep.equal(['body', null]);
  });

  it('closes the channel when no answer comes', () => {
    const { peer, channel } = open();
    const ends: unknown[] = [];
    channel.get('q', false, (error) => ends.push(error));
    peer.take();
    peer.wait(20_000);
    expect(ends[0]).to.include({ name: 'RpcTimeout', method: 'basic.get' });
    expect(peer.events).to.deep.equal(['closed@1']);
  });
});
