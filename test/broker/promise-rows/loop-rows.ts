import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { ChannelClosedByBroker, NotBlockingError } from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { failureOf, queueOf, withChannel } from './world.ts';

/** The loop of a connection, and what happens at the same time: A36–A40, C4, C26, E9 over a stall that heartbeats survive. */
export function loopRows(broker: Broker): void {
  it('calls what is asked for from the thread of the loop, in order (A36, A37)', () =>
    withChannel(broker, async ({ connection: { ioloop } }) => {
      const seen = await new Promise<string[]>((resolve) => {
        const order: string[] = [];
        ioloop.addCallbackThreadsafe(() => {
          order.push('outer');
          ioloop.addCallbackThreadsafe(() => resolve([...order, 'inner']));
        });
        order.push('caller');
      });
      expect(seen).to.deep.equal(['caller', 'outer', 'inner']);
    }));

  it('publishes what another thread asks for (A38)', () =>
    withChannel(broker, async ({ connection: { ioloop }, channel }) => {
      const queue = await queueOf(channel);
      ioloop.expose('early', (text) => void channel.basicPublish('', queue, String(text)));
      const handle = ioloop.handle();
      const worker = new Worker(new URL('../../support/calling-worker.js', import.meta.url), {
        workerData: { task: 'early', handle, flag: new SharedArrayBuffer(8) },
        transferList: [handle.port],
        execArgv: [],
      });
      for await (const { body } of channel.consume({ queue, autoAck: true })) {
        expect(Buffer.from(body).toString()).to.equal('from another thread');
        break;
      }
      await worker.terminate();
    }));

  it('has a loop that is never started (A39), with timers that are told apart (A40)', () =>
    withChannel(broker, async ({ connection: { ioloop } }) => {
      expect(() => ioloop.start()).to.throw(NotBlockingError);
      let called = 0;
      await new Promise<void>((resolve) => {
        const count = (): void => void called++;
        ioloop.removeTimeout(ioloop.callLater(0, count));
        ioloop.callLater(0, count);
        ioloop.callLater(5, resolve);
      });
      expect(called).to.equal(1);
    }));

  it('finds a queue by its name until it is deleted (C4)', () =>
    withChannel(broker, async ({ channel }) => {
      const queue = broker.unique('queue');
      await channel.queueDeclare({ queue });
      expect(await channel.queueDeclare({ queue, passive: true })).to.include({ queue, messageCount: 0 });
      await channel.queueDelete({ queue });
      expect(await failureOf(channel.queueDeclare({ queue, passive: true })))
        .to.be.instanceOf(ChannelClosedByBroker)
        .and.have.property('replyCode', 404);
    }));

  it('cancels while a delivery and a cancel by the broker are under way, and the channel goes on (C26)', () =>
    withChannel(broker, async ({ channel, connection, errors }) => {
      const queue = await queueOf(channel);
      const { consumerTag } = await channel.basicConsume({ queue, autoAck: true }, () => undefined);
      const other = await connection.channel();
      const [cancelled] = await Promise.all([
        channel.basicCancel({ consumerTag }),
        other.basicPublish('', queue, 'late').then(() => other.queueDelete({ queue })),
      ]);
      expect(cancelled).to.deep.equal({ consumerTag });
      expect(channel.consumerTags).to.deep.equal([]);
      expect((await channel.queueDeclare({ exclusive: true })).messageCount).to.equal(0);
      expect(errors).to.deep.equal([]);
    }));

  it('reads no more than it may while a consumer stands still, beats on, and closes in time (E9)', async () => {
    const url = `${broker.url}${broker.url.includes('?') ? '&' : '?'}heartbeat=1`;
    let held = 0;
    await withChannel({ url }, async ({ connection, channel }) => {
      const queue = await queueOf(channel, ...Array.from({ length: 200 }, () => Buffer.alloc(500_000)));
      const before = process.memoryUsage().arrayBuffers;
      for await (const { body } of channel.consume({ queue, autoAck: true })) {
        expect(body).to.have.length(500_000);
        // four times what a silent peer is given
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        held = process.memoryUsage().arrayBuffers - before;
        break;
      }
      expect(connection.isOpen).to.equal(true);
    });
    expect(held, 'bytes held of 100 MB').to.be.below(50e6);
  }).timeout(30_000);
}
