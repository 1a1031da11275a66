import { expect } from 'chai';
import {
  AMQPError,
  BASIC_ACK,
  BASIC_CONSUME_OK,
  BASIC_DELIVER,
  BASIC_GET_EMPTY,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN_OK,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN_OK,
  CONNECTION_SECURE,
  CONNECTION_START,
  CONNECTION_TUNE,
  encodeMethodFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE_OK,
} from '../../amqp/index.ts';
import { ascii, delivery, frame, header, join, Peer, START } from './peer.ts';

interface Case {
  /** Its row in the fault matrix, and what the peer does. */
  readonly title: string;
  /** How far the connection got; the default has channel 1 open, with a consumer `c` and a call that awaits its reply. */
  readonly at?: 'header' | 'login' | 'tune';
  readonly bytes: Uint8Array | (() => Uint8Array);
  readonly error: string;
  /** What the peer is told before the end; before login it is told nothing. */
  readonly replyCode?: number;
  readonly text?: RegExp;
}

const ADDRESSED = { consumerTag: 'c', deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q' };
const DELIVER = encodeMethodFrame(1, BASIC_DELIVER, ADDRESSED);
const START_FRAME = encodeMethodFrame(0, CONNECTION_START, START);
const TUNE = { channelMax: 0, frameMax: 0, heartbeat: 0 };

/** connection.start whose server-properties are these bytes. */
function startWith(table: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, table.length);
  const rest = [0, 0, 0, 5, ...ascii('PLAIN'), 0, 0, 0, 5, ...ascii('en_US')];
  return frame(FRAME_METHOD, 0, join(Uint8Array.of(0, 10, 0, 10, 0, 9), size, table, Uint8Array.from(rest)));
}

/** A field table, as bytes, that is nested so deep. */
function nested(depth: number): Uint8Array {
  let table = new Uint8Array(0);
  for (let i = 0; i < depth; i++) {
    const outer = new Uint8Array(table.length + 7);
    outer.set([1, 0x61, 0x46]);
    new DataView(outer.buffer).setUint32(3, table.length);
    outer.set(table, 7);
    table = outer;
  }
  return table;
}

/** A delivery's header frame whose headers table is these bytes. */
function headersOf(table: Uint8Array | readonly number[]): Uint8Array {
  const size = [0, 0, table.length >> 8, table.length & 255];
  return join(DELIVER, header(1, 0n, [0x20, 0, ...size, ...table]));
}

const LOGIN: readonly Case[] = [
  {
    title: 'L1 HTTP answers',
    at: 'header',
    bytes: ascii('HTTP/1.1 400 Bad Request\r\n\r\n'),
    error: 'IncompatibleProtocolError',
    text: /HTTP/,
  },
  {
    title: 'L1 SSH answers',
    at: 'header',
    bytes: ascii('SSH-2.0-OpenSSH_9.2p1\r\n'),
    error: 'IncompatibleProtocolError',
    text: /SSH-2\.0/,
  },
  {
    title: 'L1 a TLS alert answers',
    at: 'header',
    bytes: Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70),
    error: 'IncompatibleProtocolError',
    text: /TLS/,
  },
  {
    title: 'L2 AMQP 1.0 is offered',
    at: 'header',
    bytes: join(ascii('AMQP'), Uint8Array.of(3, 1, 0, 0)),
    error: 'IncompatibleProtocolError',
    text: /AMQP 3 1-0-0/,
  },
  {
    title: 'L2 connection.start is of version 8',
    at: 'header',
    bytes: encodeMethodFrame(0, CONNECTION_START, { ...START, versionMajor: 8, versionMinor: 0 }),
    error: 'ProtocolVersionMismatch',
  },
  {
    title: 'L6 no mechanism is common',
    at: 'header',
    bytes: encodeMethodFrame(0, CONNECTION_START, { ...START, mechanisms: 'EXTERNAL GSSAPI' }),
    error: 'AuthenticationError',
  },
  {
    title: 'L6 PLAIN is challenged',
    at: 'login',
    bytes: encodeMethodFrame(0, CONNECTION_SECURE, { challenge: 'why' }),
    error: 'UnexpectedFrameError',
  },
  {
    title: 'L7 tune comes before start',
    at: 'header',
    bytes: encodeMethodFrame(0, CONNECTION_TUNE, TUNE),
    error: 'UnexpectedFrameError',
  },
  {
    title: 'L7 open-ok comes before tune',
    at: 'login',
    bytes: encodeMethodFrame(0, CONNECTION_OPEN_OK, {}),
    error: 'UnexpectedFrameError',
  },
  { title: 'L7 start comes twice', at: 'login', bytes: START_FRAME, error: 'UnexpectedFrameError' },
  {
    title: 'L7 tune comes twice',
    at: 'tune',
    bytes: encodeMethodFrame(0, CONNECTION_TUNE, TUNE),
    error: 'UnexpectedFrameError',
  },
  {
    title: 'L7 start comes on a channel',
    at: 'header',
    bytes: encodeMethodFrame(1, CONNECTION_START, START),
    error: 'UnexpectedFrameError',
  },
  {
    title: 'L7 close-ok comes for no close',
    at: 'login',
    bytes: encodeMethodFrame(0, CONNECTION_CLOSE_OK, {}),
    error: 'UnexpectedFrameError',
  },
  {
    title: 'L7 blocked comes before open-ok',
    at: 'tune',
    bytes: encodeMethodFrame(0, CONNECTION_BLOCKED, {}),
    error: 'UnexpectedFrameError',
  },
  {
    title: 'L8 frame_max is 1',
    at: 'login',
    bytes: encodeMethodFrame(0, CONNECTION_TUNE, { ...TUNE, frameMax: 1 }),
    error: 'ProtocolSyntaxError',
  },
  {
    title: 'L8 frame_max is 4095',
    at: 'login',
    bytes: encodeMethodFrame(0, CONNECTION_TUNE, { ...TUNE, frameMax: 4095 }),
    error: 'ProtocolSyntaxError',
  },
  {
    title: 'L10 start says that it has 10 MB',
    at: 'header',
    bytes: frame(FRAME_METHOD, 0, [0, 10, 0, 10], { size: 10_000_000 }),
    error: 'InvalidFrameError',
  },
  {
    title: 'L10 heartbeats drip before start',
    at: 'header',
    bytes: () => join(...[START_FRAME, ...new Array<Uint8Array>(8192).fill(frame(FRAME_HEARTBEAT, 0))]),
    error: 'InvalidFrameError',
    text: /before the login/,
  },
  {
    title: 'L11 server-properties are 5,000 deep',
    at: 'header',
    bytes: () => startWith(nested(5000)),
    error: 'FieldError',
  },
];

const FRAMES: readonly Case[] = [
  { title: 'P1 a frame is of type 4', bytes: frame(4, 1), error: 'InvalidFrameError', replyCode: 501 },
  { title: 'P1 a frame is of type 0', bytes: frame(0, 0), error: 'InvalidFrameError', replyCode: 501 },
  {
    title: 'P1 the end byte is wrong',
    bytes: frame(FRAME_METHOD, 1, [0, 20, 0, 11, 0, 0, 0, 0], { end: 0xcd }),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P1 a protocol header comes in mid-stream',
    bytes: join(ascii('AMQP'), Uint8Array.of(0, 0, 9, 1)),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P2 a method frame is over frame_max',
    bytes: frame(FRAME_METHOD, 1, [], { size: 131_065 }),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P2 a body frame is over frame_max',
    bytes: frame(FRAME_BODY, 1, [], { size: 131_065 }),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P2 a frame has 2^31 bytes',
    bytes: frame(FRAME_METHOD, 1, [], { size: 2 ** 31 }),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P2 a frame has 2^32 - 1 bytes',
    bytes: frame(FRAME_BODY, 1, [], { size: 2 ** 32 - 1 }),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P3 a frame comes for channel 7, which is not open',
    bytes: encodeMethodFrame(7, CHANNEL_OPEN_OK, {}),
    error: 'UnexpectedFrameError',
    replyCode: 504,
  },
  {
    title: 'P4 no class 99 is known',
    bytes: frame(FRAME_METHOD, 1, [0, 99, 0, 1]),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'P4 class queue has no method 99',
    bytes: frame(FRAME_METHOD, 1, [0, 50, 0, 99]),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'P4 the arguments are cut',
    bytes: frame(FRAME_METHOD, 1, [0, 50, 0, 11, 4, 97]),
    error: 'FieldError',
    replyCode: 502,
  },
  { title: 'P4 a method frame is empty', bytes: frame(FRAME_METHOD, 1), error: 'FieldError', replyCode: 502 },
  {
    title: 'P5 a heartbeat comes on a channel',
    bytes: frame(FRAME_HEARTBEAT, 1),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'P5 a heartbeat has a payload',
    bytes: frame(FRAME_HEARTBEAT, 0, [1]),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  { title: 'P6 a header comes without a method', bytes: header(1, 5n), error: 'UnexpectedFrameError', replyCode: 505 },
  {
    title: 'P6 a body comes without a method',
    bytes: frame(FRAME_BODY, 1, [1]),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'P6 a body comes in place of the header',
    bytes: join(DELIVER, frame(FRAME_BODY, 1, [1])),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'P6 a second header comes',
    bytes: join(DELIVER, header(1, 5n), header(1, 5n)),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'P6 a method comes between header and body',
    bytes: join(DELIVER, header(1, 5n), DELIVER),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'P6 a method comes in place of the header',
    bytes: join(DELIVER, DELIVER),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'P6 a header is of another class',
    bytes: join(DELIVER, frame(FRAME_HEADER, 1, [0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  { title: 'P6 content comes on channel 0', bytes: header(0, 0n), error: 'UnexpectedFrameError', replyCode: 505 },
];

const CALLS: readonly Case[] = [
  {
    title: 'C14 open-ok comes twice',
    bytes: encodeMethodFrame(1, CHANNEL_OPEN_OK, {}),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'C14 connection.open-ok comes twice',
    bytes: encodeMethodFrame(0, CONNECTION_OPEN_OK, {}),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'C14 the reply is to another method',
    bytes: encodeMethodFrame(1, QUEUE_DELETE_OK, { messageCount: 0 }),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'C14 the reply is about another queue',
    bytes: encodeMethodFrame(1, QUEUE_DECLARE_OK, { queue: 'other', messageCount: 0, consumerCount: 0 }),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'C14 get-empty comes unasked',
    bytes: encodeMethodFrame(1, BASIC_GET_EMPTY, {}),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'C14 channel.close-ok comes unasked',
    bytes: encodeMethodFrame(1, CHANNEL_CLOSE_OK, {}),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'C14 connection.close-ok comes unasked',
    bytes: encodeMethodFrame(0, CONNECTION_CLOSE_OK, {}),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  {
    title: 'C14 the broker declares a queue',
    bytes: encodeMethodFrame(1, QUEUE_DECLARE, { queue: 'q' }),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'C9 an ack comes without confirm mode',
    bytes: encodeMethodFrame(1, BASIC_ACK, { deliveryTag: 1 }),
    error: 'UnexpectedFrameError',
    replyCode: 503,
  },
  {
    title: 'G3 a delivery tag comes twice',
    bytes: join(delivery(1, 'c', 1, 'a'), delivery(1, 'c', 1, 'a')),
    error: 'UnexpectedFrameError',
    replyCode: 505,
  },
  { title: 'G3 a delivery tag is 0', bytes: delivery(1, 'c', 0, 'a'), error: 'UnexpectedFrameError', replyCode: 505 },
];

const CONTENT: readonly Case[] = [
  {
    title: 'T1 a body is longer than announced',
    bytes: join(DELIVER, header(1, 2n), frame(FRAME_BODY, 1, [1, 2, 3])),
    error: 'BodyTooLongError',
    replyCode: 501,
  },
  {
    title: 'T1 a second body frame is more than announced',
    bytes: join(DELIVER, header(1, 3n), frame(FRAME_BODY, 1, [1, 2]), frame(FRAME_BODY, 1, [3, 4])),
    error: 'BodyTooLongError',
    replyCode: 501,
  },
  {
    title: 'T1 1 GiB is announced',
    bytes: join(DELIVER, header(1, 2n ** 30n)),
    error: 'BodyTooLongError',
    replyCode: 501,
  },
  {
    title: 'T1 2^53 + 1 bytes are announced',
    bytes: join(DELIVER, header(1, 2n ** 53n + 1n)),
    error: 'BodyTooLongError',
    replyCode: 501,
  },
  {
    title: 'T1 2^63 bytes are announced',
    bytes: join(DELIVER, header(1, 2n ** 63n)),
    error: 'BodyTooLongError',
    replyCode: 501,
  },
  {
    title: 'T1 2^64 - 1 bytes are announced',
    bytes: join(DELIVER, header(1, 2n ** 64n - 1n)),
    error: 'BodyTooLongError',
    replyCode: 501,
  },
  {
    title: 'T4 empty body frames do not end',
    bytes: () => join(DELIVER, header(1, 1n), ...new Array<Uint8Array>(1001).fill(frame(FRAME_BODY, 1))),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'T5 a header frame has 3 MiB',
    bytes: join(DELIVER, frame(FRAME_HEADER, 1, [], { size: 3 * 2 ** 20 })),
    error: 'InvalidFrameError',
    replyCode: 501,
  },
  {
    title: 'T6 a field is of type "?"',
    bytes: headersOf([1, 0x61, 0x3f, 0]),
    error: 'InvalidFieldTypeException',
    replyCode: 502,
  },
  {
    title: 'T6 a string is longer than its table',
    bytes: headersOf([1, 0x61, 0x53, 0, 0, 0, 9, 0x61]),
    error: 'FieldError',
    replyCode: 502,
  },
  {
    title: 'T6 a string has 2^32 - 1 bytes',
    bytes: headersOf([1, 0x61, 0x53, 255, 255, 255, 255]),
    error: 'FieldError',
    replyCode: 502,
  },
  {
    title: 'T6 a table is longer than the frame',
    bytes: join(DELIVER, header(1, 0n, [0x20, 0, 0, 0, 1, 0])),
    error: 'FieldError',
    replyCode: 502,
  },
  { title: 'T7 a table is 33 deep', bytes: headersOf(nested(33)), error: 'FieldError', replyCode: 502 },
  { title: 'T8 a table has 10^5 keys', bytes: () => tableOfKeys(100_000), error: 'FieldError', replyCode: 502 },
  {
    title: 'T12 property flags go on for ever',
    bytes: join(DELIVER, header(1, 0n, new Array<number>(4096).fill(1))),
    error: 'FieldError',
    replyCode: 502,
  },
];

/** A delivery whose headers have so many keys, each without a value. */
function tableOfKeys(count: number): Uint8Array {
  const table = new Uint8Array(count * 7);
  for (let i = 0; i < count; i++) table.set([5, ...ascii(String(i).padStart(5, '0')), 0x56], i * 7);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, table.length);
  const payload = join(Uint8Array.of(0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0), size, table);
  return join(DELIVER, frame(FRAME_HEADER, 1, payload));
}

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
