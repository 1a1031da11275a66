import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import {
  type BlockingChannel,
  type BlockingConnection,
  ChannelWrongStateError,
  ConnectionWrongStateError,
  DuplicateConsumerTag,
  InvalidChannelNumber,
  ReentrancyError,
} from '../../../adapters/index.ts';
import { IOLoop, IOLoopError, LoopHandle, UnsupportedError } from '../../../ioloop/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { socketPath } from '../../support/stream-server.ts';
import { caught, expectFault } from '../caught.ts';
import { LIMIT, Session, settle, until, within } from './session.ts';

/** What a caller does wrong: a typed error at once, and connection and channel go on. */
export function mistakeRows(broker: Broker): void {
  const session = new Session(broker);
  /** The channel still works, for real. */
  const expectWorking = (channel: BlockingChannel): void => {
    const queue = session.queue(channel);
    channel.basicPublish('', queue, 'still working');
    expect(String(channel.basicGet({ queue, autoAck: true })?.body)).to.equal('still working');
  };

  describe('on what is closed', () => {
    const ofConnection: readonly [string, (connection: BlockingConnection) => unknown][] = [
      ['channel()', (connection) => connection.channel()],
      ['processDataEvents(0)', (connection) => connection.processDataEvents(0)],
      ['processDataEvents(null)', (connection) => connection.processDataEvents(null)],
      ['sleep(0)', (connection) => connection.sleep(0)],
      ['addCallbackThreadsafe()', (connection) => connection.addCallbackThreadsafe(() => undefined)],
      ['updateSecret()', (connection) => connection.updateSecret({ newSecret: 'x', reason: 'y' })],
      ['close()', (connection) => connection.close()],
    ];
    for (const [name, call] of ofConnection) {
      it(`${name} of a connection throws ConnectionWrongStateError, with why it closed as the cause`, () => {
        const connection = session.connect();
        connection.close();
        const error = caught(() => call(connection));
        expect(error).to.be.instanceOf(ConnectionWrongStateError);
        expect(error.cause).to.have.property('name', 'ConnectionClosedByClient');
      });
    }

    const queue = 'q';
    const ofChannel: readonly [string, (channel: BlockingChannel) => unknown][] = [
      ['exchangeDeclare()', (channel) => channel.exchangeDeclare({ exchange: 'e' })],
      ['queueDelete()', (channel) => channel.queueDelete({ queue })],
      ['basicQos()', (channel) => channel.basicQos()],
      ['txCommit()', (channel) => channel.txCommit()],
      ['basicPublish()', (channel) => channel.basicPublish('', queue, 'x')],
      ['basicConsume()', (channel) => channel.basicConsume({ queue }, () => undefined)],
      ['basicCancel()', (channel) => channel.basicCancel({ consumerTag: 'nobody' })],
      ['basicGet()', (channel) => channel.basicGet({ queue })],
      ['basicAck()', (channel) => channel.basicAck(1)],
      ['basicNack()', (channel) => channel.basicNack(1)],
      ['basicReject()', (channel) => channel.basicReject(1)],
      ['confirmDelivery()', (channel) => channel.confirmDelivery()],
      ['consume()', (channel) => channel.consume({ queue }).next()],
      ['startConsuming()', (channel) => channel.startConsuming()],
      ['close()', (channel) => channel.close()],
    ];
    it('every method of a channel throws ChannelWrongStateError, and the connection goes on', () => {
      const channel = session.channel();
      channel.close();
      for (const [name, call] of ofChannel) {
        expect(
          caught(() => call(channel)),
          name,
        ).to.be.instanceOf(ChannelWrongStateError);
      }
      expectWorking(channel.connection.channel());
    });

    it('a handle tells other threads that nobody listens', () => {
      const connection = session.connect();
      connection.expose('ring', () => undefined);
      const handle = LoopHandle.attach(connection.handle());
      expect(handle.call('ring')).to.equal(true);
      connection.close();
      expect([handle.call('ring'), handle.closed]).to.deep.equal([false, true]);
    });
  });

  describe('waits within waits', () => {
    /** Has a handler of a consumer run this, and dispatches until it has. */
    const inHandler = (channel: BlockingChannel, act: (channel: BlockingChannel) => void): void => {
      const queue = session.queue(channel);
      let done = false;
      channel.basicPublish('', queue, 'x');
      channel.basicConsume({ queue, autoAck: true }, (from) => {
        act(from);
        done = true;
      });
      until(channel.connection, () => done);
    };
    const nested: readonly [string, (channel: BlockingChannel) => unknown][] = [
      ['startConsuming()', (channel) => channel.startConsuming()],
      ['startConsuming() of another channel', (channel) => channel.connection.channel().startConsuming()],
      ['the first step of consume()', (channel) => channel.consume({ queue: session.queue(channel) }).next()],
      ['processDataEvents(null)', (channel) => channel.connection.processDataEvents(null)],
    ];
    for (const [name, wait] of nested) {
      it(`${name} in a handler throws ReentrancyError`, () => {
        const channel = session.channel();
        inHandler(channel, (from) => expect(caught(() => wait(from))).to.be.instanceOf(ReentrancyError));
        expectWorking(channel);
      });
    }

    it('processDataEvents(ms) and sleep(ms) in a handler do I/O, and dispatch nothing', () => {
      const channel = session.channel();
      const { connection } = channel;
      const ran: string[] = [];
      inHandler(channel, () => {
        connection.callLater(0, () => ran.push('timer'));
        connection.processDataEvents(20);
        connection.sleep(20);
        expect(ran).to.deep.equal([]);
      });
      until(connection, () => ran.length > 0);
    });

    it('a handler may ask and be answered, on any channel', () => {
      const channel = session.channel();
      inHandler(channel, (from) => {
        expectWorking(from);
        expectWorking(from.connection.channel());
      });
    });

    it('a call that waits in a callback of the loop, while another waits, throws a typed error', () => {
      const channel = session.channel();
      const errors: Error[] = [];
      channel.connection.ioloop.addCallback(() => errors.push(caught(() => channel.queueDeclare({ exclusive: true }))));
      channel.connection.ioloop.addCallback(() => errors.push(caught(() => channel.connection.sleep(10))));
      channel.basicQos();
      until(channel.connection, () => errors.length === 2);
      for (const error of errors) expect(error).to.be.instanceOf(ReentrancyError);
      expectWorking(channel);
    });
  });

  describe('handlers that throw', () => {
    it('their error leaves startConsuming(); the message stays unacknowledged, and the rest comes next', () => {
      const channel = session.channel();
      const queue = session.queue(channel);
      for (const body of ['first', 'second']) channel.basicPublish('', queue, body);
      const heard: string[] = [];
      const broken = new TypeError('of the handler');
      channel.basicConsume({ queue }, (from, { deliveryTag }, _properties, body) => {
        heard.push(String(body));
        if (heard.length === 1) throw broken;
        from.basicAck(deliveryTag);
        from.stopConsuming();
      });
      settle(channel, queue);
      expect(caught(() => within(channel.connection, () => channel.startConsuming()))).to.equal(broken);
      expect([channel.isOpen, channel.consumerTags.length]).to.deep.equal([true, 1]);
      within(channel.connection, () => channel.startConsuming());
      expect(heard).to.deep.equal(['first', 'second']);
      channel.close();
      const got = channel.connection.channel().basicGet({ queue, autoAck: true });
      expect([String(got?.body), got?.method.redelivered]).to.deep.equal(['first', true]);
    });

    it('an error that is none, and one of a return handler, leave the dispatching call as they are', () => {
      const channel = session.channel();
      channel.addOnReturnCallback(() => {
        throw null;
      });
      channel.basicPublish('', broker.unique('absent'), 'x', null, { mandatory: true });
      channel.basicQos();
      let thrown: unknown;
      try {
        channel.connection.processDataEvents(LIMIT);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).to.equal(null);
      expectWorking(channel);
    });
  });

  describe('arguments', () => {
    /** Text of `of`, and a call with a wrong one: its error's type, code and field. */
    const wrong: readonly [
      string,
      (channel: never) => unknown,
      typeof TypeError | typeof RangeError,
      string,
      string,
    ][] = [
      ['a body', (c: BlockingChannel) => c.basicPublish('', 'q', 5 as never), TypeError, 'ARG_TYPE', 'body'],
      ['no body', (c: BlockingChannel) => c.basicPublish('', 'q', undefined as never), TypeError, 'ARG_TYPE', 'body'],
      ['an exchange', (c: BlockingChannel) => c.basicPublish(5 as never, 'q', ''), TypeError, 'ARG_TYPE', 'exchange'],
      [
        'nowait',
        (c: BlockingChannel) => c.queueDeclare({ nowait: true } as never),
        TypeError,
        'ARG_UNKNOWN_FIELD',
        'nowait',
      ],
      [
        'a field',
        (c: BlockingChannel) => c.queueDeclare({ name: 'q' } as never),
        TypeError,
        'ARG_UNKNOWN_FIELD',
        'name',
      ],
      [
        'a handler',
        (c: BlockingChannel) => c.basicConsume({ queue: 'q' }, 5 as never),
        TypeError,
        'ARG_TYPE',
        'onMessage',
      ],
      [
        'a timeout',
        (c: BlockingChannel) => c.basicQos({}, { timeout: '5' as never }),
        TypeError,
        'ARG_TYPE',
        'timeout',
      ],
      ['a timeout', (c: BlockingChannel) => c.basicQos({}, { timeout: -1 }), RangeError, 'ARG_RANGE', 'timeout'],
      [
        'a timeout',
        (c: BlockingChannel) => c.basicQos({}, { timeout: Number.NaN }),
        RangeError,
        'ARG_RANGE',
        'timeout',
      ],
      ['a signal', (c: BlockingChannel) => c.basicQos({}, { signal: 5 as never }), TypeError, 'ARG_TYPE', 'signal'],
      ['a window', (c: BlockingChannel) => c.confirmDelivery({ window: 0 }), RangeError, 'ARG_RANGE', 'window'],
      ['a window', (c: BlockingChannel) => c.confirmDelivery({ window: 1.5 }), RangeError, 'ARG_RANGE', 'window'],
      ['a tag', (c: BlockingChannel) => c.basicAck(7), RangeError, 'UNKNOWN_DELIVERY_TAG', 'deliveryTag'],
      ['a duration', (c: BlockingChannel) => c.connection.sleep(-1), RangeError, 'ARG_RANGE', 'duration'],
      ['a duration', (c: BlockingChannel) => c.connection.sleep('1' as never), TypeError, 'ARG_TYPE', 'duration'],
      ['a limit', (c: BlockingChannel) => c.connection.processDataEvents(-1), RangeError, 'ARG_RANGE', 'duration'],
      [
        'a limit',
        (c: BlockingChannel) => c.connection.processDataEvents(Number.NaN),
        RangeError,
        'ARG_RANGE',
        'duration',
      ],
      [
        'a delay',
        (c: BlockingChannel) => c.connection.callLater(-1, () => undefined),
        RangeError,
        'ARG_RANGE',
        'delay',
      ],
      ['a callback', (c: BlockingChannel) => c.connection.callLater(0, 5 as never), TypeError, 'ARG_TYPE', 'callback'],
      [
        'a callback',
        (c: BlockingChannel) => c.connection.addCallbackThreadsafe(5 as never),
        TypeError,
        'ARG_TYPE',
        'callback',
      ],
      [
        'an inactivityTimeout',
        (c: BlockingChannel) => c.consume({ queue: 'q', inactivityTimeout: -1 }),
        RangeError,
        'ARG_RANGE',
        'inactivityTimeout',
      ],
    ];
    it('that are wrong throw a TypeError or RangeError with a code and the field, and nothing is sent', () => {
      const channel = session.channel();
      for (const [, call, type, code, field] of wrong) {
        const sent = channel.connection.bytesSent;
        expectFault(() => call(channel as never), type, code, field);
        expect(channel.connection.bytesSent).to.equal(sent);
      }
      expectWorking(channel);
    });

    it('that name what exists, or what cannot, throw an error of their own', () => {
      const channel = session.channel();
      const { connection } = channel;
      for (const channelNumber of [1, 70_000, -1]) {
        expect(caught(() => connection.channel({ channelNumber }))).to.be.instanceOf(InvalidChannelNumber);
      }
      const queue = session.queue(channel);
      const consumerTag = channel.basicConsume({ queue, consumerTag: 'mine' }, () => undefined);
      const again = (): string => channel.basicConsume({ queue, consumerTag }, () => undefined);
      expect(caught(again)).to.be.instanceOf(DuplicateConsumerTag);
      expectWorking(channel);
    });

    it('that name a descriptor which is watched already, or closed, throw at once', () => {
      const channel = session.channel();
      const { ioloop } = channel.connection;
      const descriptor = fifo();
      const watch = (): void => ioloop.addHandler(descriptor, () => undefined, IOLoop.READ);
      if (ioloop.poller.realFds) {
        watch();
        expect(caught(watch)).to.be.instanceOf(IOLoopError);
        ioloop.removeHandler(descriptor);
        closeSync(descriptor);
        expect(caught(watch)).to.have.property('code').that.is.a('string');
      } else {
        expect(caught(watch)).to.be.instanceOf(UnsupportedError);
        closeSync(descriptor);
      }
      expectWorking(channel);
    });
  });
}

/** A descriptor that every poller of the system can watch. */
function fifo(): number {
  const path = socketPath();
  execFileSync('mkfifo', [path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  rmSync(path);
  return descriptor;
}
