import { expect } from 'chai';
import {
  type AMQPError,
  BASIC_ACK,
  BASIC_NACK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  type ChannelMachine,
  CONFIRM_SELECT_OK,
  encodeContentFrames,
  type NackError,
  type UnroutableError,
} from '../../amqp/index.ts';
import { Peer } from './peer.ts';

function open(options = {}): { peer: Peer; channel: ChannelMachine } {
  const peer = new Peer(options).login();
  const channel = peer.channel();
  channel.confirmSelect(false, null);
  peer.take();
  peer.method(1, CONFIRM_SELECT_OK, {});
  peer.told.length = 0;
  return { peer, channel };
}

/** The verdicts so far: what each token came to. */
function verdicts(peer: Peer): string[] {
  return peer.told
    .filter(([what]) => what === 'settled@1')
    .map(([, token, , error]) => `${token}:${error === null ? 'ok' : (error as AMQPError).name}`);
}

function errorOf(peer: Peer, token: string): AMQPError {
  const found = peer.told.find(([what, whose]) => what === 'settled@1' && whose === token);
  return found?.[3] as AMQPError;
}

function returned(peer: Peer, routingKey: string, body: string, properties = {}): void {
  const fields = { replyCode: 312, replyText: 'NO_ROUTE', exchange: '', routingKey };
  peer.bytes(encodeContentFrames(1, BASIC_RETURN, fields, properties, body, 0));
}

describe('publisher confirms', () => {
  it('give each message its own verdict, in any order and for many (C8)', () => {
    const { peer, channel } = open();
    for (const token of ['a', 'b', 'c', 'd', 'e']) channel.publish('', 'q', token, null, false, token);
    peer.take();
    peer.method(1, BASIC_ACK, { deliveryTag: 2 });
    peer.method(1, BASIC_NACK, { deliveryTag: 3, multiple: true, requeue: false });
    peer.method(1, BASIC_ACK, { deliveryTag: 5, multiple: true });
    expect(verdicts(peer)).to.deep.equal(['b:ok', 'a:NackError', 'c:NackError', 'd:ok', 'e:ok']);
    expect((errorOf(peer, 'a') as NackError).messages).to.deep.equal([
      { method: { exchange: '', routingKey: 'q' }, properties: {}, body: 'a' },
    ]);
    expect(errorOf(peer, 'c')).to.have.property('tag', 3);
    expect(peer.told.filter(([what]) => what === 'confirmed@1')).to.deep.equal([
      ['confirmed@1', 'basic.ack', 2, false],
      ['confirmed@1', 'basic.nack', 3, true],
      ['confirmed@1', 'basic.ack', 5, true],
    ]);
  });

  it('number messages without a token too', () => {
    const { peer, channel } = open();
    expect([channel.publish('', 'q', 'a'), channel.publish('', 'q', 'b')]).to.deep.equal([1, 2]);
    peer.take();
    peer.method(1, BASIC_ACK, { deliveryTag: 2, multiple: true });
    expect(verdicts(peer)).to.deep.equal([]);
  });

  for (const [title, tags] of [
    ['was never used', [4]],
    ['is 0', [0]],
    ['is 2^63', [2n ** 63n]],
    ['came before', [2, 2]],
  ] as const) {
    it(`end the connection and confirm nothing when a tag ${title} (C9)`, () => {
      const { peer, channel } = open();
      for (const token of ['a', 'b', 'c']) channel.publish('', 'q', token, null, false, token);
      peer.take();
      for (const deliveryTag of tags) peer.method(1, BASIC_ACK, { deliveryTag, multiple: deliveryTag === 0 });
      const [, error] = peer.told.at(-1) as [string, AMQPError];
      expect(error).to.include({ name: 'UnexpectedFrameError', replyCode: 505 });
      expect(verdicts(peer).filter((verdict) => verdict.endsWith(':ok'))).to.deep.equal(
        tags.length > 1 ? ['b:ok'] : [],
      );
      expect(verdicts(peer)).to.have.lengthOf(3);
      expect(errorOf(peer, 'c')).to.include({ name: 'PublishUnknownError', cause: error });
    });
  }

  it('end the connection when they come before the message was handed over (G1)', () => {
    const { peer, channel } = open();
    channel.publish('', 'q', 'a', null, false, 'a');
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    expect(peer.told.at(-1)?.[1]).to.include({ name: 'UnexpectedFrameError' });
  });

  it('make a message unroutable that was returned and then acked, once (C6)', () => {
    const { peer, channel } = open();
    channel.publish('', 'nowhere', 'lost', { messageId: 'm' }, true, 'lost');
    peer.take();
    returned(peer, 'nowhere', 'lost', { messageId: 'm' });
    expect(verdicts(peer)).to.deep.equal([]);
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    expect(verdicts(peer)).to.deep.equal(['lost:UnroutableError']);
    const error = errorOf(peer, 'lost') as UnroutableError;
    expect(error.tag).to.equal(1);
    expect(error.messages[0]?.method).to.include({ routingKey: 'nowhere', replyCode: 312, replyText: 'NO_ROUTE' });
    expect(peer.events.filter((what) => what === 'returned@1')).to.have.lengthOf(1);
  });

  it('make a message refused that was returned and then nacked', () => {
    const { peer, channel } = open();
    channel.publish('', 'nowhere', 'lost', null, true, 'lost');
    peer.take();
    returned(peer, 'nowhere', 'lost');
    peer.method(1, BASIC_NACK, { deliveryTag: 1 });
    expect(verdicts(peer)).to.deep.equal(['lost:NackError']);
    expect((errorOf(peer, 'lost') as NackError).messages[0]?.method).to.include({ replyCode: 312 });
  });

  it('tell apart messages to one place, of which some came back', () => {
    const { peer, channel } = open();
    for (const token of ['msg-1', 'msg-2', 'msg-3']) channel.publish('', 'q', token, null, true, token);
    peer.take();
    returned(peer, 'q', 'msg-2');
    peer.method(1, BASIC_ACK, { deliveryTag: 3, multiple: true });
    expect(verdicts(peer)).to.deep.equal(['msg-1:ok', 'msg-2:UnroutableError', 'msg-3:ok']);
  });

  it('count a return for the message that is confirmed after it, among equal ones', () => {
    const { peer, channel } = open();
    channel.publish('', 'q', 'same', null, true, 'routed');
    channel.publish('', 'q', 'same', null, true, 'returned');
    peer.take();
    returned(peer, 'q', 'same');
    peer.method(1, BASIC_ACK, { deliveryTag: 2 });
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    expect(verdicts(peer)).to.deep.equal(['returned:UnroutableError', 'routed:ok']);
  });

  it('know a returned body by the bytes that were sent, though the caller changed it since', () => {
    const { peer, channel } = open();
    const body = Uint8Array.of(1, 2, 3);
    channel.publish('', 'q', body, null, true, 'changed');
    peer.take();
    body.fill(9);
    returned(peer, 'q', '\x01\x02\x03');
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    expect(verdicts(peer)).to.deep.equal(['changed:UnroutableError']);
  });

  it('do not count a return of before confirm mode', () => {
    const peer = new Peer().login();
    const channel = peer.channel();
    channel.publish('', 'q', 'x', null, true);
    channel.confirmSelect(false, null);
    peer.take();
    returned(peer, 'q', 'x');
    peer.method(1, CONFIRM_SELECT_OK, {});
    channel.publish('', 'q', 'x', null, true, 'x');
    peer.take();
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    expect(verdicts(peer)).to.deep.equal(['x:ok']);
  });

  it('leave each unsettled message unknown when the channel closes, before that is told (C2)', () => {
    const { peer, channel } = open();
    for (const token of ['a', 'b', 'c']) channel.publish('gone', '', token, null, false, token);
    peer.take();
    peer.method(1, BASIC_ACK, { deliveryTag: 2 });
    peer.method(1, CHANNEL_CLOSE, { replyCode: 404, replyText: 'no exchange', classId: 60, methodId: 40 });
    expect(verdicts(peer)).to.deep.equal(['b:ok', 'a:PublishUnknownError', 'c:PublishUnknownError']);
    expect(peer.events.at(-1)).to.equal('closed@1');
    expect(errorOf(peer, 'c').cause).to.equal(peer.told.at(-1)?.[1]);
  });

  it('close the channel when one does not come in the time that was set', () => {
    const { peer, channel } = open({ confirmTimeout: 1000 });
    channel.publish('', 'q', 'a', null, false, 'a');
    peer.take();
    peer.wait(600);
    channel.publish('', 'q', 'b', null, false, 'b');
    peer.take();
    peer.method(1, BASIC_ACK, { deliveryTag: 1 });
    peer.wait(999);
    expect(verdicts(peer)).to.deep.equal(['a:ok']);
    peer.wait(1);
    expect(verdicts(peer)).to.deep.equal(['a:ok', 'b:PublishUnknownError']);
    expect(peer.names.at(-1)).to.equal('channel.close');
    expect(peer.machine.state).to.equal('open');
  });

  it('tell all that one confirm settled, though a handler ends the connection among them', () => {
    const peer = new Peer().login();
    const settled: unknown[] = [];
    const channel = peer.channel(null, {
      settled: (token, _tag, error) => {
        settled.push([token, error?.name ?? 'ok']);
        if (token === 'a') peer.machine.lost(null, peer.now);
      },
      closed: () => settled.push('closed'),
    });
    channel.confirmSelect(true, null);
    for (const token of ['a', 'b', 'c']) channel.publish('', 'q', token, null, false, token);
    peer.take();
    peer.method(1, BASIC_ACK, { deliveryTag: 2, multiple: true });
    expect(settled).to.deep.equal([['a', 'ok'], ['b', 'ok'], ['c', 'PublishUnknownError'], 'closed']);
    expect(peer.events.at(-1)).to.equal('closed');
  });
});
