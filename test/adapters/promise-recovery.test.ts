import { expect } from 'chai';
import { AMQPConnectionWorkflowFailed } from '../../adapters/index.ts';
import {
  ChannelClosedByBroker,
  ChannelWrongStateError,
  ConnectionClosedByBroker,
  PublishUnknownError,
} from '../../amqp/index.ts';
import { rejection } from './promise-world.ts';
import { RECOVERY, runRecovery } from './recovery-world.ts';

describe('A connection in promises that comes back', () => {
  it('tells of each step, and has its channels open again', () =>
    runRecovery(async ({ connection, told, cut, recovered }) => {
      const channel = await connection.channel();
      cut();
      await recovered();
      expect(told).to.deep.equal(['lost ConnectionClosedByBroker', 'recovering 1 100', 'recovered']);
      expect([connection.isOpen, channel.isOpen, channel.channelNumber]).to.deep.equal([true, true, 1]);
      await channel.queueDeclare({ queue: 'q' });
    }));

  it('makes exchanges, queues and bindings again, and goes on consuming', () =>
    runRecovery(async ({ connection, told, cut, recovered, pass }) => {
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
      await pass(10);
      cut();
      await recovered();
      expect(told.filter((text) => text.startsWith('queueRenamed'))).to.have.length(1);
      await channel.basicPublish('e', 'a.b', 'after');
      await channel.basicPublish('', queue, 'by its first name');
      await pass(10);
      expect(bodies).to.deep.equal(['before 1', 'after 2', 'by its first name 3']);
      await channel.close();
      await consuming;
    }));

  it('settles each message once: confirmed, or unknown where the answer was lost', () =>
    runRecovery(async ({ connection, told, cut }) => {
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
    runRecovery(async ({ connection, told, cut, recovered }) => {
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
    runRecovery(async ({ connection, cut, recovered, pass }) => {
      const channel = await connection.channel();
      await channel.queueDeclare({ queue: 'q' });
      await channel.basicPublish('', 'q', 'one');
      const first = await channel.basicGet({ queue: 'q' });
      cut();
      await pass(10);
      expect(() => first?.ack()).to.throw(ChannelWrongStateError);
      await recovered();
      expect(() => first?.ack()).to.throw(ChannelWrongStateError);
      const again = await channel.basicGet({ queue: 'q' });
      expect([again?.method.deliveryTag, again?.method.redelivered]).to.deep.equal([2, true]);
      again?.ack();
    }));

  it('opens a channel again that the broker has closed, unless it closes it again for the same', () =>
    runRecovery(async ({ connection }) => {
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
    runRecovery(async ({ listener, connect, cut }) => {
      const other = await connect({}, { recovery: { ...RECOVERY, maxAttempts: 4 } });
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
    runRecovery(async ({ broker, connection, cut, pass }) => {
      const channel = await connection.channel();
      cut();
      await pass(10);
      await connection.close();
      expect((await connection.closed).name).to.equal('ConnectionClosedByClient');
      expect((await channel.closed).name).to.equal('ConnectionClosedByClient');
      await pass(5000);
      expect(broker.sessions).to.have.length(0);
    }));
});
