import { expect } from 'chai';
import {
  type AMQPError,
  BASIC_CONSUME_OK,
  CHANNEL_CLOSE_OK,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_START,
  CONNECTION_TUNE,
  CONNECTION_UNBLOCKED,
  CONNECTION_UPDATE_SECRET_OK,
  ConnectionWrongStateError,
  encodeMethodFrame,
  FRAME_METHOD,
  InvalidChannelNumber,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
} from '../../amqp/index.ts';
import { delivery, frame, join, Peer, START } from './peer.ts';

const ALL = { channelMax: 0, frameMax: 0, heartbeat: 0 };

/** A connection that waits for start, tune or open-ok. */
function opening(step: 'start' | 'tune' | 'open-ok', options = {}): Peer {
  const peer = new Peer(options);
  peer.machine.start(peer.now);
  peer.take();
  if (step !== 'start') peer.method(0, CONNECTION_START, START);
  if (step === 'open-ok') peer.method(0, CONNECTION_TUNE, ALL);
  return peer;
}

function end(peer: Peer): AMQPError {
  const ends = peer.told.filter(([what]) => what === 'closed');
  expect(ends).to.have.lengthOf(1);
  return ends[0]?.[1] as AMQPError;
}

describe('an open connection', () => {
  it('counts bytes and frames both ways, those of messages too', () => {
    const peer = new Peer().login();
    const channel = peer.channel();
    channel.consume({ queue: 'q', consumerTag: 'c' }, () => undefined, null);
    peer.take();
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    const { framesSent, bytesSent, framesReceived, bytesReceived } = peer.machine;
    channel.publish('', 'q', 'body');
    expect(peer.machine.outputSize).to.be.greaterThan(30);
    const size = peer.machine.outputSize;
    peer.take();
    expect(peer.machine.framesSent).to.equal(framesSent + 3);
    expect(peer.machine.bytesSent).to.equal(bytesSent + size);
    const message = delivery(1, 'c', 1, 'body');
    peer.bytes(message);
    expect(peer.machine.framesReceived).to.equal(framesReceived + 3);
    expect(peer.machine.bytesReceived).to.equal(bytesReceived + message.length);
  });

  it('gives out the lowest number that is free', () => {
    const peer = new Peer({ channelMax: 3 }).login();
    const first = peer.channel();
    expect(peer.channel(3).number).to.equal(3);
    first.close(200, '');
    peer.take();
    peer.method(1, CHANNEL_CLOSE_OK, {});
    expect(peer.channel().number).to.equal(1);
    expect(peer.channel().number).to.equal(2);
    expect(() => peer.request())
      .to.throw()
      .with.property('name', 'NoFreeChannels');
    for (const number of [3, 4, -1, 1.5]) expect(() => peer.request(number)).to.throw(InvalidChannelNumber);
  });

  it('ends every call and channel, in order of creation, when its stream is lost (N6, N8)', () => {
    const peer = new Peer().login();
    const channel = peer.channel(7);
    peer.channel(2);
    channel.call(QUEUE_DECLARE, { queue: 'q' }, (error) => peer.told.push(['call', error]));
    peer.machine.updateSecret('new', 'expires', (error) => peer.told.push(['secret', error]));
    peer.take();
    peer.bytes(encodeMethodFrame(7, QUEUE_DECLARE, { queue: 'cut' }).subarray(0, 9));
    peer.told.length = 0;
    peer.machine.lost(null, peer.now);
    expect(peer.events).to.deep.equal(['call', 'closed@7', 'closed@2', 'secret', 'closed']);
    expect(new Set(peer.told.map(([, error]) => error)).size).to.equal(1);
    expect(end(peer).name).to.equal('StreamLostError');
    expect(() => channel.publish('', 'q', ''))
      .to.throw(ConnectionWrongStateError)
      .with.property('cause', end(peer));
    // a delivery goes with its channel, so that nobody takes it for one of a later connection
    expect(() => channel.ack(1, false))
      .to.throw()
      .with.property('name', 'ChannelWrongStateError');
    expect(() => peer.machine.openChannel(null, {} as never))
      .to.throw(ConnectionWrongStateError)
      .with.property('cause', end(peer));
    expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('shows everything as closed before it tells the first', () => {
    const peer = new Peer().login();
    const states: string[] = [];
    const first = peer.channel(null, {
      closed: () => states.push(peer.machine.state, first.state, second.state),
    });
    const second = peer.channel();
    peer.machine.lost(null, peer.now);
    expect(states).to.deep.equal(['closed', 'closed', 'closed']);
  });

  it('answers the close of the broker, and reads nothing after it (P7)', () => {
    const peer = new Peer().login();
    peer.channel();
    const close = encodeMethodFrame(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'CONNECTION_FORCED' });
    peer.bytes(join(close, close, frame(FRAME_METHOD, 9, [1, 2, 3])));
    expect(end(peer)).to.include({ name: 'ConnectionClosedByBroker', replyCode: 320 });
    expect(peer.names.filter((name) => name === 'connection.close-ok')).to.have.lengthOf(1);
    expect(peer.machine.outputSize).to.equal(0);
  });

  it('asks for the time as it is only where deadlines begin: a call, a confirm, its close', () => {
    const peer = new Peer().login();
    const channel = peer.channel();
    const asks = (work: () => void): boolean => {
      peer.take();
      work();
      return peer.machine.startsClocks;
    };
    const publish = (): unknown => channel.publish('', 'q', 'text');
    expect(asks(publish)).to.equal(false);
    expect(asks(() => channel.call(QUEUE_DECLARE, { queue: 'q' }, null))).to.equal(true);
    channel.confirmSelect(true, null);
    peer.method(1, QUEUE_DECLARE_OK, { queue: 'q', messageCount: 0, consumerCount: 0 });
    expect(asks(publish)).to.equal(true);
    expect(asks(() => peer.machine.updateSecret('secret', 'reason', () => {}))).to.equal(true);
    expect(asks(() => peer.machine.close(200, 'bye'))).to.equal(true);
  });

  it('hands in a new secret and tells of the answer', () => {
    const peer = new Peer().login();
    const answers: unknown[] = [];
    peer.machine.updateSecret('t2', 'refresh', (error) => answers.push(error));
    expect(peer.take().map(({ name, fields }) => [name, fields.newSecret])).to.deep.equal([
      ['connection.update-secret', 't2'],
    ]);
    peer.method(0, CONNECTION_UPDATE_SECRET_OK, {});
    expect(answers).to.deep.equal([null]);
    expect(() => peer.machine.updateSecret(7 as never, '', () => undefined)).to.throw(TypeError);
  });

  it('ends when there is no answer to a new secret', () => {
    const peer = new Peer().login();
    peer.machine.updateSecret('t2', 'refresh', (error) => peer.told.push(['secret', error]));
    peer.take();
    peer.wait(20_000);
    expect(end(peer)).to.include({ name: 'RpcTimeout', method: 'connection.update-secret' });
    expect(peer.told.find(([what]) => what === 'secret')?.[1]).to.equal(end(peer));
  });

  it('tells that it is blocked and unblocked (B8)', () => {
    const peer = new Peer().login();
    peer.method(0, CONNECTION_BLOCKED, { reason: 'low on memory' });
    peer.method(0, CONNECTION_UNBLOCKED, {});
    expect(peer.told.slice(1)).to.deep.equal([['blocked', 'low on memory'], ['unblocked']]);
    expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('ends when it stays blocked for too long, counted from the first time', () => {
    const peer = new Peer({ blockedTimeout: 1000 }).login();
    peer.method(0, CONNECTION_BLOCKED, { reason: 'low on disk' });
    peer.wait(600);
    peer.method(0, CONNECTION_BLOCKED, { reason: 'still' });
    peer.wait(399);
    expect(peer.machine.state).to.equal('open');
    peer.wait(1);
    expect(end(peer)).to.include({ name: 'ConnectionBlockedTimeout', reason: 'low on disk' });
    expect(peer.seen.at(-1)?.fields.replyCode).to.equal(320);
  });
});

describe('closing a connection', () => {
  it('closes each channel, which cancels its consumers first, then itself', () => {
    const peer = new Peer().login();
    const first = peer.channel();
    peer.channel();
    first.consume({ queue: 'q', consumerTag: 'c' }, () => undefined, null);
    peer.take();
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    peer.seen.length = 0;
    peer.told.length = 0;
    peer.machine.close(200, 'Normal shutdown');
    expect(peer.machine.state).to.equal('closing');
    expect(peer.take().map(({ name }) => name)).to.deep.equal(['basic.cancel', 'channel.close', 'channel.close']);
    expect(() => first.publish('', 'q', ''))
      .to.throw()
      .with.property('name', 'ChannelWrongStateError');
    expect(() => peer.machine.close(200, '')).to.throw(ConnectionWrongStateError);
    peer.method(1, CHANNEL_CLOSE_OK, {});
    expect(peer.names).to.not.include('connection.close');
    peer.method(2, CHANNEL_CLOSE_OK, {});
    expect(peer.seen.at(-1)).to.deep.include({ name: 'connection.close' });
    expect(peer.seen.at(-1)?.fields).to.include({ replyCode: 200, replyText: 'Normal shutdown' });
    peer.method(0, CONNECTION_CLOSE_OK, {});
    expect(peer.events).to.deep.equal(['closed@1', 'closed@2', 'closed']);
    expect(end(peer)).to.include({ name: 'ConnectionClosedByClient', replyCode: 200 });
    expect(peer.told[0]?.[1]).to.include({ name: 'ChannelClosedByClient', replyCode: 200 });
  });

  it('ends after its time when close-ok does not come (C13)', () => {
    const peer = new Peer().login();
    peer.channel();
    peer.machine.close(200, 'bye');
    peer.take();
    peer.wait(4999);
    expect(peer.machine.state).to.equal('closing');
    peer.wait(1);
    expect(end(peer).name).to.equal('ConnectionClosedByClient');
    expect(peer.events.slice(-2)).to.deep.equal(['closed@1', 'closed']);
  });

  it('ends with the loss when the stream is lost meanwhile (N13)', () => {
    const peer = new Peer().login();
    peer.machine.close(200, 'bye');
    peer.machine.lost(null, peer.now);
    expect(end(peer).name).to.equal('StreamLostError');
  });

  it('ends with the close of the broker when both cross (C15)', () => {
    const peer = new Peer().login();
    peer.machine.close(200, 'bye');
    peer.take();
    peer.method(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'shutdown' });
    peer.method(0, CONNECTION_CLOSE_OK, {});
    expect(end(peer)).to.include({ name: 'ConnectionClosedByBroker', replyCode: 320 });
    expect(peer.names.slice(-2)).to.deep.equal(['connection.close', 'connection.close-ok']);
  });

  it('is refused before it is open, and with a text that does not fit', () => {
    const peer = opening('tune');
    expect(() => peer.machine.close(200, '')).to.throw(ConnectionWrongStateError);
    const open = new Peer().login();
    const channel = open.channel();
    expect(() => open.machine.close(200, 'x'.repeat(256))).to.throw(RangeError);
    expect(channel.state).to.equal('open');
  });
});

describe('a handler of a connection', () => {
  it('may end it while bytes are being read: nothing follows but the end', () => {
    const peer = new Peer().login();
    const channel = peer.channel();
    let count = 0;
    channel.consume(
      { queue: 'q', consumerTag: 'c' },
      () => {
        count++;
        peer.machine.abort(new ConnectionWrongStateError('enough'), peer.now);
        expect(peer.events).to.not.include('closed');
      },
      null,
    );
    peer.take();
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    peer.bytes(join(delivery(1, 'c', 1, 'a'), delivery(1, 'c', 2, 'b')));
    expect(count).to.equal(1);
    expect(peer.events.slice(-2)).to.deep.equal(['closed@1', 'closed']);
  });

  it('may publish, open and close channels, and close the connection', () => {
    const peer = new Peer().login();
    const channel = peer.channel();
    channel.consume(
      { queue: 'q', consumerTag: 'c' },
      (method) => {
        if (method.deliveryTag === 1) {
          channel.publish('', 'r', 'answer');
          peer.request();
        } else {
          peer.machine.close(200, 'done');
        }
      },
      null,
    );
    peer.take();
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    peer.seen.length = 0;
    peer.bytes(join(delivery(1, 'c', 1, 'a'), delivery(1, 'c', 2, 'b')));
    expect(peer.names).to.deep.equal([
      'basic.publish',
      'header',
      'body',
      'channel.open',
      'basic.cancel',
      'channel.close',
    ]);
  });
});
