import { expect } from 'chai';
import {
  BASIC_CONSUME_OK,
  BASIC_DELIVER,
  type BasicProperties,
  CHANNEL_CLOSE,
  type ChannelMachine,
  encodeContentFrames,
  encodeMethodFrame,
  FRAME_BODY,
  FRAME_HEARTBEAT,
} from '../../amqp/index.ts';
import { Random } from '../support/random.ts';
import { ascii, delivery, frame, header, join, Peer, text } from './peer.ts';

interface Received {
  readonly channel: number;
  readonly tag: number | bigint;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
}

/** A connection with a consumer `c` on each of its channels. */
function consuming(channels = 1, options = {}): { peer: Peer; received: Received[]; channel: ChannelMachine } {
  const peer = new Peer(options).login({ frameMax: 8192 });
  const received: Received[] = [];
  for (let i = 0; i < channels; i++) {
    const channel = peer.channel();
    const { number } = channel;
    channel.consume(
      { queue: 'q', consumerTag: 'c', noAck: true },
      (method, properties, body) =>
        received.push({ channel: number, tag: method.deliveryTag as number, properties, body }),
      null,
    );
    peer.take();
    peer.method(number, BASIC_CONSUME_OK, { consumerTag: 'c' });
  }
  return { peer, received, channel: peer.channel() };
}

function deliver(channel: number, deliveryTag: number): Uint8Array {
  const fields = { consumerTag: 'c', deliveryTag, redelivered: false, exchange: 'e', routingKey: 'k' };
  return encodeMethodFrame(channel, BASIC_DELIVER, fields);
}

/** The header of a message whose headers table is these bytes. */
function withHeaders(table: readonly number[]): Uint8Array {
  return header(1, 0n, [0x20, 0, 0, 0, table.length >> 8, table.length & 255, ...table]);
}

function repeat(part: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(part.length * count);
  for (let i = 0; i < count; i++) all.set(part, i * part.length);
  return all;
}

for (const chunk of [Number.POSITIVE_INFINITY, 1, 100]) {
  describe(`a message that comes in chunks of ${chunk} bytes`, () => {
    it('may be empty, or come byte by byte with other channels between (T3)', () => {
      const { peer, received } = consuming(2);
      peer.chunk = chunk;
      peer.bytes(
        join(
          deliver(1, 1),
          deliver(2, 1),
          header(1, 3n),
          header(2, 0n),
          frame(FRAME_BODY, 1, [0x61]),
          frame(FRAME_BODY, 1, []),
          delivery(2, 'c', 2, 'whole'),
          frame(FRAME_BODY, 1, [0x62]),
          frame(FRAME_HEARTBEAT, 0),
          frame(FRAME_BODY, 1, [0x63]),
        ),
      );
      expect(received.map(({ channel, tag, body }) => [channel, tag, text(body)])).to.deep.equal([
        [2, 1, ''],
        [2, 2, 'whole'],
        [1, 1, 'abc'],
      ]);
    });

    it('may have a header of more than frame_max, up to 1 MiB (T5)', () => {
      const { peer, received } = consuming();
      const value = 'x'.repeat(100_000);
      const fields = { consumerTag: 'c', deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q' };
      peer.chunk = chunk === 1 ? 1000 : chunk;
      peer.bytes(encodeContentFrames(1, BASIC_DELIVER, fields, { headers: { value } }, 'b', 0));
      expect(received[0]?.properties.headers).to.deep.equal({ value });
    });

    it('may have keys twice, empty, or with names of an object (T8, T9)', () => {
      const { peer, received } = consuming();
      const key = (name: string, value: number): number[] => [name.length, ...ascii(name), 0x62, value];
      peer.chunk = chunk;
      peer.bytes(
        join(deliver(1, 1), withHeaders([...key('a', 1), ...key('a', 2), ...key('', 3), ...key('__proto__', 4)])),
      );
      expect(Object.entries(received[0]?.properties.headers ?? {})).to.deep.equal([
        ['a', 2],
        ['', 3],
        ['__proto__', 4],
      ]);
    });

    it('may have property flags that go on, with nothing in them (T12)', () => {
      const { peer, received } = consuming();
      peer.chunk = chunk;
      peer.bytes(join(deliver(1, 1), header(1, 0n, [0x10, 1, 0, 1, 0, 0, 2])));
      expect(received[0]?.properties.deliveryMode).to.equal(2);
    });
  });
}

describe('the bodies of messages', () => {
  it('stay as they are when the chunk that they came in changes', () => {
    const { peer, received } = consuming();
    const sizes = [1, 16, 1024, 1025, 4096, 8184, 8185, 30_000];
    for (const [i, size] of sizes.entries()) {
      const fields = { consumerTag: 'c', deliveryTag: i + 1, redelivered: false, exchange: '', routingKey: 'q' };
      peer.bytes(encodeContentFrames(1, BASIC_DELIVER, fields, {}, new Uint8Array(size).fill(i + 1), 8192));
    }
    for (const [i, { body }] of received.entries()) {
      expect(body.length).to.equal(sizes[i]);
      expect(body.every((byte) => byte === i + 1)).to.equal(true);
      expect(body.buffer.byteLength - body.length, 'held beside the body').to.be.at.most(4096);
    }
  });

  it('take no room that was announced and does not come (T2)', () => {
    const before = process.memoryUsage().arrayBuffers;
    const peers = Array.from({ length: 20 }, () => {
      const { peer } = consuming();
      peer.bytes(join(deliver(1, 1), header(1, 60n * 2n ** 20n), frame(FRAME_BODY, 1, [1])));
      return peer;
    });
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(20 * 2 ** 20);
    for (const { machine } of peers) expect(machine.state).to.equal('open');
  });

  it('may be refused by a limit of ours, whatever way they come', () => {
    for (const chunk of [Number.POSITIVE_INFINITY, 1]) {
      const { peer, received } = consuming(1, { maxMessageSize: 4 });
      peer.chunk = chunk;
      peer.bytes(join(delivery(1, 'c', 1, 'four'), delivery(1, 'c', 2, 'fives')));
      expect(received).to.have.lengthOf(1);
      expect(peer.told.at(-1)?.[1]).to.include({ name: 'BodyTooLongError', replyCode: 501 });
    }
  });

  it('take no more than 128 MiB together while they are unfinished', () => {
    const { peer } = consuming(3);
    const part = frame(FRAME_BODY, 1, new Uint8Array(8184));
    const most = 64 * 2 ** 20;
    let sent = 0;
    for (const number of [1, 2, 3]) {
      part[2] = number;
      peer.bytes(join(deliver(number, 1), header(number, BigInt(most))));
      for (let i = 0; i < Math.floor((most - 1) / 8184) && peer.machine.state === 'open'; i++) {
        peer.machine.receive(part, peer.now);
        sent += 8184;
      }
    }
    expect(peer.told.at(-1)?.[1]).to.include({ name: 'BodyTooLongError' });
    expect(sent).to.be.within(128 * 2 ** 20, 129 * 2 ** 20);
  });

  it('are read in time that grows with their bytes alone: 2 MB of heartbeats, 50,000 small frames (N12)', () => {
    const { peer, received } = consuming();
    peer.bytes(repeat(frame(FRAME_HEARTBEAT, 0), 250_000));
    peer.bytes(join(deliver(1, 1), header(1, 50_000n), repeat(frame(FRAME_BODY, 1, [7]), 50_000)));
    expect(received[0]?.body.length).to.equal(50_000);
    expect(peer.machine.framesReceived).to.be.at.least(300_002);
  });
});

describe('what a connection makes of a stream', () => {
  const random = new Random(20_260_701);

  /** A legal stream of messages whole and in parts, on three channels, and other frames between. */
  function legalStream(): Uint8Array {
    const parts: Uint8Array[] = [];
    const tags = [0, 0, 0, 0];
    for (let i = 0; i < 60; i++) {
      const channel = 1 + random.below(3);
      const deliveryTag = (tags[channel] ?? 0) + 1;
      tags[channel] = deliveryTag;
      const fields = {
        consumerTag: 'c',
        deliveryTag,
        redelivered: i % 7 === 0,
        exchange: 'e',
        routingKey: `k${i % 3}`,
      };
      const properties = i % 4 === 0 ? { headers: { i }, deliveryMode: 2 } : {};
      const body = 'x'.repeat([0, 1, 16, 1000, 5000][random.below(5)] ?? 0);
      parts.push(
        encodeContentFrames(channel, BASIC_DELIVER, fields, properties, body, [0, 4096, 700][random.below(3)] ?? 0),
      );
      if (random.below(5) === 0) parts.push(frame(FRAME_HEARTBEAT, 0));
    }
    return join(...parts);
  }

  function run(stream: Uint8Array, cuts: () => number): string {
    const { peer, received } = consuming(3);
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + cuts());
      peer.machine.receive(stream.slice(at, end), peer.now);
      at = end;
    }
    const messages = received.map(({ channel, tag, properties, body }) => [
      channel,
      tag,
      properties.headers,
      body.length,
    ]);
    const ends = peer.told.map(([what, error]) => [what, what.startsWith('closed') ? String(error) : '']);
    return JSON.stringify([messages, ends, peer.machine.framesReceived]);
  }

  it('does not depend on how it was cut, be it legal or not', () => {
    for (let seed = 0; seed < 40; seed++) {
      const stream = legalStream();
      if (seed % 2 === 1) {
        for (let i = 0; i < 3; i++) stream[random.below(stream.length)] = random.below(256);
      }
      const whole = run(stream, () => stream.length);
      if (seed % 2 === 0) expect(JSON.parse(whole)[0], `seed ${seed}`).to.have.lengthOf(60);
      expect(
        run(stream, () => 1),
        `seed ${seed}`,
      ).to.equal(whole);
      expect(
        run(stream, () => 1 + random.below(600)),
        `seed ${seed}`,
      ).to.equal(whole);
    }
  });

  it('shows text that is no UTF-8 with replacement characters (T11)', () => {
    const { peer } = consuming();
    const close = encodeMethodFrame(1, CHANNEL_CLOSE, { replyCode: 404, replyText: 'ab' });
    close[close.indexOf(0x61)] = 0xff;
    peer.bytes(close);
    expect(peer.told.at(-1)?.[1]).to.include({ replyCode: 404, replyText: '\ufffdb' });
  });
});
