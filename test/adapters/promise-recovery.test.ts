import { expect } from 'chai';
import { AMQPConnectionWorkflowFailed, type PromiseConnection } from '../../adapters/index.ts';
import {
  ChannelClosedByBroker,
  ChannelWrongStateError,
  ConnectionClosedByBroker,
  PublishUnknownError,
} from '../../amqp/index.ts';
import type { MemoryListener } from '../../ioloop/index.ts';
import { MemoryBroker, serveInMemory } from '../kit/index.ts';
import { type PromiseWorld, promiseWorld, rejection } from './promise-world.ts';

const RECOVERY = { initialDelay: 100, maxDelay: 400, jitter: 0 };

describe('A connection in promises that comes back', () => {
  /** What the connection told, as `name argument…`. */
  const told: string[] = [];
  let world: PromiseWorld;
  let broker: MemoryBroker;
  let listener: MemoryListener;
  let connection: PromiseConnection;

  const run = (script: () => Promise<unknown>): void => {
    told.length = 0;
    world = promiseWorld();
    broker = new MemoryBroker();
    listener = serveInMemory(broker, world.loop);
    world.run(async () => {
      connection = await world.connect({}, { recovery: RECOVERY });
      for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed', 'queueRenamed'] as const) {
        connection.on(name, (...args: unknown[]) =>
          told.push([name, ...args.map((arg) => (arg instanceof Error ? arg.name : arg))].join(' ')),
        );
      }
      await script();
      await connection.close();
    });
  };
  const cut = (): void => {
    for (const session of broker.sessions) session.close('the node stops');
  };
  const recovered = (): Promise<void> => new Promise((resolve) => void connection.once('recovered', () => resolve()));

  it('tells of each step, and has its channels open again', () =>
    run(async () => {
      const channel = await connection.channel();
      cut();
      await recovered();
      expect(told).to.deep.equal(['lost ConnectionClosedByBroker', 'recovering 1 100', 'recovered']);
      expect([connection.isOpen, channel.isOpen, channel.channelNumber]).to.deep.equal([true, true, 1]);
      await channel.queueDeclare({ queue: 'q' });
    }));

  it('makes exchanges, queues and bindings again, and goes on consuming', () =>
    run(async () => {
      const channel = await connection.channel({ prefetch: 5 });
      await channel.exchangeDeclare({ exchange: 'e', exchangeType: 'topic', autoDelete: true });
      const { queue } = await channel.queueDeclare({ exclusive: true });
      await channel.queueBind({ queue, exchange: 'e', routingKey: 'a.#' });
      const bodies: string[] = [];
      const consuming = (async () => {
        for await (const message of channel.consume({ queue })) {
          bodies.push(`${message.body} ${message.method.deliveryTag}`);
          message.ack();
        }
      })();
      await channel.basicPublish('e', 'a.b', 'before');
      await world.pass(10);
      cut();
      await recovered();
      expect(told.filter((text) => text.startsWith('queueRenamed'))).to.have.length(1);
      await channel.basicPublish('e', 'a.b', 'after');
      await channel.basicPublish('', queue, 'by its first name');
      await world.pass(10);
      expect(bodies).to.deep.equal(['before 1', 'after 2', 'by its first name 3']);
      await channel.close();
      await consuming;
    }));

  it('settles each message once: confirmed, or unknown where the answer was lost', () =>
    run(async () => {
      const channel = await connection.channel({ confirm: true });
      await channel.queueDeclare({ queue: 'q' });
      expect(await channel.basicPublish('', 'q', 'one')).to.equal(1);
      const lost = channel.basicPublish('', 'q', 'two');
      cut();
      const error = await rejection(lost);
      expect(error)
        .to.be.instanceOf(PublishUnknownError)
        .and.to.have.property('cause')
        .that.is.instanceOf(ConnectionClosedByBroker);
      const waits = channel.basicPublish('', 'q', 'three');
      expect(await waits).to.equal(3);
      expect(told.at(-1)).to.equal('recovered');
    }));

  it('has calls wait for it, and rejects those that were under way', () =>
    run(async () => {
      const channel = await connection.channel();
      const asked = channel.queueDeclare({ queue: 'q' });
      cut();
      expect(await rejection(asked)).to.be.instanceOf(ConnectionClosedByBroker);
      await channel.queueDeclare({ queue: 'later' });
      expect(told.at(-1)).to.equal('recovered');
      const opened = recovered();
      cut();
      const other = await connection.channel();
      await opened;
      expect([other.isOpen, other.channelNumber]).to.deep.equal([true, 2]);
    }));

  it('throws for an ack of a delivery that came before', () =>
    run(async () => {
      const channel = await connection.channel();
      await channel.queueDeclare({ queue: 'q' });
      await channel.basicPublish('', 'q', 'one');
      const first = await channel.basicGet({ queue: 'q' });
      cut();
      await world.pass(10);
      expect(() => first?.ack()).to.throw(ChannelWrongStateError);
      await recovered();
      expect(() => first?.ack()).to.throw(ChannelWrongStateError);
      const again = await channel.basicGet({ queue: 'q' });
      expect([again?.method.deliveryTag, again?.method.redelivered]).to.deep.equal([2, true]);
      again?.ack();
    }));

  it('opens a channel again that the broker has closed, unless it closes it again for the same', () =>
    run(async () => {
      const channel = await connection.channel({ confirm: true });
      await channel.queueDeclare({ queue: 'q' });
      expect(await rejection(channel.queueDeclare({ queue: 'missing', passive: true }))).to.be.instanceOf(
        ChannelClosedByBroker,
      );
      expect(await channel.basicPublish('', 'q', 'one')).to.equal(1);
      await rejection(channel.queueDeclare({ queue: 'missing', passive: true }));
      expect(await channel.closed).to.be.instanceOf(ChannelClosedByBroker);
      expect(connection.isOpen).to.equal(true);
    }));

  it('waits longer before each attempt, and gives up after maxAttempts with the reasons', () =>
    run(async () => {
      const other = await world.connect({}, { recovery: { ...RECOVERY, maxAttempts: 4 } });
      const delays: number[] = [];
      other.on('recovering', (_attempt, delay) => delays.push(delay));
      listener.close();
      cut();
      const reason = await other.closed;
      expect(delays).to.deep.equal([100, 200, 400, 400]);
      expect(reason).to.be.instanceOf(AMQPConnectionWorkflowFailed);
      const [first, ...others] = (reason as AMQPConnectionWorkflowFailed).exceptions;
      expect(first).to.be.instanceOf(ConnectionClosedByBroker);
      expect(others).to.have.length(8); // localhost has two addresses
    }));

  it('stops trying when it is closed', () =>
    run(async () => {
      const channel = await connection.channel();
      cut();
      await world.pass(10);
      await connection.close();
      expect((await connection.closed).name).to.equal('ConnectionClosedByClient');
      expect((await channel.closed).name).to.equal('ConnectionClosedByClient');
      await world.pass(5000);
      expect(broker.sessions).to.have.length(0);
    }));
});
