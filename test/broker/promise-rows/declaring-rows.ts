import { expect } from 'chai';
import { ChannelClosedByBroker, ChannelWrongStateError, type PromiseChannel } from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { expectCount, failureOf, queueOf, textOf, withChannel } from './world.ts';

/** What channels declare, and their life: A16, A18–A29, C1, C2, C4–C6, C14, C15, C44–C49. */
export function declaringRows(broker: Broker): void {
  const refusal = async (promise: PromiseLike<unknown>, replyCode: number): Promise<void> => {
    expect(await failureOf(promise))
      .to.be.instanceOf(ChannelClosedByBroker)
      .and.have.property('replyCode', replyCode);
  };

  it('has a number, a state and a connection; a second close is the first', () =>
    withChannel(broker, async ({ connection, channel }) => {
      expect([channel.channelNumber, channel.isOpen, channel.connection]).to.deep.equal([1, true, connection]);
      await Promise.all([channel.close(), channel.close()]);
      expect([channel.isOpen, channel.isClosed]).to.deep.equal([false, true]);
      expect(await failureOf(channel.queueDeclare())).to.be.instanceOf(ChannelWrongStateError);
      expect(() => channel.basicAck(1)).to.throw(ChannelWrongStateError);
      await channel.close();
    }));

  it('closes at the end of a scope, and lets the error through that ended it', () =>
    withChannel(broker, async ({ connection }) => {
      let kept: PromiseChannel | null = null;
      const scope = async (): Promise<void> => {
        await using channel = await connection.channel();
        kept = channel;
        await channel.queueDeclare({ queue: broker.unique('missing'), passive: true });
      };
      await refusal(scope(), 404);
      expect(kept).to.have.property('isClosed', true);
    }));

  it('declares and deletes exchanges, and finds a deleted one missing', () =>
    withChannel(broker, async ({ channel }) => {
      const exchange = broker.unique('exchange');
      expect(await channel.exchangeDeclare({ exchange, autoDelete: true })).to.equal(undefined);
      await channel.exchangeDeclare({ exchange, passive: true });
      await channel.exchangeDelete({ exchange });
      await refusal(channel.exchangeDeclare({ exchange, passive: true }), 404);
    }));

  it('closes the channel for a declaration that differs; another channel goes on', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const exchange = broker.unique('exchange');
      await channel.exchangeDeclare({ exchange });
      await refusal(channel.exchangeDeclare({ exchange, exchangeType: 'topic' }), 406);
      const other = await connection.channel();
      await other.exchangeDelete({ exchange });
      const queue = broker.unique('queue');
      await other.queueDeclare({ queue, exclusive: true });
      await refusal(other.queueDeclare({ queue, exclusive: true, autoDelete: true }), 406);
    }));

  it('declares with and without a reply, in order, and knows the name that the broker chose', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = broker.unique('queue');
      const replies = await Promise.all([
        channel.queueDeclare({ exclusive: true }),
        channel.queueDeclare({ queue, exclusive: true, nowait: true }),
        channel.queueDeclare({ queue, passive: true }),
      ]);
      expect(replies[0].queue).to.match(/^amq\.gen/);
      expect(replies[1]).to.equal(undefined);
      expect(replies[2]).to.deep.equal({ queue, messageCount: 0, consumerCount: 0 });
      expect(await channel.queueDelete({ queue: replies[0].queue })).to.deep.equal({ messageCount: 0 });
      await channel.queueDelete({ queue });
      await refusal(channel.queueDeclare({ queue, passive: true }), 404);
    }));

  it('settles each of 99 failing declares, and closes', () =>
    withChannel(broker, async ({ channel, errors }) => {
      const exchange = broker.unique('missing');
      const calls = Array.from({ length: 99 }, () => failureOf(channel.exchangeDeclare({ exchange, passive: true })));
      const closed = channel.close();
      for (const error of await Promise.all(calls)) expect(error).to.be.instanceOf(ChannelClosedByBroker);
      await closed;
      expect(errors).to.deep.equal([]);
    }));

  it('answers what was asked before a close', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = broker.unique('queue');
      const calls = [channel.queueDeclare({ queue, exclusive: true }), channel.queueDelete({ queue })];
      await channel.close();
      expect(await Promise.all(calls)).to.have.lengthOf(2);
    }));

  it('shows a message of a transaction at its commit, and never after a rollback', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const queue = await queueOf(channel);
      const other = await connection.channel();
      await channel.txSelect();
      await channel.basicPublish('', queue, 'kept');
      expect(await other.basicGet({ queue })).to.equal(null);
      await channel.txCommit();
      expect(textOf(await other.basicGet({ queue, autoAck: true }))).to.equal('kept');
      await channel.basicPublish('', queue, 'dropped');
      await channel.txRollback();
      await expectCount(other, queue, 0);
      await refusal(other.txCommit(), 406);
      await refusal((await connection.channel()).txRollback(), 406);
    }));

  it('asks for flow, and counts consumers', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel);
      const { consumerTag } = await channel.basicConsume({ queue }, () => undefined);
      expect(await channel.flow({ active: true })).to.deep.equal({ active: true });
      expect((await channel.queueDeclare({ queue, passive: true })).consumerCount).to.equal(1);
      expect(await channel.basicCancel({ consumerTag })).to.deep.equal({ consumerTag });
    }));

  it('rejects mistakes before anything is sent, and stays open', () =>
    withChannel(broker, async ({ channel }) => {
      expect(await failureOf(channel.queueDeclare({ queue: 5 } as never))).to.be.instanceOf(TypeError);
      expect(await failureOf(channel.basicQos({ prefetchCount: Number.NaN }))).to.be.instanceOf(RangeError);
      expect(await failureOf(channel.queueDeclare({ queue: 'x'.repeat(256) }))).to.be.instanceOf(RangeError);
      const unsendable = channel.basicPublish('', 'q', 'x', { headers: { f: (() => 1) as never } });
      expect(await failureOf(unsendable)).to.be.instanceOf(TypeError);
      expect((await channel.queueDeclare({ exclusive: true })).messageCount).to.equal(0);
    }));
}
