import { expect } from 'chai';
import {
  AMQPError,
  BASIC_CONSUME_OK,
  BASIC_GET_EMPTY,
  CONNECTION_START,
  CONNECTION_TUNE,
  QUEUE_DECLARE,
} from '../../amqp/index.ts';
import { type Case, LOGIN, START_FRAME, TUNE } from './hostile-login.ts';
import { CALLS, CONTENT, FRAMES } from './hostile-session.ts';
import { Peer, START } from './peer.ts';

/** A connection that got so far, with a call that awaits its reply where there is a channel. */
function prepare(at: Case['at'], calls: unknown[]): Peer {
  const peer = new Peer();
  if (at === undefined) {
    peer.login();
    const channel = peer.channel(1);
    channel.consume({ queue: 'q', consumerTag: 'c' }, () => peer.told.push(['message']), null);
    peer.method(1, BASIC_CONSUME_OK, { consumerTag: 'c' });
    channel.call(QUEUE_DECLARE, { queue: 'awaited' }, (error) => calls.push(error));
    channel.call(QUEUE_DECLARE, { queue: 'queued' }, (error) => calls.push(error));
    channel.get('q', true, () => undefined);
    peer.take();
    peer.method(1, BASIC_GET_EMPTY, {});
    return peer;
  }
  peer.machine.start(peer.now);
  peer.take();
  if (at !== 'header') peer.method(0, CONNECTION_START, START);
  if (at === 'tune') peer.method(0, CONNECTION_TUNE, TUNE);
  return peer;
}

for (const chunk of [Number.POSITIVE_INFINITY, 1]) {
  describe(`a connection whose peer breaks the protocol, ${chunk === 1 ? 'byte by byte' : 'in one piece'}`, () => {
    for (const { title, at, bytes, error, replyCode, text } of [...LOGIN, ...FRAMES, ...CALLS, ...CONTENT]) {
      it(`ends with ${error}${replyCode === undefined ? '' : ` ${replyCode}`}: ${title}`, () => {
        const calls: unknown[] = [];
        const peer = prepare(at, calls);
        const before = peer.seen.length;
        peer.chunk = chunk;
        peer.bytes(typeof bytes === 'function' ? bytes() : bytes);

        const ends = peer.told.filter(([what]) => what === 'closed');
        expect(ends).to.have.lengthOf(1);
        expect(peer.told.at(-1)).to.equal(ends[0]);
        const reason = ends[0]?.[1] as AMQPError;
        expect(reason).to.be.instanceOf(AMQPError);
        expect(reason.name, reason.message).to.equal(error);
        if (text !== undefined) expect(reason.message).to.match(text);
        expect(reason.message).not.to.include('secret');

        const close = peer.seen.slice(before).find(({ name }) => name === 'connection.close');
        expect(close?.fields.replyCode).to.equal(replyCode);
        expect(calls).to.deep.equal(at === undefined ? [reason, reason] : []);
        expect(peer.machine.state).to.equal('closed');
        expect(peer.machine.nextTimeout()).to.equal(Number.POSITIVE_INFINITY);
        const told = peer.told.length;
        peer.bytes(START_FRAME);
        expect(peer.told).to.have.lengthOf(told);
      });
    }
  });
}
