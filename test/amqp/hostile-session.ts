import {
  BASIC_ACK,
  BASIC_DELIVER,
  BASIC_GET_EMPTY,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN_OK,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN_OK,
  encodeMethodFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE_OK,
} from '../../amqp/index.ts';
import { type Case, nested } from './hostile-login.ts';
import { ascii, delivery, frame, header, join } from './peer.ts';

const ADDRESSED = { consumerTag: 'c', deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q' };
const DELIVER = encodeMethodFrame(1, BASIC_DELIVER, ADDRESSED);

export const FRAMES: readonly Case[] = [
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

export const CALLS: readonly Case[] = [
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

export const CONTENT: readonly Case[] = [
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

/** A delivery's header frame whose headers table is these bytes. */
function headersOf(table: Uint8Array | readonly number[]): Uint8Array {
  const size = [0, 0, table.length >> 8, table.length & 255];
  return join(DELIVER, header(1, 0n, [0x20, 0, ...size, ...table]));
}

/** A delivery whose headers have so many keys, each without a value. */
function tableOfKeys(count: number): Uint8Array {
  const table = new Uint8Array(count * 7);
  for (let i = 0; i < count; i++) table.set([5, ...ascii(String(i).padStart(5, '0')), 0x56], i * 7);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, table.length);
  const payload = join(Uint8Array.of(0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0), size, table);
  return join(DELIVER, frame(FRAME_HEADER, 1, payload));
}
