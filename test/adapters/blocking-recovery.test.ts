import { expect } from 'chai';
import type { BlockingChannel, BlockingConnection, RecoveryOptions } from '../../adapters/index.ts';
import {
  ChannelClosedByBroker,
  ChannelWrongStateError,
  ConnectionClosedByBroker,
  ConnectionWrongStateError,
  PublishUnknownError,
  RpcTimeout,
  WaitCancelled,
} from '../../adapters/index.ts';
import type { MemoryBroker } from '../kit/index.ts';
import { withBroker } from './blocking-world.ts';
import { caught } from './caught.ts';
import { RECOVERY } from './recovery-world.ts';

describe('A blocking connection that comes back', () => {
  let connection: BlockingConnection;
  let broker: MemoryBroker;
  let channel: BlockingChannel;
  let told: string[];

  const open = (recovery: RecoveryOptions = {}): void => {
    ({ connection, broker } = withBroker({ recovery: { ...RECOVERY, ...recovery } }));
    channel = connection.channel();
    channel.queueDeclare({ queue: 'q' });
    told = [];
    for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed'] as const) {
      connection.on(name, () => told.push(name));
    }
  };
  const cut = (): void => {
    for (const session of broker.sessions) session.close('the node stops');
  };
  /** During the next wait. */
  const cutLater = (): void => void connection.ioloop.callLater(1, cut);
  const away = (): void => {
    cut();
    while (connection.isOpen) connection.sleep(1);
  };
  beforeEach(() => open());
  afterEach(() => connection[Symbol.dispose]());

  it('lets calls wait for it, and throws from the one that was under way', () => {
    cut();
    expect(caught(() => channel.queueDeclare({ queue: 'under way' }))).to.be.instanceOf(ConnectionClosedByBroker);
    expect([connection.isOpen, channel.isOpen]).to.deep.equal([false, false]);
    expect(channel.queueDeclare({ queue: 'waits' })).to.include({ queue: 'waits' });
    expect([connection.isOpen, channel.isOpen]).to.deep.equal([true, true]);
    expect(told).to.deep.equal(['lost', 'recovering', 'recovered']);
  });

  it('opens channels meanwhile, within their limits', () => {
    away();
    expect(connection.channel().channelNumber).to.equal(2);
    open({ initialDelay: 5000, maxDelay: 5000 });
    away();
    expect(caught(() => connection.channel({}, { timeout: 100 }))).to.be.instanceOf(RpcTimeout);
  });

  it('ends a wait at its limit, or when it is called off', () => {
    open({ initialDelay: 5000, maxDelay: 5000 });
    away();
    const off = new AbortController();
    connection.ioloop.callLater(10, () => off.abort());
    expect(caught(() => channel.queueDeclare({ queue: 'q' }, { signal: off.signal }))).to.be.instanceOf(WaitCancelled);
    const other = connection.channel.bind(connection, {}, { timeout: 10 });
    expect(caught(other)).to.be.instanceOf(RpcTimeout);
  });

  it('tells a message whose confirm was lost as unknown, and takes the next one', () => {
    channel.confirmDelivery();
    cutLater();
    channel.basicPublish('', 'q', 'confirmed');
    connection.sleep(1000);
    cut();
    const error = caught(() => channel.basicPublish('', 'q', 'lost'));
    expect(error).to.be.instanceOf(PublishUnknownError);
    expect((error as PublishUnknownError).cause).to.be.instanceOf(ConnectionClosedByBroker);
    channel.basicPublish('', 'q', 'next');
  });

  it('tells those of a window once, in waitForConfirms(), and goes on counting', () => {
    channel.confirmDelivery({ window: 10 });
    const numbers = [channel.basicPublish('', 'q', '1'), channel.basicPublish('', 'q', '2')];
    cut();
    const error = caught(() => channel.waitForConfirms());
    expect(error).to.be.instanceOf(PublishUnknownError);
    expect((error as PublishUnknownError).tags).to.deep.equal([1, 2]);
    numbers.push(channel.basicPublish('', 'q', '3'));
    channel.waitForConfirms();
    expect(numbers).to.deep.equal([1, 2, 3]);
  });

  it('sends them again where that is asked for', () => {
    open({ resend: true });
    channel.confirmDelivery();
    cut();
    channel.basicPublish('', 'q', 'again');
    expect(`${channel.basicGet({ queue: 'q', autoAck: true })?.body}`).to.equal('again');
  });

  it('holds a publish without confirms until it is back', () => {
    away();
    channel.basicPublish('', 'q', 'later');
    expect(connection.isOpen).to.equal(true);
    expect(`${channel.basicGet({ queue: 'q' })?.body}`).to.equal('later');
  });

  it('goes on with handlers, which get again what they had not acknowledged', () => {
    const bodies: string[] = [];
    channel.basicConsume({ queue: 'q' }, (from, { deliveryTag, redelivered }, _properties, body) => {
      bodies.push(`${body} ${redelivered}`);
      if (bodies.length === 1) {
        cut();
        return;
      }
      from.basicAck(deliveryTag);
      if (bodies.length === 4) from.stopConsuming();
    });
    channel.basicPublish('', 'q', '1');
    channel.basicPublish('', 'q', '2');
    channel.startConsuming();
    expect(bodies).to.deep.equal(['1 false', '2 false', '1 true', '2 true']); // the loss took the one acknowledgement
    expect(channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(0);
  });

  it('goes on with consume(), without what it had in store, and keeps that of autoAck', () => {
    channel.queueDeclare({ queue: 'free' });
    for (const queue of ['q', 'free']) for (const body of ['1', '2']) channel.basicPublish('', queue, body);
    const other = connection.channel();
    const acked = channel.consume({ queue: 'q' });
    const free = other.consume({ queue: 'free', autoAck: true });
    const next = (messages: typeof acked): string => {
      const { value } = messages.next();
      return `${value?.body} ${value?.method?.redelivered}`;
    };
    expect([next(acked), next(free)]).to.deep.equal(['1 false', '1 false']);
    connection.sleep(1);
    away();
    connection.sleep(1000);
    expect([next(acked), next(acked), next(free)]).to.deep.equal(['1 true', '2 true', '2 false']);
  });

  it('throws for an acknowledgement of what came before', () => {
    channel.basicPublish('', 'q', '1');
    const message = channel.basicGet({ queue: 'q' });
    away();
    expect(caught(() => channel.basicAck(message?.method.deliveryTag))).to.be.instanceOf(ChannelWrongStateError);
    connection.sleep(1000);
    expect(caught(() => channel.basicAck(message?.method.deliveryTag))).to.be.instanceOf(ChannelWrongStateError);
    expect(channel.basicGet({ queue: 'q' })?.method).to.include({ deliveryTag: 2, redelivered: true });
  });

  it('throws once what closes a channel, which is open again for the next call', () => {
    const missing = (): unknown => channel.queueDeclare({ queue: 'missing', passive: true });
    expect(caught(missing)).to.be.instanceOf(ChannelClosedByBroker);
    connection.processDataEvents();
    expect(channel.queueDeclare({ queue: 'q', passive: true })).to.include({ queue: 'q' });
    channel.basicPublish('missing', '', 'x');
    expect(caught(() => connection.sleep(100))).to.be.instanceOf(ChannelClosedByBroker);
    expect(caught(missing)).to.be.instanceOf(ChannelClosedByBroker);
    expect(caught(() => channel.queueDeclare({ queue: 'q' }))).to.be.instanceOf(ChannelWrongStateError);
    expect([connection.isOpen, channel.isClosed]).to.deep.equal([true, true]);
  });

  it('cancels while it is away', () => {
    const tag = channel.basicConsume({ queue: 'q' }, () => undefined);
    away();
    expect(channel.basicCancel({ consumerTag: tag })).to.deep.equal([]);
    connection.sleep(1000);
    expect(channel.queueDeclare({ queue: 'q', passive: true }).consumerCount).to.equal(0);
  });

  it('is closed while it is away, by close() and by using', () => {
    away();
    connection.close();
    expect(connection.isClosed).to.equal(true);
    expect(caught(() => connection.sleep(1))).to.be.instanceOf(ConnectionWrongStateError);
    open();
    away();
    connection[Symbol.dispose]();
    expect(connection.isClosed).to.equal(true);
  });
});
