import {
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN_OK,
  CONNECTION_SECURE,
  CONNECTION_START,
  CONNECTION_TUNE,
  encodeMethodFrame,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
} from '../../amqp/index.ts';
import { ascii, frame, join, START } from './peer.ts';

/** One thing that a hostile peer does, and what comes of it. */
export interface Case {
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

export const START_FRAME = encodeMethodFrame(0, CONNECTION_START, START);
export const TUNE = { channelMax: 0, frameMax: 0, heartbeat: 0 };

export const LOGIN: readonly Case[] = [
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
    error: 'ProtocolVersionMismatch',
    text: /offers AMQP 1-0-0, and this client speaks 0-9-1/,
  },
  {
    title: 'L2 the same version is offered in place of an answer',
    at: 'header',
    bytes: join(ascii('AMQP'), Uint8Array.of(0, 0, 9, 1)),
    error: 'IncompatibleProtocolError',
    text: /did not take the header/,
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

/** connection.start whose server-properties are these bytes. */
function startWith(table: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, table.length);
  const rest = [0, 0, 0, 5, ...ascii('PLAIN'), 0, 0, 0, 5, ...ascii('en_US')];
  return frame(FRAME_METHOD, 0, join(Uint8Array.of(0, 10, 0, 10, 0, 9), size, table, Uint8Array.from(rest)));
}

/** A field table, as bytes, that is nested so deep. */
export function nested(depth: number): Uint8Array {
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
