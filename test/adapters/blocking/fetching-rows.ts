import { expect } from 'chai';
import { type BlockingChannel, ChannelClosedByBroker } from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { countOf, Session } from './session.ts';

/** Rows C7 to C15: fetching, refusing, recovering, and transactions. */
export function fetchingRows(broker: Broker): void {
  const session = new Session(broker);
  /** A queue with two messages, `first` and `second`. */
  const withTwo = (channel: BlockingChannel): string => {
    const queue = session.queue(channel);
    for (const body of ['first', 'second']) channel.basicPublish('', queue, body);
    return queue;
  };
  /** Fetches one; its body, tag and whether it was delivered before. */
  const get = (channel: BlockingChannel, queue: string): [string, number | bigint, boolean] => {
    const { method, body } = channel.basicGet({ queue }) ?? expect.fail('the queue is empty');
    return [String(body), method.deliveryTag, method.redelivered];
  };
  /** What is left in the queue once the channel is closed, which gives back what it had not settled. */
  const leftOf = (channel: BlockingChannel, queue: string): number => {
    channel.close();
    return countOf(channel.connection.channel(), queue);
  };

  it('C7 basicGet() gives null for an empty queue, else the message; an ack takes it out of the queue', () => {
    const channel = session.channel();
    const queue = session.queue(channel);
    expect(channel.basicGet({ queue })).to.equal(null);
    channel.basicPublish('', queue, 'a body');
    const { method, properties, body } = channel.basicGet({ queue }) ?? expect.fail('the queue is empty');
    expect({ ...method }).to.deep.equal({
      deliveryTag: 1,
      redelivered: false,
      exchange: '',
      routingKey: queue,
      messageCount: 0,
    });
    expect(properties.headers).to.equal(null);
    expect(String(body)).to.equal('a body');
    channel.basicAck(method.deliveryTag);
    expect(leftOf(channel, queue)).to.equal(0);
  });

  const refusals: readonly [string, string, boolean, (channel: BlockingChannel, tag: number | bigint) => void][] = [
    ['C8', 'basicReject()', true, (channel, tag) => channel.basicReject(tag)],
    ['C9', 'basicReject() with requeue: false', false, (channel, tag) => channel.basicReject(tag, { requeue: false })],
    ['C10', 'basicNack()', true, (channel, tag) => channel.basicNack(tag)],
    ['C11', 'basicNack() with requeue: false', false, (channel, tag) => channel.basicNack(tag, { requeue: false })],
  ];
  for (const [row, what, comesBack, refuse] of refusals) {
    it(`${row} a message after ${what} ${comesBack ? 'comes back, and no other' : 'is gone'}`, () => {
      const channel = session.channel();
      const queue = withTwo(channel);
      expect([get(channel, queue), get(channel, queue)]).to.deep.equal([
        ['first', 1, false],
        ['second', 2, false],
      ]);
      refuse(channel, 1);
      if (comesBack) {
        expect(get(channel, queue)).to.deep.equal(['first', 3, true]);
        channel.basicAck(3);
      }
      expect(channel.basicGet({ queue })).to.equal(null);
      channel.basicAck(2);
      expect(leftOf(channel, queue)).to.equal(0);
    });
  }

  it('C12 basicNack() with multiple gives both messages back, in order', () => {
    const channel = session.channel();
    const queue = withTwo(channel);
    get(channel, queue);
    get(channel, queue);
    channel.basicNack(2, { multiple: true, requeue: true });
    expect([get(channel, queue), get(channel, queue)]).to.deep.equal([
      ['first', 3, true],
      ['second', 4, true],
    ]);
    channel.basicAck(4, { multiple: true });
    expect(leftOf(channel, queue)).to.equal(0);
  });

  it('C13 basicRecover() during consume() has both unacknowledged messages delivered again, in order', () => {
    const channel = session.channel();
    const queue = withTwo(channel);
    const seen: [string, boolean][] = [];
    for (const { method, body } of channel.consume({ queue, inactivityTimeout: 5000 })) {
      if (method === null) break;
      seen.push([String(body), method.redelivered]);
      if (seen.length === 2) channel.basicRecover({ requeue: true });
      if (seen.length < 4) continue;
      channel.basicAck(method.deliveryTag, { multiple: true });
      break;
    }
    expect(seen).to.deep.equal([
      ['first', false],
      ['second', false],
      ['first', true],
      ['second', true],
    ]);
    channel.cancel();
    expect(leftOf(channel, queue)).to.equal(0);
  });

  it('C14 a message of a transaction is not in the queue before txCommit()', () => {
    const connection = session.connect();
    const [channel, other] = [connection.channel(), connection.channel()];
    const queue = session.queue(other);
    channel.txSelect();
    channel.basicPublish('', queue, 'in a transaction');
    channel.basicQos(); // its answer comes after the broker has read the message
    expect(countOf(other, queue)).to.equal(0);
    channel.txCommit();
    expect(get(other, queue)[0]).to.equal('in a transaction');
  });

  it('C15 a message of a transaction is never in the queue after txRollback()', () => {
    const connection = session.connect();
    const [channel, other] = [connection.channel(), connection.channel()];
    const queue = session.queue(other);
    channel.txSelect();
    channel.basicPublish('', queue, 'in a transaction');
    channel.txRollback();
    expect(countOf(other, queue)).to.equal(0);
    channel.txCommit();
    expect(other.basicGet({ queue })).to.equal(null);
  });

  it('txCommit() without txSelect() throws ChannelClosedByBroker 406', () => {
    const error = caught(() => session.channel().txCommit());
    expect(error).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: 406 });
  });
}
