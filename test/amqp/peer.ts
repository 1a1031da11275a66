import {
  BASIC_DELIVER,
  type BasicProperties,
  CHANNEL_OPEN_OK,
  type ChannelEvents,
  type ChannelMachine,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_TUNE,
  ConnectionMachine,
  type ConnectionMachineOptions,
  decodeMethod,
  encodeContentFrames,
  encodeMethodFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_METHOD,
  FrameReader,
  METHODS,
  type MethodId,
  PlainCredentials,
  Reader,
} from '../../amqp/index.ts';

/** What the peer saw: a method with its fields, or another frame by its type. */
export interface Seen {
  readonly channel: number;
  readonly name: string;
  readonly fields: Record<string, unknown>;
  readonly payload: Uint8Array;
}

/** One thing that a machine told its owner. */
export type Told = readonly [what: string, ...rest: unknown[]];

/**
 * The other side of a {@link ConnectionMachine}, under full control of a test: bytes and times only. What it sends is cut
 * into chunks of `chunk` bytes, so that a test can run at any chunking.
 */
export class Peer {
  readonly machine: ConnectionMachine;
  /** What the machine told, in order; errors as they came. */
  readonly told: Told[] = [];
  /** What it sent, decoded, in order. */
  readonly seen: Seen[] = [];
  now = 1000;
  chunk: number = Number.POSITIVE_INFINITY;
  readonly #reader: FrameReader;
  #header = 0;

  constructor(options: Partial<ConnectionMachineOptions> = {}) {
    this.machine = new ConnectionMachine({ ...DEFAULTS, events: this.#events(), ...options });
    this.#reader = new FrameReader({
      frame: (type, channel, bytes, start, end) => this.#frame(type, channel, bytes, start, end),
    });
    this.#reader.frameMax = Number.POSITIVE_INFINITY;
  }

  /** Login to the end, with these wishes of the broker's. */
  login(tune: { channelMax?: number; frameMax?: number; heartbeat?: number } = {}, serverProperties = {}): this {
    this.machine.start(this.now);
    this.take();
    this.method(0, CONNECTION_START, { ...START, serverProperties });
    this.method(0, CONNECTION_TUNE, { channelMax: 2047, frameMax: 131_072, heartbeat: 0, ...tune });
    this.method(0, CONNECTION_OPEN_OK, {});
    return this;
  }

  /** Opens a channel whose events are told as `name@number`. */
  channel(number: number | null = null, events: Partial<ChannelEvents> = {}): ChannelMachine {
    const channel = this.request(number, events);
    this.method(channel.number, CHANNEL_OPEN_OK, {});
    return channel;
  }

  /** Asks for a channel and leaves the answer to the test. */
  request(number: number | null = null, events: Partial<ChannelEvents> = {}): ChannelMachine {
    let channel: ChannelMachine | null = null;
    const tell = (what: string, ...rest: unknown[]): void => {
      this.told.push([`${what}@${channel?.number}`, ...rest]);
    };
    channel = this.machine.openChannel(number, {
      open: () => tell('open'),
      closed: (error) => tell('closed', error),
      returned: (method, _properties, body) => tell('returned', method.routingKey, text(body)),
      cancelled: (tag) => tell('cancelled', tag),
      flow: (active) => tell('flow', active),
      confirmed: (name, tag, multiple) => tell('confirmed', name, tag, multiple),
      settled: (token, tag, error) => tell('settled', token, tag, error),
      ...events,
    });
    return channel;
  }

  /** Sends a method. */
  method(channel: number, id: MethodId, fields: object): void {
    this.bytes(encodeMethodFrame(channel, id, fields));
  }

  /** Sends bytes, in chunks that are overwritten once they were taken. */
  bytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += this.chunk) {
      const chunk = bytes.slice(at, Math.min(bytes.length, at + this.chunk));
      this.machine.receive(chunk, this.now);
      chunk.fill(0xaa);
    }
    this.take();
  }

  /** Takes what the machine has to say. */
  take(): Seen[] {
    const from = this.seen.length;
    for (const part of this.machine.takeOutput(this.now)) this.#read(part);
    return this.seen.slice(from);
  }

  /** Moves time on, to each timeout on the way. */
  wait(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let due = this.machine.nextTimeout(); due <= end; due = this.machine.nextTimeout()) {
      this.now = Math.max(this.now, due);
      this.machine.handleTimeout(this.now);
      this.take();
    }
    this.now = end;
  }

  /** The names of all methods seen, and of other frames. */
  get names(): string[] {
    return this.seen.map(({ name }) => name);
  }

  /** The names of all that was told. */
  get events(): string[] {
    return this.told.map(([what]) => what);
  }

  #read(part: Uint8Array): void {
    if (this.#header < 8) {
      this.#header += part.length;
      return;
    }
    this.#reader.feed(part);
  }

  #frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    const payload = bytes.slice(start, end);
    if (type !== FRAME_METHOD) {
      const name = type === FRAME_HEADER ? 'header' : type === FRAME_BODY ? 'body' : 'heartbeat';
      this.seen.push({ channel, name, fields: {}, payload });
      return;
    }
    const reader = new Reader().reset(payload);
    const id = reader.long();
    const fields = decodeMethod(reader, id) as Record<string, unknown>;
    this.seen.push({ channel, name: METHODS[id]?.name ?? '', fields, payload });
  }

  #events(): ConnectionMachineOptions['events'] {
    return {
      output: () => undefined,
      open: () => this.told.push(['open']),
      closed: (error) => this.told.push(['closed', error]),
      blocked: (reason) => this.told.push(['blocked', reason]),
      unblocked: () => this.told.push(['unblocked']),
      warn: (warning) => this.told.push(['warn', warning]),
    };
  }
}

export const START = {
  versionMajor: 0,
  versionMinor: 9,
  serverProperties: {},
  mechanisms: 'PLAIN AMQPLAIN',
  locales: 'en_US',
};

export function text(body: Uint8Array): string {
  return String.fromCharCode(...body);
}

export type Message = readonly [method: object, properties: BasicProperties, body: Uint8Array];

const DEFAULTS = {
  credentials: new PlainCredentials('guest', 'secret'),
  virtualHost: '/',
  locale: 'en_US',
  clientProperties: { product: 'test' },
  channelMax: 65_535,
  frameMax: 131_072,
  heartbeat: null,
  maxMessageSize: 67_108_864,
  rpcTimeout: 20_000,
  closeTimeout: 5_000,
  blockedTimeout: null,
  confirmTimeout: null,
};

/** A frame of any kind, as wrong as a test wants it: `size` and `end` may lie. */
export function frame(
  type: number,
  channel: number,
  payload: Uint8Array | readonly number[] = [],
  { size = payload.length, end = 0xce }: { size?: number; end?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(payload.length + 8);
  new DataView(bytes.buffer).setUint32(3, size);
  bytes[0] = type;
  bytes[1] = channel >> 8;
  bytes[2] = channel;
  bytes.set(payload, 7);
  bytes[bytes.length - 1] = end;
  return bytes;
}

/** A content header by hand: any size of body, any bytes of properties. */
export function header(channel: number, size: bigint, properties: readonly number[] = [0, 0]): Uint8Array {
  const payload = new Uint8Array(12 + properties.length);
  payload.set([0, 60, 0, 0]);
  new DataView(payload.buffer).setBigUint64(4, size);
  payload.set(properties, 12);
  return frame(FRAME_HEADER, channel, payload);
}

/** A whole message to a consumer. */
export function delivery(channel: number, consumerTag: string, deliveryTag: number | bigint, body: string): Uint8Array {
  const fields = { consumerTag, deliveryTag, redelivered: false, exchange: '', routingKey: 'q' };
  return encodeContentFrames(channel, BASIC_DELIVER, fields, {}, body, 0);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function ascii(letters: string): Uint8Array {
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
