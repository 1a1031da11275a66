import { expect } from 'chai';
import {
  type AMQPError,
  BASIC_ACK,
  BASIC_CONSUME_OK,
  BASIC_QOS,
  BASIC_QOS_OK,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_FLOW,
  CHANNEL_FLOW_OK,
  CHANNEL_OPEN_OK,
  type ChannelMachine,
  ChannelWrongStateError,
  CONFIRM_SELECT,
  CONFIRM_SELECT_OK,
  QUEUE_BIND,
  QUEUE_BIND_OK,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE,
  QUEUE_DELETE_OK,
} from '../../amqp/index.ts';
import { delivery, Peer, text } from './peer.ts';

const DECLARED = { queue: 'q', messageCount: 3, consumerCount: 1 };

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

describe('the calls of a channel', () => {
  it('await one reply at a time, in order, and send the next before they tell of the last', () => {
    const { peer, channel } = open();
    const done: string[] = [];
    channel.call(QUEUE_DECLARE, { queue: 'q' }, (_error, reply) => {
      done.push(JSON.stringify(reply));
      expect(peer.take().map(({ name }) => name)).to.deep.equal(['queue.bind', 'queue.delete']);
    });
    channel.call(QUEUE_BIND, { queue: 'q', exchange: 'e', nowait: true }, () => done.push('bound'));
    channel.call(QUEUE_DELETE, { queue: 'q' }, () => done.push('deleted'));
    expect(peer.take().map(({ name }) => name)).to.deep.equal(['queue.declare']);
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    expect(done).to.deep.equal([JSON.stringify(DECLARED), 'bound']);
    peer.method(1, QUEUE_DELETE_OK, { messageCount: 0 });
    expect(done).to.have.lengthOf(3);
  });

  it('wait in thousands at no cost to each other, and are sent and answered in order', () => {
    const { peer, channel } = open();
    const keys = Array.from({ length: 100_000 }, (_, i) => `${i}`);
    const done: string[] = [];
    for (const routingKey of keys) {
      channel.call(QUEUE_BIND, { queue: 'q', exchange: 'e', routingKey }, () => done.push(routingKey));
    }
    peer.take();
    for (let i = 0; i < keys.length; i++) peer.method(1, QUEUE_BIND_OK, {});
    expect(peer.seen.every(({ fields }, i) => fields.routingKey === keys[i])).to.equal(true);
    expect(peer.seen).to.have.length(keys.length);
    expect(done.join() === keys.join()).to.equal(true);
  });

  it('get undefined for a reply without fields', () => {
    const { peer, channel } = open();
    let got: unknown = 'nothing';
    channel.call(BASIC_QOS, { prefetchCount: 1 }, (_error, reply) => {
      got = reply;
    });
    peer.take();
    peer.method(1, BASIC_QOS_OK, {});
    expect(got).to.equal(undefined);
  });

  it('are encoded at the call, so that a later change of the fields does not count', () => {
    const { peer, channel } = open();
    const fields = { queue: 'before' };
    channel.call(QUEUE_DECLARE, { queue: 'q' }, null);
    channel.call(QUEUE_DELETE, fields, null);
    fields.queue = 'after';
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    expect(peer.seen.at(-1)?.fields.queue).to.equal('before');
  });

  it('leave the channel as it was when their fields cannot be encoded (U5)', () => {
    const { peer, channel } = open();
    expect(() => channel.call(QUEUE_DECLARE, { queue: 'x'.repeat(256) }, null)).to.throw(RangeError);
    expect(() => channel.call(BASIC_QOS, { prefetchCount: Number.NaN }, null)).to.throw(RangeError);
    expect(() => channel.publish('', 'q', 'b', { headers: { f: (() => 1) as never } })).to.throw(TypeError);
    expect(() => channel.publish('', 'q', 7 as never)).to.throw(TypeError);
    expect(() => channel.publish('', 'q', 'b', { headers: { h: 'x'.repeat(140_000) } })).to.throw(RangeError);
    expect(peer.take()).to.deep.equal([]);
    channel.call(QUEUE_DECLARE, { queue: 'q' }, null);
    channel.call(QUEUE_DECLARE, { queue: 'r' }, null);
    expect(() => channel.call(QUEUE_DECLARE, { queue: 'x'.repeat(256) }, null)).to.throw(RangeError);
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    expect(peer.names).to.deep.equal(['queue.declare', 'queue.declare']);
  });

  it('close the channel when no answer comes, and keep its number until close-ok (C12)', () => {
    const { peer, channel } = open({ channelMax: 2 });
    const ends: unknown[] = [];
    channel.call(QUEUE_DECLARE, { queue: 'q' }, (error) => ends.push(error));
    channel.call(QUEUE_DELETE, { queue: 'q' }, (error) => ends.push(error));
    peer.take();
    peer.wait(19_999);
    expect(ends).to.deep.equal([]);
    peer.wait(1);
    const error = peer.told[0]?.[1] as AMQPError;
    expect(peer.told).to.deep.equal([['closed@1', error]]);
    expect(error).to.include({ name: 'RpcTimeout', method: 'queue.declare' });
    expect(ends).to.deep.equal([error, error]);
    expect(peer.names).to.deep.equal(['queue.declare', 'channel.close']);
    expect(peer.channel().number).to.equal(2);
    expect(() => peer.request()).to.throw('all 2 channels');
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    peer.method(1, CHANNEL_CLOSE_OK, {});
    expect(peer.channel().number).to.equal(1);
  });

  it('count their time from when they are handed over', () => {
    const { peer, channel } = open();
    channel.call(QUEUE_DECLARE, { queue: 'q' }, null, { timeout: 100 });
    expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
    peer.now += 500;
    peer.take();
    expect(peer.machine.nextTimeout()).to.equal(peer.now + 100);
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('end with the close of the broker, and so do those behind them (C1)', () => {
    const { peer, channel } = open();
    const ends: unknown[] = [];
    channel.call(QUEUE_DECLARE, { queue: 'q', passive: true }, (error) => ends.push(error));
    channel.call(QUEUE_DELETE, { queue: 'q' }, (error) => ends.push(error));
    channel.get('q', true, (error) => ends.push(error));
    peer.take();
    peer.method(1, CHANNEL_CLOSE, { replyCode: 404, replyText: "no queue 'q'", classId: 50, methodId: 10 });
    const [, error] = peer.told[0] as [string, AMQPError];
    expect(error).to.include({ name: 'ChannelClosedByBroker', replyCode: 404, method: 'queue.declare' });
    expect(ends).to.deep.equal([error, error, error]);
    expect(peer.events).to.deep.equal(['closed@1']);
    expect(peer.names.at(-1)).to.equal('channel.close-ok');
    expect(() => channel.call(QUEUE_DELETE, {}, null))
      .to.throw(ChannelWrongStateError)
      .with.property('cause', error);
    expect(peer.channel().number).to.equal(1);
  });
});

describe('the life of a channel', () => {
  it('begins with open-ok', () => {
    const peer = new Peer().login();
    const channel = peer.request();
    expect(channel.state).to.equal('opening');
    expect(() => channel.publish('', 'q', '')).to.throw(ChannelWrongStateError, 'opening');
    peer.method(1, CHANNEL_OPEN_OK, {});
    expect(channel.state).to.equal('open');
    expect(peer.events).to.deep.equal(['open', 'open@1']);
  });

  it('never shows as open when it was closed before open-ok', () => {
    const peer = new Peer().login();
    const channel = peer.request();
    channel.close(0, 'Normal shutdown');
    expect(peer.take().map(({ name }) => name)).to.deep.equal(['channel.open']);
    peer.method(1, CHANNEL_OPEN_OK, {});
    peer.method(1, CHANNEL_CLOSE_OK, {});
    expect(peer.events).to.deep.equal(['open', 'closed@1']);
  });

  it('ends behind the calls that wait, after its consumers are cancelled', () => {
    const { peer, channel } = open();
    consume(peer, channel);
    channel.call(QUEUE_DECLARE, { queue: 'q' }, () => peer.told.push(['declared']));
    channel.close(200, 'done');
    expect(channel.state).to.equal('closing');
    expect(peer.take().map(({ name }) => name)).to.deep.equal(['queue.declare']);
    peer.bytes(delivery(1, 'c', 1, 'late'));
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    expect(peer.names.slice(-2)).to.deep.equal(['basic.cancel', 'channel.close']);
    peer.method(1, CHANNEL_CLOSE_OK, {});
    expect(peer.events).to.deep.equal(['declared', 'closed@1']);
    expect(peer.told[1]?.[1]).to.include({ name: 'ChannelClosedByClient', replyCode: 200, replyText: 'done' });
    expect(() => channel.close(200, 'again')).to.throw(ChannelWrongStateError);
  });

  it('drops what comes between its close and close-ok, except what became of messages (P3)', () => {
    const { peer, channel } = open();
    channel.confirmSelect(false, null);
    peer.method(1, CONFIRM_SELECT_OK, {});
    channel.publish('', 'q', 'x', null, false, 'first');
    channel.publish('', 'q', 'x', null, false, 'second');
    peer.take();
    channel.close(200, 'done');
    peer.take();
    peer.method(1, QUEUE_DECLARE_OK, DECLARED);
    peer.bytes(delivery(1, 'c', 1, 'late'));
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    peer.method(1, CHANNEL_CLOSE_OK, {});
    const settled = peer.told.filter(([what]) => what === 'settled@1');
    expect(settled[0]?.slice(1)).to.deep.equal(['first', 1, null]);
    expect(settled[1]?.[3]).to.include({ name: 'PublishUnknownError', tag: 2 });
    expect(peer.events.at(-1)).to.equal('closed@1');
    expect(peer.machine.state).to.equal('open');
  });

  it('ends once when both sides close, with close-ok sent, and the number waits for ours (C15)', () => {
    const { peer, channel } = open({ channelMax: 1 });
    channel.close(200, 'done');
    peer.take();
    peer.method(1, CHANNEL_CLOSE, { replyCode: 406, replyText: 'crossed', classId: 0, methodId: 0 });
    expect(peer.names).to.deep.equal(['channel.close', 'channel.close-ok']);
    expect(peer.events).to.deep.equal([]);
    peer.method(1, CHANNEL_CLOSE_OK, {});
    expect(peer.events).to.deep.equal(['closed@1']);
    expect(peer.told[0]?.[1]).to.include({ name: 'ChannelClosedByBroker', replyCode: 406 });
    expect(peer.channel().number).to.equal(1);
  });

  it('ends at once when the broker closes while ours still waits its turn', () => {
    const { peer, channel } = open();
    channel.call(QUEUE_DECLARE, { queue: 'q' }, null);
    channel.close(200, 'done');
    peer.take();
    peer.method(1, CHANNEL_CLOSE, { replyCode: 404, replyText: 'gone' });
    expect(peer.events).to.deep.equal(['closed@1']);
    expect(peer.names).to.deep.equal(['queue.declare', 'channel.close-ok']);
  });

  it('ends without close-ok after the time for closing (C13)', () => {
    const { peer, channel } = open();
    channel.call(QUEUE_DECLARE, { queue: 'q' }, () => peer.told.push(['declare ended']));
    channel.close(200, 'done');
    peer.take();
    peer.wait(5_000);
    expect(peer.events).to.deep.equal(['declare ended', 'closed@1']);
    expect(peer.told[1]?.[1]).to.include({ name: 'ChannelClosedByClient' });
    expect(peer.names).to.deep.equal(['queue.declare', 'channel.close']);
    expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('tells that the broker stops and resumes the flow, and answers (C11)', () => {
    const { peer, channel } = open();
    peer.method(1, CHANNEL_FLOW, { active: false });
    expect(channel.flowActive).to.equal(false);
    peer.method(1, CHANNEL_FLOW, { active: true });
    expect(channel.flowActive).to.equal(true);
    expect(peer.told).to.deep.equal([
      ['flow@1', false],
      ['flow@1', true],
    ]);
    expect(peer.seen.map(({ name, fields }) => [name, fields.active])).to.deep.equal([
      ['channel.flow-ok', false],
      ['channel.flow-ok', true],
    ]);
    channel.call(CHANNEL_FLOW, { active: false }, null);
    peer.method(1, CHANNEL_FLOW_OK, { active: false });
    expect(channel.flowActive).to.equal(false);
  });
});

describe('confirm mode of a channel', () => {
  it('counts from when it is sent, not from when it is asked for', () => {
    const { peer, channel } = open();
    channel.call(QUEUE_BIND, { queue: 'q', exchange: 'e' }, null);
    channel.call(CONFIRM_SELECT, {}, null);
    expect(channel.publish('', 'q', 'a')).to.equal(0);
    peer.method(1, QUEUE_BIND_OK, {});
    expect(channel.publish('', 'q', 'b')).to.equal(1);
  });
});
