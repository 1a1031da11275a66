import { expect } from 'chai';
import {
  BASIC_ACK,
  BASIC_PUBLISH,
  CHANNEL_CLOSE,
  type ChannelMachine,
  CONFIRM_SELECT_OK,
  encodeContentFrames,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
} from '../../amqp/index.ts';
import { Random } from '../support/random.ts';
import { join, Peer } from './peer.ts';

function open(frameMax = 8192): { peer: Peer; channel: ChannelMachine } {
  const peer = new Peer().login({ frameMax });
  const channel = peer.channel();
  peer.seen.length = 0;
  return { peer, channel };
}

/** The body that was sent last, and how many frames it took. */
function sent(peer: Peer): { body: Uint8Array; frames: number } {
  const frames = peer.take().filter(({ name }) => name === 'body');
  return { body: join(...frames.map(({ payload }) => payload)), frames: frames.length };
}

/** Bytes that differ from their neighbours. */
function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251);
}

describe('publishing', () => {
  for (const size of [0, 1, 8183, 8184, 8185, 16_368, 65_535, 65_536, 300_000]) {
    it(`cuts a body of ${size} bytes into the fewest frames that frame_max allows`, () => {
      const { peer, channel } = open();
      const whole = pattern(size);
      channel.publish('e', 'k', whole, { deliveryMode: 2 }, true);
      const { body, frames } = sent(peer);
      expect(body).to.deep.equal(whole);
      expect(frames).to.equal(Math.ceil(size / 8184));
      expect(peer.names.slice(0, 2)).to.deep.equal(['basic.publish', 'header']);
      expect(peer.seen[0]?.fields).to.deep.equal({ exchange: 'e', routingKey: 'k', mandatory: true, immediate: false });
      expect(peer.machine.framesSent).to.equal(4 + 2 + frames);
    });
  }

  for (const text of [
    '',
    'plain',
    'x'.repeat(65),
    'zwölf Boxkämpfer €, 😀',
    'ä'.repeat(5000),
    'long €'.repeat(20_000),
    'a\ud800z',
  ]) {
    it(`sends a text of ${text.length} characters as UTF-8: ${JSON.stringify(text.slice(0, 20))}`, () => {
      const { peer, channel } = open();
      channel.publish('', 'q', text);
      expect(Buffer.from(sent(peer).body).toString()).to.equal(text.replace('\ud800', '\ufffd'));
    });
  }

  it('copies small bodies, and keeps those of 64 KiB and more by reference until they are written (U4)', () => {
    const { peer, channel } = open(131_072);
    const small = pattern(65_535);
    const large = pattern(65_536);
    channel.publish('', 'q', small);
    channel.publish('', 'q', large);
    const first = small.slice();
    small.fill(0);
    const parts = peer.machine.takeOutput(peer.now);
    expect(parts.filter((part) => part.buffer === small.buffer)).to.have.lengthOf(0);
    expect(parts.filter((part) => part.buffer === large.buffer)).to.have.lengthOf(1);
    const all = Buffer.concat(parts);
    expect(all.includes(Buffer.from(first))).to.equal(true);
    expect(all.includes(Buffer.from(large))).to.equal(true);
  });

  it('writes what the encoder writes, whatever the message before was', () => {
    const { peer, channel } = open();
    const random = new Random(7);
    const expected: Uint8Array[] = [];
    const bodies = ['', 'a', 'ä', pattern(300), pattern(20_000)];
    for (let i = 0; i < 2000; i++) {
      const exchange = random.pick(['', 'e']);
      const routingKey = random.pick(['k', 'key', 'ké']);
      const mandatory = random.below(8) === 0;
      const properties = random.below(8) === 0 ? { messageId: `${i}` } : null;
      const body = random.pick(bodies);
      channel.publish(exchange, routingKey, body, properties, mandatory);
      const fields = { exchange, routingKey, mandatory };
      const wanted = encodeContentFrames(channel.number, BASIC_PUBLISH, fields, properties ?? {}, body, 8192);
      // several messages between two looks, too
      expected.push(wanted);
      if (random.boolean()) continue;
      expect(
        Buffer.compare(Buffer.concat(peer.machine.takeOutput(peer.now)), Buffer.concat(expected.splice(0))),
      ).to.equal(0);
    }
  });

  it('is not misled by a message that could not be sent', () => {
    const { peer, channel } = open();
    const long = 'k'.repeat(256);
    for (const key of ['k', 'k', long, long, 'k']) {
      if (key === long) expect(() => channel.publish('', key, 'x')).to.throw(RangeError);
      else channel.publish('', key, 'x');
    }
    const one = encodeContentFrames(channel.number, BASIC_PUBLISH, { exchange: '', routingKey: 'k' }, {}, 'x', 0);
    expect(Buffer.concat(peer.machine.takeOutput(peer.now))).to.deep.equal(Buffer.concat([one, one, one]));
  });

  it('announces output once until it is taken', () => {
    let announced = 0;
    const peer = new Peer({
      events: {
        output: () => announced++,
        open: () => undefined,
        closed: () => undefined,
        blocked: () => undefined,
        unblocked: () => undefined,
        warn: () => undefined,
      },
    }).login();
    const channel = peer.channel();
    announced = 0;
    channel.publish('', 'q', 'a');
    channel.publish('', 'q', 'b');
    expect(announced).to.equal(1);
    peer.take();
    channel.publish('', 'q', 'c');
    expect(announced).to.equal(2);
  });

  it('announces output again with each addition from 32 KiB on, so that its owner need not watch it grow', () => {
    let announced = 0;
    const events = { open() {}, closed() {}, blocked() {}, unblocked() {}, warn() {} };
    const peer = new Peer({ events: { ...events, output: () => announced++ } }).login();
    const channel = peer.channel();
    announced = 0;
    channel.publish('', 'q', pattern(20_000));
    expect(announced).to.equal(1);
    channel.publish('', 'q', pattern(20_000));
    channel.publish('', 'q', 'a');
    expect(announced).to.equal(3);
    peer.take();
    channel.publish('', 'q', 'b');
    expect(announced).to.equal(4);
  });

  it('announces output again with each call from 1400 bytes on', () => {
    let announced = 0;
    const events = { open() {}, closed() {}, blocked() {}, unblocked() {}, warn() {} };
    const peer = new Peer({ events: { ...events, output: () => announced++ } }).login();
    const channels = [peer.channel(), peer.channel(), peer.channel()];
    announced = 0;
    for (const channel of channels) {
      channel.publish('', 'q', pattern(600));
      channel.call(QUEUE_DECLARE, { queue: 'q' }, null);
    }
    expect(announced).to.equal(2);
  });

  it('goes on on other channels when one fails, as do their calls and confirms (G10)', () => {
    const { peer, channel } = open();
    const other = peer.channel(null, {
      settled: (token, tag, error) => peer.told.push(['verdict', token, tag, error]),
    });
    other.confirmSelect(false, null);
    peer.take();
    peer.method(other.number, CONFIRM_SELECT_OK, {});
    other.publish('', 'q', 'x', null, false, 'token');
    other.call(QUEUE_DECLARE, { queue: 'q' }, (error) => peer.told.push(['declared', error]));
    channel.publish('gone', '', 'x');
    peer.take();
    peer.told.length = 0;
    peer.method(channel.number, CHANNEL_CLOSE, { replyCode: 404, replyText: 'no exchange' });
    peer.method(other.number, QUEUE_DECLARE_OK, { queue: 'q', messageCount: 0, consumerCount: 0 });
    peer.method(other.number, BASIC_ACK, { deliveryTag: 1 });
    expect(peer.events).to.deep.equal(['closed@1', 'declared', 'confirmed@2', 'verdict']);
    expect(peer.told.slice(1)).to.deep.equal([
      ['declared', null],
      ['confirmed@2', 'basic.ack', 1, false],
      ['verdict', 'token', 1, null],
    ]);
  });
});
