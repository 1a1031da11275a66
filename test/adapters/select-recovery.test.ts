import { expect } from 'chai';
import {
  type Channel,
  type Confirmation,
  type ConnectionStats,
  SelectConnection,
  type UnknownOutcome,
} from '../../adapters/index.ts';
import { ChannelWrongStateError, ConnectionClosedByBroker, PublishUnknownError } from '../../amqp/index.ts';
import { MemoryBroker, serveInMemory } from '../kit/index.ts';
import { RECOVERY } from './recovery-world.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

describe('A connection with callbacks that comes back', () => {
  let world: World;
  let broker: MemoryBroker;
  let told: string[];
  beforeEach(() => {
    world = virtualWorld();
    broker = virtualBroker(world);
    told = [];
  });

  /** Runs until the connection is closed. */
  const run = (recovery: object | boolean, onOpen: (connection: SelectConnection) => unknown): void => {
    const connection = new SelectConnection(
      { host: 'localhost', recovery },
      {
        onOpen,
        onClose: (_connection, error) => void told.push(`closed ${error.name}`),
        ioloop: world.loop,
        stopIoloopOnClose: true,
      },
    );
    for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed'] as const) {
      connection.on(name, () => told.push(name));
    }
    world.loop.start();
  };
  const cut = (): void => {
    for (const session of broker.sessions) session.close('the node stops');
  };
  const later = (callback: () => unknown): void => void world.loop.callLater(10, callback);

  it('goes on with its channels, and hears of the end only at the end', () => {
    const bodies: string[] = [];
    run(RECOVERY, (connection) =>
      connection.channel((channel: Channel) => {
        channel.queueDeclare({ queue: 'q' }, () => {
          channel.basicConsume({ queue: 'q' }, (_channel, { deliveryTag }, _properties, body) => {
            bodies.push(`${body}`);
            channel.basicAck(deliveryTag);
            if (bodies.length === 2) connection.close();
          });
          channel.basicPublish('', 'q', 'before');
          later(cut);
        });
        connection.on('recovered', () => channel.basicPublish('', 'q', 'after'));
      }),
    );
    expect(bodies).to.deep.equal(['before', 'after']);
    expect(told).to.deep.equal(['lost', 'recovering', 'recovered', 'closed ConnectionClosedByClient']);
  });

  it('tells each message that a loss left without a confirm, and goes on counting', () => {
    const heard: (Confirmation | UnknownOutcome)[] = [];
    const numbers: unknown[] = [];
    run(RECOVERY, (connection) =>
      connection.channel((channel: Channel) => {
        channel.confirmDelivery((confirmation) => heard.push(confirmation));
        channel.queueDeclare({ queue: 'q' }, () => {
          numbers.push(channel.basicPublish('', 'q', '1'), channel.basicPublish('', 'q', '2'));
          cut();
          later(() => numbers.push(channel.basicPublish('', 'q', '3')));
        });
        connection.on('recovered', () => later(() => connection.close()));
      }),
    );
    expect(numbers).to.deep.equal([1, 2, 3]);
    expect(heard.map(({ name, deliveryTag }) => [name, deliveryTag])).to.deep.equal([
      ['unknown', 1],
      ['unknown', 2],
      ['basic.ack', 3],
    ]);
    const [first] = heard;
    const error = first?.name === 'unknown' ? first.error : null;
    expect(error).to.be.instanceOf(PublishUnknownError);
    expect(error?.messages[0]?.body).to.equal('1');
    expect(error?.cause).to.be.instanceOf(ConnectionClosedByBroker);
  });

  it('confirms what was sent again under its first number', () => {
    const heard: (Confirmation | UnknownOutcome)[] = [];
    run({ ...RECOVERY, resend: true }, (connection) =>
      connection.channel((channel: Channel) => {
        channel.confirmDelivery((confirmation) => heard.push(confirmation));
        channel.queueDeclare({ queue: 'q' }, () => {
          channel.basicPublish('', 'q', '1');
          later(() => {
            channel.basicPublish('', 'q', '2');
            channel.basicPublish('', 'q', '3');
            cut();
          });
        });
        connection.on('recovered', () => {
          channel.basicPublish('', 'q', '4');
          later(() => connection.close());
        });
      }),
    );
    const confirmed = new Set<unknown>();
    for (const { name, deliveryTag, multiple } of heard) {
      expect(name).to.equal('basic.ack');
      for (let tag = multiple ? 1 : Number(deliveryTag); tag <= Number(deliveryTag); tag++) confirmed.add(tag);
    }
    expect([...confirmed]).to.have.members([1, 2, 3, 4]);
  });

  it('calls no callback of a call that was under way, and later those of calls that waited', () => {
    const answered: string[] = [];
    run(RECOVERY, (connection) =>
      connection.channel((channel: Channel) => {
        channel.queueDeclare({ queue: 'under way' }, () => answered.push('under way'));
        cut();
        later(() => {
          channel.queueDeclare({ queue: 'waits' }, () => answered.push('waits'));
          connection.channel((other: Channel) => {
            answered.push(`channel ${other.channelNumber}`);
            connection.close();
          });
        });
      }),
    );
    expect(answered).to.have.members(['waits', 'channel 2']);
  });

  it('throws for an ack of what came before', () => {
    run(true, (connection) =>
      connection.channel((channel: Channel) => {
        channel.queueDeclare({ queue: 'q' });
        channel.basicPublish('', 'q', '1');
        channel.basicGet({ queue: 'q' }, (_channel, method) => {
          cut();
          connection.on('recovered', () => {
            expect(() => channel.basicAck(method?.deliveryTag)).to.throw(ChannelWrongStateError);
            told.push('threw');
            connection.close();
          });
        });
      }),
    );
    expect(told).to.include('threw');
  });

  it('finds another of the hosts that were given, and ends when none takes it', () => {
    const recovery = { ...RECOVERY, maxAttempts: 2 };
    const brokers = [5673, 5674].map((port) => {
      const served = new MemoryBroker();
      return { served, listener: serveInMemory(served, world.loop, { host: 'localhost', port }) };
    });
    const stop = (nth: number): void => {
      brokers[nth]?.listener.close();
      for (const session of brokers[nth]?.served.sessions ?? []) session.close('the node stops');
    };
    const ports: number[] = [];
    SelectConnection.createConnection(
      [5673, 5674].map((port) => ({ host: 'localhost', port, recovery })),
      (connection) => {
        if (!(connection instanceof SelectConnection)) return;
        ports.push(connection.params.port);
        connection.on('recovered', () => {
          ports.push(connection.params.port);
          stop(1);
        });
        connection.addOnCloseCallback((_connection, error) => {
          told.push(error.name);
          world.loop.stop();
        });
        stop(0);
      },
      world.loop,
    );
    world.loop.start();
    expect([ports, told]).to.deep.equal([[5673, 5674], ['AMQPConnectionWorkflowFailed']]);
  });

  it('is closed while it is away, and hears of that', () => {
    run(RECOVERY, (connection) => {
      cut();
      connection.on('recovering', () => {
        expect([connection.isOpen, connection.isClosed]).to.deep.equal([false, false]);
        connection.close();
      });
    });
    expect(told).to.deep.equal(['lost', 'recovering', 'closed ConnectionClosedByClient']);
  });
});

describe('stats()', () => {
  it('counts over the losses of a connection, and tells what waits', () => {
    const world = virtualWorld();
    const broker = virtualBroker(world);
    const connection: SelectConnection = new SelectConnection(
      { host: 'localhost', recovery: RECOVERY },
      { ioloop: world.loop, stopIoloopOnClose: true, onOpen: () => void connection.channel(begin) },
    );
    const seen: ConnectionStats[] = [];
    const look = (): void => void seen.push(connection.stats());
    const begin = (channel: Channel): void => {
      channel.confirmDelivery();
      channel.queueDeclare({ queue: 'q' }, () => {
        channel.basicConsume({ queue: 'q' }, look);
        channel.basicPublish('', 'q', 'one');
        look();
      });
      connection.once('lost', look);
      connection.once('recovered', () => {
        world.loop.callLater(10, () => {
          look();
          connection.close();
        });
      });
      world.loop.callLater(10, () => broker.sessions.forEach((session) => void session.close('the node stops')));
    };
    world.loop.start();
    const [published, delivered, lost, again, end] = seen;
    expect(published).to.include({ messagesSent: 1, messagesReceived: 0, unconfirmed: 1, unacked: 0 });
    expect(published?.buffered).to.be.greaterThan(0);
    expect(delivered).to.include({ messagesReceived: 1, unacked: 1 });
    expect(lost).to.include({ messagesSent: 1, messagesReceived: 1, unconfirmed: 0, unacked: 0 });
    expect(again).to.include({ messagesSent: 1, messagesReceived: 2, unacked: 1 });
    expect(end?.bytesSent).to.be.greaterThan(lost?.bytesSent ?? 0);
    expect(end?.turns).to.be.greaterThan(published?.turns ?? 0);
    expect(end?.longestTurn).to.equal(0); // time is virtual
  });
});
