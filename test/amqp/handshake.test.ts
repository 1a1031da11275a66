import { expect } from 'chai';
import {
  type AMQPError,
  CONNECTION_CLOSE,
  CONNECTION_START,
  CONNECTION_TUNE,
  ConnectionWrongStateError,
  PlainCredentials,
} from '../../amqp/index.ts';
import { Peer, START, text } from './peer.ts';

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

describe('the login of a connection', () => {
  it('is the header, start-ok, tune-ok and open', () => {
    const peer = new Peer({ virtualHost: 'v' });
    peer.machine.start(peer.now);
    const [header] = peer.machine.takeOutput(peer.now);
    expect([...(header ?? [])]).to.deep.equal([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
    expect(peer.machine.state).to.equal('protocol');
    const whole = new Peer({ virtualHost: 'v' }).login({ heartbeat: 60 }, { capabilities: { 'basic.nack': true } });
    expect(whole.names).to.deep.equal(['connection.start-ok', 'connection.tune-ok', 'connection.open']);
    expect(whole.seen[0]?.fields).to.include({ mechanism: 'PLAIN', locale: 'en_US' });
    expect(text(whole.seen[0]?.fields.response as Uint8Array)).to.equal('\0guest\0secret');
    expect(whole.seen[2]?.fields.virtualHost).to.equal('v');
    expect(whole.machine).to.include({ state: 'open', channelMax: 2047, frameMax: 131_072, heartbeat: 60 });
    expect(whole.machine.serverCapabilities).to.deep.equal({ 'basic.nack': true });
    expect(whole.events).to.deep.equal(['open']);
  });

  it('agrees on the smaller of both wishes, and keeps ours where the broker has none (L9)', () => {
    const free = new Peer({ channelMax: 10, frameMax: 8192 }).login(ALL).machine;
    expect(free).to.include({ channelMax: 10, frameMax: 8192, heartbeat: 0 });
    const most = new Peer().login({ channelMax: 65_535, frameMax: 2 ** 32 - 1, heartbeat: 65_535 }).machine;
    expect(most).to.include({ channelMax: 65_535, frameMax: 131_072, heartbeat: 65_535 });
    const least = new Peer().login({ channelMax: 1, frameMax: 4096, heartbeat: 1 }).machine;
    expect(least).to.include({ channelMax: 1, frameMax: 4096, heartbeat: 1 });
  });

  it('takes the heartbeat that this side sets, by a number or a function', () => {
    expect(new Peer({ heartbeat: 0 }).login({ heartbeat: 60 }).machine.heartbeat).to.equal(0);
    expect(new Peer({ heartbeat: 100 }).login({ heartbeat: 60 }).machine.heartbeat).to.equal(100);
    expect(new Peer({ heartbeat: (theirs) => theirs / 2 }).login({ heartbeat: 60 }).machine.heartbeat).to.equal(30);
  });

  it('fails when the function for the heartbeat gives no interval, or throws', () => {
    for (const heartbeat of [
      () => null as never,
      () => 1.5,
      () => -1,
      () => {
        throw new Error('mine');
      },
    ]) {
      const peer = new Peer({ heartbeat });
      peer.machine.start(peer.now);
      peer.take();
      peer.method(0, CONNECTION_START, START);
      peer.method(0, CONNECTION_TUNE, ALL);
      expect(end(peer)).to.include({ name: 'AMQPConnectionError' });
      expect(end(peer).cause).to.be.instanceOf(Error);
    }
  });

  it('says of the function for the heartbeat what an argument of ours would be told', () => {
    const rows = [
      [() => null as never, TypeError, 'ARG_TYPE'],
      [() => (() => 5) as never, TypeError, 'ARG_TYPE'],
      [() => -1, RangeError, 'ARG_RANGE'],
      [() => 65_536, RangeError, 'ARG_RANGE'],
    ] as const;
    for (const [heartbeat, type, code] of rows) {
      const peer = new Peer({ heartbeat });
      peer.machine.start(peer.now);
      peer.take();
      peer.method(0, CONNECTION_START, START);
      peer.method(0, CONNECTION_TUNE, ALL);
      expect(end(peer).cause).to.be.instanceOf(type).and.include({ code, field: 'heartbeat' });
    }
  });

  it('keeps what the broker says of itself as plain data (L11)', () => {
    const properties = JSON.parse('{"__proto__":"own","constructor":"c","toString":"t"}') as object;
    const { machine } = new Peer().login({}, properties);
    expect(Object.keys(machine.serverProperties)).to.deep.equal(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(machine.serverProperties)).to.equal(null);
    expect(({} as Record<string, unknown>).own).to.equal(undefined);
  });

  it('erases credentials once they are sent, if they ask for it', () => {
    const credentials = new PlainCredentials('u', 'p', true);
    opening('tune', { credentials });
    expect([credentials.username, credentials.password]).to.deep.equal([null, null]);
  });

  it('fails with an error of its own when the credentials throw', () => {
    const cause = new Error('no token');
    const credentials = {
      responseFor: () => {
        throw cause;
      },
      eraseCredentials: () => undefined,
    };
    const peer = opening('tune', { credentials });
    expect(end(peer)).to.include({ name: 'AMQPConnectionError', cause });
  });

  for (const [step, name] of [
    ['start', 'IncompatibleProtocolError'],
    ['tune', 'ProbableAuthenticationError'],
    ['open-ok', 'ProbableAccessDeniedError'],
  ] as const) {
    it(`that is cut off before ${step} means ${name} (N5)`, () => {
      const peer = opening(step);
      const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      peer.machine.lost(reset, peer.now);
      expect(end(peer).name).to.equal(name);
      expect(end(peer).cause).to.include({ name: 'StreamLostError', cause: reset });
      peer.machine.lost(null, peer.now);
      expect(end(peer).name).to.equal(name);
    });
  }

  for (const [step, replyCode, replyText, name] of [
    ['tune', 403, 'ACCESS_REFUSED - Login was refused', 'ProbableAuthenticationError'],
    ['tune', 320, 'CONNECTION_FORCED', 'ConnectionClosedByBroker'],
    ['open-ok', 530, 'NOT_ALLOWED - vhost v not found', 'ProbableAccessDeniedError'],
    ['open-ok', 403, 'ACCESS_REFUSED', 'ProbableAccessDeniedError'],
    [
      'open-ok',
      530,
      'NOT_ALLOWED - access to vhost refused: connection limit (5) is reached',
      'ConnectionClosedByBroker',
    ],
  ] as const) {
    it(`that the broker ends before ${step} with ${replyCode} ${replyText} means ${name}`, () => {
      const peer = opening(step);
      peer.method(0, CONNECTION_CLOSE, { replyCode, replyText });
      expect(end(peer).name).to.equal(name);
      expect(end(peer).message).to.include(replyText.slice(0, 20));
      expect(peer.names.at(-1)).to.equal('connection.close-ok');
    });
  }

  it('shows what another protocol began with when the stream ends early', () => {
    const peer = opening('start');
    peer.bytes(Uint8Array.of(0x53, 0x53, 0x48));
    peer.machine.lost(null, peer.now);
    expect(end(peer)).to.include({ name: 'IncompatibleProtocolError', offered: 'SSH' });
  });

  it('ends with the reason of an owner who gives up', () => {
    const peer = opening('tune');
    const reason = new ConnectionWrongStateError('given up');
    peer.machine.abort(reason, peer.now);
    expect(end(peer)).to.equal(reason);
    expect(peer.take()).to.deep.equal([]);
  });
});
