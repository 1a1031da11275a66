import * as amqp from '../../amqp/index.ts';
import { callChannel } from './channel-calls.ts';
import { joinedBytes } from './joined-bytes.ts';
import { FRAME_MIN_SIZE, login, negotiate, type SessionLimits, START } from './opening.ts';
import type { Message } from './queue.ts';
import { asRefusal, closeFields, Refusal } from './refusal.ts';
import { type ChannelHost, ServerChannel } from './server-channel.ts';
import { ServerHeartbeat } from './server-heartbeat.ts';
import type { VirtualHost } from './virtual-host.ts';

/** The broker's end of a byte stream. */
export interface SessionStream {
  /** @param bytes - belong to the stream from here on */
  write(bytes: Uint8Array): void;
  /** Nothing more will be written: send what is there, then end. */
  end(): void;
}

/** What a session needs of its broker. */
export interface SessionHost {
  readonly limits: SessionLimits;
  readonly passwords: ReadonlyMap<string, string>;
  /** @throws {Refusal} 530 when it is not there */
  virtualHost(name: string): VirtualHost;
  /** The session has something to write. */
  written(session: Session): void;
  /** Has every session write what it has. */
  flush(): void;
  ended(session: Session): void;
}

type State = 'header' | 'start' | 'tune' | 'opening' | 'open' | 'closing' | 'closed';

/** One client's connection, without I/O: bytes and times go in here, bytes come out at its stream. Times are milliseconds. */
export class Session implements ChannelHost, amqp.FrameSink {
  readonly #host: SessionHost;
  readonly #stream: SessionStream;
  readonly #frames = new amqp.FrameReader(this);
  readonly #payload = new amqp.Reader();
  /** Null = its close was sent, and all but the answer is dropped. */
  readonly #channels = new Map<number, ServerChannel | null>();
  #state: State = 'header';
  readonly #header: number[] = [];
  #user = '';
  #virtualHost: VirtualHost | null = null;
  #clientProperties: amqp.FieldTable = {};
  #tuned = { frameMax: FRAME_MIN_SIZE, channelMax: 0 };
  #heartbeat: ServerHeartbeat;
  #congested = false;
  #now: number;
  #output: Uint8Array[] = [];
  #outputBytes = 0;

  constructor(host: SessionHost, stream: SessionStream, now: number) {
    this.#host = host;
    this.#stream = stream;
    this.#now = now;
    this.#heartbeat = new ServerHeartbeat(0, now);
  }

  get state(): State {
    return this.#state;
  }

  /** Who has logged in; '' before. */
  get user(): string {
    return this.#user;
  }

  get clientProperties(): amqp.FieldTable {
    return this.#clientProperties;
  }

  get virtualHost(): VirtualHost {
    if (this.#virtualHost === null) throw new Refusal(504, 'no virtual host is open');
    return this.#virtualHost;
  }

  get maxMessageSize(): number {
    return this.#host.limits.maxMessageSize;
  }

  get cancelNotify(): boolean {
    return this.#isCapable('consumer_cancel_notify');
  }

  /** Whether the stream has enough to do: deliveries wait until it is set to false again. */
  get congested(): boolean {
    return this.#congested || this.#outputBytes >= ENOUGH;
  }
  set congested(congested: boolean) {
    this.#congested = congested;
    if (congested) return;
    this.#resume();
    this.#host.flush();
  }

  /** Takes the next bytes of the client, in pieces of any size; answers are at the streams when it returns. */
  receive(bytes: Uint8Array, now: number): void {
    this.#now = now;
    this.#heartbeat.received(now);
    if (this.#state === 'closed') return;
    this.#host.written(this); // what it publishes is confirmed when all is flushed
    try {
      this.#frames.feed(this.#state === 'header' ? this.#protocolHeader(bytes) : bytes);
    } catch (error) {
      this.#refuseConnection(asRefusal(error), 0);
    }
    this.#host.flush();
  }

  /** The client's end of the stream is gone. */
  lost(now: number): void {
    this.#now = now;
    this.#finish();
    this.#host.flush();
  }

  /** Closes the connection as an operator of a RabbitMQ would: 320, with this text. */
  close(reason: string): void {
    this.#refuseConnection(new Refusal(320, reason), 0);
    this.#host.flush();
  }

  /** When `handleTimeout` is due; Infinity = never. */
  nextTimeout(): number {
    return this.#state === 'closed' ? Number.POSITIVE_INFINITY : this.#heartbeat.deadline;
  }

  handleTimeout(now: number): void {
    this.#now = now;
    const due = this.#heartbeat.due(now);
    if (due === 'send') this.#write(amqp.HEARTBEAT_FRAME);
    if (due === 'gone') this.#finish();
    this.#host.flush();
  }

  /** Tells the client that publishers shall wait, or (null) may go on. */
  block(reason: string | null): void {
    if (this.#state !== 'open' || !this.#isCapable('connection.blocked')) return;
    if (reason === null) this.method(0, amqp.CONNECTION_UNBLOCKED, {});
    else this.method(0, amqp.CONNECTION_BLOCKED, { reason });
  }

  /** Hands all that was written to the stream, in one piece; what waited for that to be out follows, as there is room. */
  flush(): void {
    for (const channel of this.#channels.values()) channel?.flushConfirms();
    while (this.#output.length > 0) {
      const bytes = joinedBytes(this.#output);
      this.#output = [];
      this.#outputBytes = 0;
      this.#heartbeat.sent(this.#now);
      this.#stream.write(bytes);
      if (bytes.length >= ENOUGH && !this.#congested) this.#resume();
    }
    if (this.#state === 'closed') this.#stream.end();
  }

  method(channel: number, id: amqp.MethodId, fields: object): void {
    this.#write(amqp.encodeMethodFrame(channel, id, fields));
  }

  content(channel: number, id: amqp.MethodId, fields: object, { properties, body }: Message): void {
    this.#write(amqp.encodeContentFrames(channel, id, fields, properties, body, this.#tuned.frameMax));
  }

  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    const payload = this.#payload.reset(bytes, start, end);
    let id: amqp.MethodId = amqp.BASIC_PUBLISH; // what content frames belong to
    try {
      if (type === amqp.FRAME_METHOD) id = payload.long();
      if (this.#state === 'closing' && id !== amqp.CONNECTION_CLOSE_OK && id !== amqp.CONNECTION_CLOSE) return;
      if (type === amqp.FRAME_HEARTBEAT) return;
      if (channel === 0) this.#connectionMethod(id, amqp.decodeMethod(payload, id));
      else if (type === amqp.FRAME_METHOD) this.#channelMethod(channel, id, amqp.decodeMethod(payload, id));
      else if (type === amqp.FRAME_HEADER) this.#open(channel)?.header(payload);
      else this.#open(channel)?.body(bytes.subarray(start, end));
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.closesConnection || !this.#channels.get(channel)) this.#refuseConnection(refusal, id);
      else this.#refuseChannel(channel, refusal, id);
    }
  }

  /** @returns the bytes that follow the eight of the protocol header (AMQP 0-9-1 §4.2.2) */
  #protocolHeader(bytes: Uint8Array): Uint8Array {
    const missing = amqp.PROTOCOL_HEADER.length - this.#header.length;
    this.#header.push(...bytes.subarray(0, missing));
    if (!this.#header.every((byte, i) => byte === amqp.PROTOCOL_HEADER[i])) {
      this.#write(amqp.PROTOCOL_HEADER); // tells which version is spoken here
      this.#finish();
    } else if (bytes.length >= missing) {
      this.#state = 'start';
      this.method(0, amqp.CONNECTION_START, START);
    }
    return bytes.subarray(missing);
  }

  #connectionMethod(id: amqp.MethodId, fields: object): void {
    if (id === amqp.CONNECTION_CLOSE) {
      this.#answerClose();
    } else if (EXPECTED[this.#state] !== id && !(this.#state === 'open' && id === amqp.CONNECTION_UPDATE_SECRET)) {
      throw new Refusal(503, `${amqp.METHODS[id]?.name ?? id} while the connection is in state ${this.#state}`);
    } else if (id === amqp.CONNECTION_START_OK) {
      this.#login(fields as amqp.Decoded<amqp.ConnectionStartOk>); // the casts: `id` says what the fields are
    } else if (id === amqp.CONNECTION_TUNE_OK) {
      this.#tune(fields as amqp.Decoded<amqp.ConnectionTuneOk>);
    } else if (id === amqp.CONNECTION_OPEN) {
      this.#virtualHost = this.#host.virtualHost((fields as amqp.Decoded<amqp.ConnectionOpen>).virtualHost);
      this.#state = 'open';
      this.method(0, amqp.CONNECTION_OPEN_OK, {});
    } else if (id === amqp.CONNECTION_UPDATE_SECRET) {
      this.method(0, amqp.CONNECTION_UPDATE_SECRET_OK, {});
    } else {
      this.#finish();
    }
  }

  #login(fields: amqp.Decoded<amqp.ConnectionStartOk>): void {
    this.#clientProperties = fields.clientProperties;
    const user = login(fields, this.#host.passwords);
    if (user !== null) {
      this.#user = user;
      this.#state = 'tune';
      this.method(0, amqp.CONNECTION_TUNE, this.#host.limits);
    } else if (this.#isCapable('authentication_failure_close')) {
      const how = `using authentication mechanism ${fields.mechanism}`;
      throw new Refusal(403, `Login was refused ${how}. For details see the broker logfile.`);
    } else {
      this.#finish(); // an older client understands only this
    }
  }

  #tune(fields: amqp.Decoded<amqp.ConnectionTuneOk>): void {
    this.#tuned = negotiate(fields, this.#host.limits);
    this.#frames.frameMax = this.#tuned.frameMax;
    this.#heartbeat = new ServerHeartbeat(fields.heartbeat, this.#now);
    this.#state = 'opening';
  }

  #channelMethod(number: number, id: amqp.MethodId, fields: object): void {
    if (this.#state !== 'open') throw new Refusal(503, `${amqp.METHODS[id]?.name} before connection.open`);
    const channel = this.#channels.get(number);
    if (id === amqp.CHANNEL_OPEN) {
      this.#openChannel(number);
    } else if (id === amqp.CHANNEL_CLOSE && channel !== undefined) {
      channel?.flushConfirms();
      this.#endChannel(number);
      this.method(number, amqp.CHANNEL_CLOSE_OK, {});
    } else if (id === amqp.CHANNEL_CLOSE_OK && channel === null) {
      this.#channels.delete(number);
    } else {
      const open = this.#open(number);
      if (open?.expectsContent) throw new Refusal(505, 'expected content, got a method frame instead');
      if (open) callChannel(open, id, fields);
    }
  }

  #openChannel(number: number): void {
    if (this.#channels.has(number)) throw new Refusal(504, "second 'channel.open' seen");
    const { size } = this.#channels; // it is their count that RabbitMQ compares, not their numbers
    if (size >= this.#tuned.channelMax) {
      const limit = `the negotiated channel_max (${this.#tuned.channelMax})`;
      throw new Refusal(530, `number of channels opened (${size}) has reached ${limit}`);
    }
    this.#channels.set(number, new ServerChannel(number, this));
    this.method(number, amqp.CHANNEL_OPEN_OK, {});
  }

  /** @returns null for a channel that waits for its close-ok */
  #open(number: number): ServerChannel | null {
    const channel = this.#channels.get(number);
    if (channel === undefined) throw new Refusal(504, "expected 'channel.open'");
    return channel;
  }

  #endChannel(number: number): void {
    const channel = this.#channels.get(number);
    this.#channels.delete(number);
    channel?.end();
  }

  #refuseChannel(number: number, refusal: Refusal, id: amqp.MethodId): void {
    this.#channels.get(number)?.flushConfirms();
    this.#endChannel(number);
    this.#channels.set(number, null);
    this.method(number, amqp.CHANNEL_CLOSE, closeFields(refusal, id));
  }

  #refuseConnection(refusal: Refusal, id: amqp.MethodId): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#endChannels();
    this.#state = 'closing';
    this.method(0, amqp.CONNECTION_CLOSE, closeFields(refusal, id));
  }

  #answerClose(): void {
    for (const channel of this.#channels.values()) channel?.flushConfirms();
    this.method(0, amqp.CONNECTION_CLOSE_OK, {});
    this.#finish();
  }

  #finish(): void {
    if (this.#state === 'closed') return;
    this.#endChannels();
    this.#state = 'closed';
    this.#frames.stop();
    this.#host.written(this); // there may be nothing to write, but the stream is to end
    this.#host.ended(this);
  }

  #endChannels(): void {
    for (const number of [...this.#channels.keys()]) this.#endChannel(number);
    this.#virtualHost?.ownerGone(this);
  }

  #isCapable(name: string): boolean {
    const capabilities = this.#clientProperties.capabilities as amqp.FieldTable | undefined; // a table by convention
    return capabilities?.[name] === true;
  }

  #resume(): void {
    for (const channel of this.#channels.values()) channel?.resume();
  }

  #write(bytes: Uint8Array): void {
    this.#output.push(bytes);
    this.#outputBytes += bytes.length;
    this.#host.written(this);
  }
}

/** Bytes that are handed to the stream before deliveries add to them: less than any stream refuses. */
const ENOUGH = 1 << 20;

/** What a client in this state has to send next. */
const EXPECTED: Partial<Record<State, amqp.MethodId>> = {
  start: amqp.CONNECTION_START_OK,
  tune: amqp.CONNECTION_TUNE_OK,
  opening: amqp.CONNECTION_OPEN,
  closing: amqp.CONNECTION_CLOSE_OK,
};
