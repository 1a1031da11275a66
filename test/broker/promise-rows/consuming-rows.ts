import { expect } from 'chai';
import {
  ChannelClosedByBroker,
  ChannelWrongStateError,
  ConsumerCancelled,
  DuplicateConsumerTag,
  type Message,
  StreamLostError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy } from '../../support/frame-proxy.ts';
import { expectCount, failureOf, messageCount, queueOf, textOf, withChannel } from './world.ts';

/** Messages as an async iterable: C13, C16, C22, C24, C25, C34–C43, E9, E11. */
export function consumingRows(broker: Broker): void {
  it('gives what is there and what comes, in order, and acknowledges on the message', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const seen: string[] = [];
      for await (const message of channel.consume({ queue })) {
        seen.push(textOf(message));
        expect(message.ack()).to.equal(undefined);
        if (seen.length === 2) await channel.basicPublish('', queue, 'c');
        if (seen.length === 3) break;
      }
      expect(seen).to.deep.equal(['a', 'b', 'c']);
      await channel.close();
      await expectCount(await connection.channel(), queue, 0);
    }));

  it('asks for nothing before the first next()', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel);
      const consumer = channel.consume({ queue, consumerTag: 'mine' });
      expect(consumer.consumerTag).to.equal('mine');
      expect(channel.consumerTags).to.deep.equal([]);
      const next = consumer.next();
      expect(channel.consumerTags).to.deep.equal(['mine']);
      await consumer.return();
      expect(await next).to.deep.equal({ done: true, value: undefined });
    }));

  it('has at most 100 messages where no prefetch was set, else what was', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const bodies = Array.from({ length: 120 }, (_, i) => `${i}`);
      const queue = await queueOf(channel, ...bodies);
      const left = async (prefetch?: number, before?: number): Promise<number> => {
        const other = await connection.channel(before === undefined ? {} : { prefetch: before });
        const consumer = other.consume({ queue }, { prefetch });
        await consumer.next();
        // the broker has sent what it may before it answers this on the same channel
        const count = await messageCount(other, queue);
        await other.close();
        return count;
      };
      expect(await left()).to.equal(20);
      expect(await left(7)).to.equal(113);
      expect(await left(undefined, 30)).to.equal(90);
      expect(await left(0)).to.equal(0);
    }));

  it('gives back what was not looked at when the loop is left, in order', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel, 'a', 'b', 'c');
      for await (const message of channel.consume({ queue })) {
        message.ack();
        break;
      }
      expect(channel.consumerTags).to.deep.equal([]);
      await expectCount(channel, queue, 2);
      const next = await channel.basicGet({ queue, autoAck: true });
      expect([textOf(next), next?.method.redelivered]).to.deep.equal(['b', true]);
    }));

  it('answers calls of next() in their order, and the rest with the end', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const consumer = channel.consume({ queue });
      const calls = [consumer.next(), consumer.next(), consumer.next(), consumer.next()];
      expect([textOf((await calls[0])?.value), textOf((await calls[1])?.value)]).to.deep.equal(['a', 'b']);
      await consumer.return();
      expect((await calls[2])?.done).to.equal(true);
      expect((await calls[3])?.done).to.equal(true);
      expect((await consumer.next()).done).to.equal(true);
    }));

  it('ends in order for a cancel and for a close of this side', () =>
    withChannel(broker, async ({ channel, errors }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const loop = async (tag: string, end: () => Promise<unknown>): Promise<number> => {
        let count = 0;
        for await (const message of channel.consume({ queue, consumerTag: tag })) {
          count++;
          message.nack();
          await end();
        }
        return count;
      };
      expect(await loop('a', () => channel.basicCancel({ consumerTag: 'a' }))).to.equal(1);
      await expectCount(channel, queue, 2);
      expect(await loop('b', () => channel.close())).to.equal(1);
      expect(errors).to.deep.equal([]);
    }));

  it('does not keep a close waiting that its own body calls', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const queue = await queueOf(channel, 'a');
      const before = connection.ioloop.time();
      for await (const _message of channel.consume({ queue })) await channel.close();
      expect(connection.ioloop.time() - before).to.be.below(4000);
    }));

  it('lets the body deal with its message when somebody else closes the connection', () =>
    withChannel(broker, async ({ channel, connection, errors }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const { promise: go, resolve } = gate();
      const acked: string[] = [];
      const loop = (async () => {
        for await (const message of channel.consume({ queue })) {
          await go;
          message.ack();
          acked.push(textOf(message));
        }
      })();
      await channel.queueDeclare({ queue, passive: true });
      const closed = connection.close();
      resolve();
      await Promise.all([closed, loop]);
      expect([acked, errors]).to.deep.equal([['a'], []]);
    }));

  it('throws ConsumerCancelled when its queue is deleted, behind what had arrived', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const consumer = channel.consume({ queue });
      const seen: Message[] = [];
      const error = await failureOf(
        (async () => {
          for await (const message of consumer) {
            seen.push(message);
            if (seen.length === 1) await (await connection.channel()).queueDelete({ queue });
          }
        })(),
      );
      expect(error).to.be.instanceOf(ConsumerCancelled).and.have.property('consumerTag', consumer.consumerTag);
      expect(seen.map(textOf)).to.deep.equal(['a', 'b']);
      expect((await consumer.next()).done).to.equal(true);
    }));

  it('throws what the broker has closed the channel for, at the beginning and later', () =>
    withChannel(broker, async ({ channel, connection }) => {
      const missing = channel.consume({ queue: broker.unique('missing') });
      expect(await failureOf(missing.next()))
        .to.be.instanceOf(ChannelClosedByBroker)
        .and.have.property('replyCode', 404);
      expect(await failureOf(channel.consume({ queue: 'q' }).next())).to.be.instanceOf(ChannelWrongStateError);
      const other = await connection.channel();
      const consumer = other.consume({ queue: await queueOf(other) });
      const next = failureOf(consumer.next());
      await failureOf(other.exchangeDeclare({ exchange: broker.unique('missing'), passive: true }));
      expect(await next)
        .to.be.instanceOf(ChannelClosedByBroker)
        .and.have.property('replyCode', 404);
    }));

  it('gives what had arrived, then the loss of the connection', () => {
    const proxy = new FrameProxy(broker);
    return withChannel(proxy, async ({ channel }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const consumer = channel.consume({ queue });
      expect(textOf((await consumer.next()).value)).to.equal('a');
      await channel.queueDeclare({ queue, passive: true });
      proxy.cut();
      expect(await channel.closed).to.be.instanceOf(StreamLostError);
      const { value } = await consumer.next();
      expect(textOf(value)).to.equal('b');
      expect(() => value?.ack()).to.throw(ChannelWrongStateError);
      expect(await failureOf(consumer.next())).to.be.instanceOf(StreamLostError);
    }).finally(() => proxy.close());
  });

  it('throws the reason of its signal, and gives back what was not looked at', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const controller = new AbortController();
      const reason = new Error('enough');
      const consumer = channel.consume({ queue }, { signal: controller.signal });
      (await consumer.next()).value?.ack();
      controller.abort(reason);
      expect(await failureOf(consumer.next())).to.equal(reason);
      await consumer.return();
      await expectCount(channel, queue, 1);
      expect(await failureOf(channel.consume({ queue }, { signal: controller.signal }).next())).to.equal(reason);
    }));

  it('lets two loops run on one channel, each with its own messages in order', () =>
    withChannel(broker, async ({ channel }) => {
      const loop = async (queue: string, count: number): Promise<string[]> => {
        const seen: string[] = [];
        for await (const message of channel.consume({ queue })) {
          seen.push(textOf(message));
          message.ack();
          if (seen.length === count) break;
        }
        return seen;
      };
      const one = Array.from({ length: 100 }, (_, i) => `one ${i}`);
      const two = Array.from({ length: 150 }, (_, i) => `two ${i}`);
      const [first, second] = [await queueOf(channel, ...one), await queueOf(channel, ...two)];
      expect(await Promise.all([loop(first, 100), loop(second, 150)])).to.deep.equal([one, two]);
    }));

  it('refuses a tag that is taken, and names what it does not know', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel);
      const consumer = channel.consume({ queue, consumerTag: 'x' });
      const next = consumer.next();
      expect(await failureOf(channel.consume({ queue, consumerTag: 'x' }).next())).to.be.instanceOf(
        DuplicateConsumerTag,
      );
      expect(() => channel.consume({ queue }, { prefetch: -1 })).to.throw(RangeError, 'prefetch');
      expect(() => channel.consume({ queue }, { prefech: 1 } as never)).to.throw(TypeError, 'prefech');
      await consumer.return();
      expect((await next).done).to.equal(true);
    }));

  it('refuses the second ack of a message, and any of one that needs none', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = await queueOf(channel, 'a', 'b');
      const message = await channel.basicGet({ queue });
      message?.ack();
      expect(() => message?.ack())
        .to.throw(RangeError)
        .and.have.property('code', 'UNKNOWN_DELIVERY_TAG');
      const auto = await channel.basicGet({ queue, autoAck: true });
      expect(() => auto?.reject()).to.throw(RangeError);
    }));

  it('reads on for an answer that the body of such a loop waits for', function () {
    this.timeout(20_000);
    return withChannel(broker, async ({ channel, connection }) => {
      const body = new Uint8Array(1 << 20);
      const queue = await queueOf(channel, ...Array.from({ length: 40 }, () => body));
      const publishing = await connection.channel({ confirm: true });
      const done = await queueOf(publishing);
      let left = 40;
      for await (const message of channel.consume({ queue, autoAck: true })) {
        if (left === 30) await settledBytes(() => connection.bytesReceived, 24 << 20);
        await publishing.basicPublish('', done, `${message.body.length}`);
        if (--left === 0) break;
      }
      await expectCount(publishing, done, 40);
    });
  });

  it('reads no further while 16 MiB wait for a loop without a prefetch, and goes on with it', function () {
    this.timeout(20_000);
    return withChannel(broker, async ({ channel, connection }) => {
      const body = new Uint8Array(1 << 20);
      const queue = await queueOf(channel, ...Array.from({ length: 64 }, () => body));
      const consumer = channel.consume({ queue, autoAck: true });
      await consumer.next();
      const received = await settledBytes(() => connection.bytesReceived, 14 << 20);
      expect(received).to.be.below(40 << 20);
      for (let i = 1; i < 64; i++) expect((await consumer.next()).done).to.equal(false);
      await consumer.return();
    });
  });
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Waits until a count has come so far, and then until it stays what it is. */
async function settledBytes(count: () => number, least: number): Promise<number> {
  for (let last = -1; ; ) {
    if (count() === last && last >= least) return last;
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
