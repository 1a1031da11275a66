import { expect } from 'chai';
import * as amqp from '../../amqp/index.ts';
import { memoryClient, OPENING, open, WireClient } from '../support/wire-client.ts';
import { MemoryBroker, type Session } from './index.ts';

describe('a session of MemoryBroker', () => {
  it('answers another protocol with its own header, and ends the stream', () => {
    const { session, written, stream } = bare(new MemoryBroker());
    session.receive(Buffer.from('AMQP\0\x01\0\0', 'latin1'), 0);
    expect(Buffer.concat(written)).to.deep.equal(Buffer.from(amqp.PROTOCOL_HEADER));
    expect(stream.ended).to.equal(true);
  });

  it('takes a login byte by byte', () => {
    const broker = new MemoryBroker();
    const { session, client } = bare(broker, 1);
    session.receive(amqp.PROTOCOL_HEADER.subarray(0, 3), 0);
    session.receive(amqp.PROTOCOL_HEADER.subarray(3), 0);
    login(client);
    client.send(0, amqp.CONNECTION_OPEN, {});
    expect(client.events.at(-1)?.name).to.equal('connection.open-ok');
    expect(session.user).to.equal('guest');
  });

  it('says 403 to a wrong password where the client understands it', () => {
    const { client, stream } = greeted(new MemoryBroker());
    client.send(0, amqp.CONNECTION_START_OK, { ...OPENING, response: '\0guest\0wrong' });
    expect(client.take()).to.deep.equal([
      {
        channel: 0,
        name: 'connection.close',
        fields: {
          replyCode: 403,
          replyText:
            'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. ' +
            'For details see the broker logfile.',
          classId: 10,
          methodId: 11,
        },
      },
    ]);
    client.send(0, amqp.CONNECTION_CLOSE_OK);
    expect(stream.ended).to.equal(true);
  });

  it('ends the stream at a wrong password where the client would not understand a close', () => {
    const { client, stream } = greeted(new MemoryBroker());
    client.send(0, amqp.CONNECTION_START_OK, { ...OPENING, clientProperties: {}, response: '\0nobody\0x' });
    expect(client.take()).to.deep.equal([]);
    expect(stream.ended).to.equal(true);
  });

  it('knows the users and virtual hosts that it was given, and no others', () => {
    const broker = new MemoryBroker({ users: { ann: 'secret' }, virtualHosts: ['one', 'two'] });
    const { client } = greeted(broker);
    client.send(0, amqp.CONNECTION_START_OK, { ...OPENING, response: '\0ann\0secret' });
    client.send(0, amqp.CONNECTION_TUNE_OK, {});
    client.send(0, amqp.CONNECTION_OPEN, { virtualHost: '/' });
    expect(client.events.at(-1)?.fields).to.include({ replyCode: 530, replyText: 'NOT_ALLOWED - vhost / not found' });
    const other = greeted(broker);
    other.client.send(0, amqp.CONNECTION_START_OK, OPENING);
    expect(other.client.events.at(-1)?.fields).to.include({ replyCode: 403 });
  });

  it('refuses frames larger than it offered, and smaller than the protocol allows', () => {
    for (const [frameMax, text] of [
      [200_000, 'negotiated frame_max = 200000 is higher than the maximum allowed value (131072)'],
      [4_095, 'negotiated frame_max = 4095 is lower than the minimum allowed value (4096)'],
    ] as const) {
      const { client } = greeted(new MemoryBroker());
      client.send(0, amqp.CONNECTION_START_OK, OPENING);
      client.send(0, amqp.CONNECTION_TUNE_OK, { frameMax });
      expect(client.events.at(-1)?.fields).to.include({ replyCode: 530, replyText: `NOT_ALLOWED - ${text}` });
    }
  });

  it('closes with 501 when the bytes are no frame', () => {
    const { client } = opened(new MemoryBroker());
    client.raw(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
    expect(client.events.at(-1)?.name).to.equal('connection.close');
    expect(client.events.at(-1)?.fields).to.include({ replyCode: 501 });
  });

  it('closes with 502 when the fields of a method do not decode', () => {
    const { client } = opened(new MemoryBroker());
    const frame = amqp.encodeMethodFrame(1, amqp.BASIC_CANCEL, { consumerTag: 'abc' });
    frame[11] = 200; // the length of the tag
    client.raw(frame);
    expect(client.events.at(-1)?.fields).to.include({ replyCode: 502, classId: 60, methodId: 30 });
  });

  it('sends a heartbeat when it was silent for half of what the client asked for', () => {
    const { session, written } = opened(new MemoryBroker(), { heartbeat: 10 });
    expect(session.nextTimeout()).to.equal(5_000);
    written.length = 0;
    session.handleTimeout(5_000);
    expect(written).to.deep.equal([amqp.HEARTBEAT_FRAME]);
    expect(session.nextTimeout()).to.equal(10_000);
  });

  it('gives a client up that was silent for two intervals', () => {
    const { session, stream } = opened(new MemoryBroker(), { heartbeat: 10 });
    session.receive(amqp.HEARTBEAT_FRAME, 7_000);
    for (let now = 5_000; now < 27_000; now += 5_000) session.handleTimeout(now);
    expect(stream.ended).to.equal(false);
    session.handleTimeout(27_000);
    expect(stream.ended).to.equal(true);
  });

  it('never times out without heartbeats', () => {
    expect(opened(new MemoryBroker()).session.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('delivers nothing while its stream is congested, and goes on after', () => {
    const { session, client } = opened(new MemoryBroker());
    client.send(1, amqp.QUEUE_DECLARE, { queue: 'q' });
    client.send(1, amqp.BASIC_CONSUME, { queue: 'q', noAck: true });
    client.take();
    session.congested = true;
    client.publish(1, { routingKey: 'q' }, 'waits');
    expect(client.take()).to.deep.equal([]);
    session.congested = false;
    expect(client.take().map(({ body }) => body)).to.deep.equal(['waits']);
  });

  it('tells the client of an operator who closes it', () => {
    const { session, client } = opened(new MemoryBroker());
    session.close('maintenance');
    expect(client.events.at(-1)?.fields).to.include({ replyCode: 320, replyText: 'CONNECTION_FORCED - maintenance' });
  });

  it('gives what a lost client had not settled to the next one', async () => {
    const broker = new MemoryBroker();
    const { session, client } = opened(broker);
    client.send(1, amqp.QUEUE_DECLARE, { queue: 'q' });
    client.publish(1, { routingKey: 'q' }, 'again');
    client.send(1, amqp.BASIC_GET, { queue: 'q' });
    session.lost(0);
    expect(broker.sessions).to.deep.equal([]);
    const next = memoryClient(broker);
    await open(next);
    next.send(1, amqp.BASIC_GET, { queue: 'q' });
    expect(next.take()[0]).to.deep.include({ name: 'basic.get-ok', body: 'again' });
  });

  it('takes exclusive queues with it, and lets nobody else near them', async () => {
    const broker = new MemoryBroker();
    const { session, client } = opened(broker);
    client.send(1, amqp.QUEUE_DECLARE, { queue: 'mine', exclusive: true });
    const other = memoryClient(broker);
    await open(other, [1, 2]);
    other.send(1, amqp.QUEUE_DECLARE, { queue: 'mine', passive: true });
    expect(other.take()[0]?.fields).to.include({ replyCode: 405 });
    session.lost(0);
    other.send(2, amqp.QUEUE_DECLARE, { queue: 'mine', passive: true });
    expect(other.take()[0]?.fields).to.include({ replyCode: 404 });
  });
});

describe('MemoryBroker', () => {
  it('tells clients that understand it to stop publishing, and to go on', () => {
    const broker = new MemoryBroker();
    const { client } = opened(broker, { capabilities: { 'connection.blocked': true } });
    const { client: older } = opened(broker);
    broker.block('low on memory');
    broker.block(null);
    expect(client.take().map(({ name, fields }) => ({ name, ...fields }))).to.deep.equal([
      { name: 'connection.blocked', reason: 'low on memory' },
      { name: 'connection.unblocked' },
    ]);
    expect(older.take()).to.deep.equal([]);
  });

  it('hands messages to the consumers of a queue in turn', () => {
    const broker = new MemoryBroker();
    const clients = [opened(broker), opened(broker), opened(broker)].map(({ client }) => client);
    for (const client of clients) {
      client.send(1, amqp.QUEUE_DECLARE, { queue: 'q' });
      client.send(1, amqp.BASIC_CONSUME, { queue: 'q', noAck: true });
      client.take();
    }
    for (let i = 0; i < 6; i++) clients[0]?.publish(1, { routingKey: 'q' }, String(i));
    const bodies = clients.map((client) => client.take().map(({ body }) => Number(body)));
    for (const [first, second] of bodies) expect((second ?? 0) - (first ?? 0)).to.equal(3);
    expect(bodies.flat().sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });
});

interface Bare {
  readonly session: Session;
  readonly client: WireClient;
  readonly written: Uint8Array[];
  readonly stream: { ended: boolean };
}

/** @param pieces - bytes that the client hands over at a time */
function bare(broker: MemoryBroker, pieces = Number.POSITIVE_INFINITY): Bare {
  const written: Uint8Array[] = [];
  const stream = { ended: false };
  const client = new WireClient((bytes) => {
    for (let at = 0; at < bytes.length; at += pieces) session.receive(bytes.subarray(at, at + pieces), 0);
  });
  const session = broker.connect({
    write(bytes) {
      written.push(bytes);
      if (bytes !== amqp.PROTOCOL_HEADER) client.receive(bytes);
    },
    end() {
      stream.ended = true;
    },
  });
  return { session, client, written, stream };
}

function greeted(broker: MemoryBroker): Bare {
  const all = bare(broker);
  all.client.raw(amqp.PROTOCOL_HEADER);
  all.client.take();
  return all;
}

/** Open, and channel 1 too. */
function opened(broker: MemoryBroker, options: { heartbeat?: number; capabilities?: amqp.FieldTable } = {}): Bare {
  const all = greeted(broker);
  login(all.client, options);
  all.client.send(0, amqp.CONNECTION_OPEN, {});
  all.client.send(1, amqp.CHANNEL_OPEN);
  all.client.take();
  return all;
}

function login(
  client: WireClient,
  { heartbeat = 0, capabilities = {} }: { heartbeat?: number; capabilities?: amqp.FieldTable } = {},
): void {
  client.send(0, amqp.CONNECTION_START_OK, { ...OPENING, clientProperties: { capabilities } });
  client.send(0, amqp.CONNECTION_TUNE_OK, { channelMax: 0, frameMax: 0, heartbeat });
}
