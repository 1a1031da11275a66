import { Bodies, type Slice } from './bodies.ts';
import type { CallOptions, ChannelMachine, ChannelNumbering } from './channel-machine.ts';
import { Channels } from './channels.ts';
import { decodeMethod, encodeConnectionClose, encodeConnectionCloseOk } from './codec.ts';
import {
  AMQPConnectionError,
  AMQPError,
  AMQPHeartbeatTimeout,
  ConnectionClosedByBroker,
  ConnectionClosedByClient,
  ConnectionWrongStateError,
  StreamLostError,
  UnexpectedFrameError,
} from './errors.ts';
import type { ChannelEvents, ConnectionEvents, ReplyHandler } from './events.ts';
import { Handshake, type Login } from './handshake.ts';
import { Input } from './input.ts';
import type { ChannelLimits, Link } from './link.ts';
import { encodeMethodFrame } from './marshal.ts';
import {
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_TUNE,
  CONNECTION_UNBLOCKED,
  CONNECTION_UPDATE_SECRET,
  type ConnectionBlocked,
  type ConnectionClose,
  type ConnectionOpenOk,
  type ConnectionStart,
  type ConnectionTune,
  type Decoded,
  METHODS,
  type MethodId,
} from './methods.ts';
import { Output } from './output.ts';
import { type Due, Patience } from './patience.ts';
import { printable } from './printable.ts';
import { Reader } from './reader.ts';
import { RpcQueue } from './rpc-queue.ts';
import {
  type ConnectionState,
  lossError,
  nextConnectionState,
  replyCodeFor,
  requireLogin,
  wrongState,
} from './states.ts';
import type { Tuned } from './tuning.ts';
import type { FieldTable } from './values.ts';
import { FRAME_HEARTBEAT, FRAME_METHOD } from './writer.ts';

/** Durations are in milliseconds, null for no limit; `heartbeat` is in seconds; sizes are in bytes. */
export interface ConnectionMachineOptions extends Login, ChannelLimits {
  readonly blockedTimeout: number | null;
  readonly events: ConnectionEvents;
  /** How a received body becomes what the user gets: `Buffer.from` where there is one. */
  readonly slice?: Slice;
}

/** One connection, sans I/O: bytes and times in, bytes and events out (AMQP 0-9-1 §2.2.4). Times are the caller's. */
export class ConnectionMachine {
  readonly #options: ConnectionMachineOptions;
  readonly #events: ConnectionEvents;
  readonly #link: Link;
  readonly #output: Output;
  readonly #handshake: Handshake;
  readonly #input: Input;
  readonly #rpc: RpcQueue;
  readonly #patience: Patience;
  #channels: Channels;
  #state: ConnectionState = 'init';
  #now = 0;
  /** Whether receive(), handleTimeout() or their like is under way: what ends meanwhile is told at its end. */
  #busy = false;
  /** Tells the end, once all that goes on has been done. */
  #tellEnd: (() => void) | null = null;
  #reason: AMQPError | null = null;
  #bytesReceived = 0;
  /** Milliseconds that the close under way may take. */
  #closeTimeout = 0;
  /** connection.close as it is to be sent once no channel is left. */
  #closeFrame: Uint8Array | null = null;

  constructor(options: ConnectionMachineOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#handshake = new Handshake(options);
    this.#output = new Output(() => options.events.output());
    this.#link = this.#makeLink(options.slice ?? ((buffer, offset, length) => new Uint8Array(buffer, offset, length)));
    this.#input = new Input(this.#link, (type, channel, bytes, start, end) =>
      this.#frame(type, channel, bytes, start, end),
    );
    this.#rpc = new RpcQueue(this.#link, 0, () => undefined);
    this.#patience = new Patience(options.blockedTimeout, this.#rpc);
    this.#channels = new Channels(this.#link, 0);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the broker says of itself; its `capabilities` are among it. */
  get serverProperties(): FieldTable {
    return this.#handshake.serverProperties;
  }

  get serverCapabilities(): FieldTable {
    return this.#handshake.capabilities;
  }

  get knownHosts(): string {
    return this.#handshake.knownHosts;
  }

  /** Negotiated, 0 before. */
  get channelMax(): number {
    return this.#handshake.tuned.channelMax;
  }

  /** Negotiated, in bytes, 0 before. */
  get frameMax(): number {
    return this.#handshake.tuned.frameMax;
  }

  /** Negotiated, in seconds; 0 when off. */
  get heartbeat(): number {
    return this.#handshake.tuned.heartbeat;
  }

  /** @throws ConnectionWrongStateError unless it is open, with the reason */
  requireOpen(): void {
    if (this.#state !== 'open') throw this.#wrongState();
  }

  /** Bytes that takeOutput() would give. */
  get outputSize(): number {
    return this.#output.size;
  }

  get bytesSent(): number {
    return this.#output.written;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Messages so far, to the broker and to whoever asked for them. */
  get messages(): { readonly sent: number; readonly received: number } {
    return this.#link.messages;
  }

  /** What waits on all channels: messages for their confirm, deliveries for their acknowledgement. */
  get open(): { readonly unconfirmed: number; readonly unacked: number } {
    const sum = { unconfirmed: 0, unacked: 0 };
    for (const { open } of this.#channels.all) {
      sum.unconfirmed += open.unconfirmed;
      sum.unacked += open.unacked;
    }
    return sum;
  }

  get framesSent(): number {
    return this.#output.writer.frames;
  }

  get framesReceived(): number {
    return this.#input.frames;
  }

  /** The stream stands: the protocol header is due. */
  start(now: number): void {
    this.#state = nextConnectionState(this.#state, 'header');
    this.#now = now;
    this.#output.writeHeader();
  }

  /** Takes what came; `bytes` may change once this returns. Never throws: what is wrong ends the connection. */
  receive(bytes: Uint8Array, now: number): void {
    this.#run(now, () => {
      this.#bytesReceived += bytes.length;
      this.#patience.received(now);
      if (this.#handshake.isFrames(bytes)) this.#input.feed(bytes);
    });
  }

  /** Whether deadlines begin with the output that is there; else {@link takeOutput} is content with any earlier time. */
  get startsClocks(): boolean {
    return this.#state !== 'open' || this.#channels.awaitsClock || this.#rpc.awaitsClock;
  }

  /**
   * Gives what is to be written, in order; the parts hold until the next call of any method of this connection or of its
   * channels. Deadlines of calls and heartbeats count from here.
   */
  takeOutput(now: number): readonly Uint8Array[] {
    this.#now = now;
    const parts = this.#output.take();
    if (parts.length > 0) this.#patience.sent(now);
    if (this.#state === 'closed') return parts;
    this.#channels.handOver(now);
    this.#rpc.stamp(now);
    if (this.#state === 'closing') this.#patience.closing(this.#closeTimeout, now);
    return parts;
  }

  /** When handleTimeout() is due, on the caller's clock; Infinity: never. */
  nextTimeout(): number {
    if (this.#state === 'closed') return Number.POSITIVE_INFINITY;
    return Math.min(this.#patience.soonest(), this.#channels.deadline);
  }

  /**
   * Does what is due.
   * @param lastReceived - when the socket's side last saw a byte, where it knows, so that bytes which wait to be read
   * are not taken for silence
   * @param lastSent - when it last wrote one
   */
  handleTimeout(now: number, lastReceived?: number, lastSent?: number): void {
    this.#run(now, () => {
      this.#expire(this.#patience.takeDue(now, lastReceived, lastSent));
      if (this.#state !== 'closed') this.#channels.expire(now);
    });
  }

  /** The stream has ended; what that means depends on the state. */
  lost(error: Error | null, now: number): void {
    const text = error === null ? 'the peer closed the stream' : `the stream was lost: ${error.message}`;
    const loss = new StreamLostError(text, error === null ? {} : { cause: error });
    this.#run(now, () => this.#end(this.#handshake.refusal(loss) ?? lossError(this.#state, loss)));
  }

  /** Ends the connection for a reason of the owner's, without a word to the broker. */
  abort(error: AMQPError, now: number): void {
    this.#run(now, () => this.#end(error));
  }

  /**
   * Closes each channel, then the connection.
   * @param options - `timeout`: for all of it; by default the connection's closeTimeout
   * @throws ConnectionWrongStateError unless it is open
   */
  close(replyCode: number, replyText: string, { timeout }: CallOptions = {}): void {
    this.requireOpen();
    this.#closeTimeout = timeout ?? this.#options.closeTimeout;
    this.#closeFrame = encodeMethodFrame(0, CONNECTION_CLOSE, { replyCode, replyText });
    this.#state = nextConnectionState(this.#state, 'close');
    this.#reason = new ConnectionClosedByClient(replyCode, replyText);
    this.#channels.closeAll(replyCode, replyText);
    this.#closeWhenEmpty();
    // the clock is to be seen, though the channels may have left nothing to write
    this.#output.wrote();
  }

  /** Hands in a new secret, a token mostly, before the old one expires (RabbitMQ's extension). */
  updateSecret(newSecret: string, reason: string, done: ReplyHandler, options: CallOptions = {}): void {
    this.requireOpen();
    const { timeout = this.#options.rpcTimeout } = options;
    this.#rpc.ask(CONNECTION_UPDATE_SECRET, { newSecret, reason }, done, timeout);
  }

  /**
   * Opens a channel.
   * @param channelNumber - null or 0 for one that is free
   * @param numbering - of the channel of an earlier connection whose place it takes
   * @throws ConnectionWrongStateError, NoFreeChannels, InvalidChannelNumber
   */
  openChannel(
    channelNumber: number | null,
    events: ChannelEvents,
    options?: CallOptions,
    numbering?: ChannelNumbering,
  ): ChannelMachine {
    this.requireOpen();
    return this.#channels.open(channelNumber, events, options, numbering);
  }

  #frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (type === FRAME_HEARTBEAT) return;
    if (channel > 0) {
      requireLogin(this.#state, `a frame of channel ${channel}`);
      this.#channels.frame(type, channel, bytes, start, end);
      return;
    }
    if (type !== FRAME_METHOD) throw new UnexpectedFrameError('content came on channel 0');
    const reader = this.#link.reader.reset(bytes, start, end);
    const id = reader.long();
    this.#method(id, decodeMethod(reader, id));
  }

  #method(id: MethodId, fields: object): void {
    switch (id) {
      // the fields of each are of the type that its id says
      case CONNECTION_START:
        this.#state = nextConnectionState(this.#state, 'start');
        this.#handshake.start(this.#output.writer, fields as Decoded<ConnectionStart>);
        this.#output.wrote();
        break;
      case CONNECTION_TUNE:
        this.#state = nextConnectionState(this.#state, 'tune');
        this.#prepare(this.#handshake.tune(this.#output.writer, fields as Decoded<ConnectionTune>));
        this.#output.wrote();
        break;
      case CONNECTION_OPEN_OK:
        this.#state = nextConnectionState(this.#state, 'openOk');
        this.#handshake.knownHosts = (fields as Decoded<ConnectionOpenOk>).knownHosts;
        this.#events.open();
        break;
      case CONNECTION_CLOSE:
        this.#peerClosed(fields as Decoded<ConnectionClose>);
        break;
      case CONNECTION_CLOSE_OK:
        if (this.#closeFrame !== null) throw new UnexpectedFrameError('connection.close-ok came before the close', 503);
        this.#state = nextConnectionState(this.#state, 'closeOk');
        this.#end(this.#reason ?? this.#wrongState());
        break;
      default:
        requireLogin(this.#state, METHODS[id]?.name ?? 'a method');
        this.#openMethod(id, fields);
    }
  }

  #openMethod(id: MethodId, fields: object): void {
    if (id === CONNECTION_BLOCKED) {
      const { reason } = fields as Decoded<ConnectionBlocked>;
      this.#patience.blocked(reason, this.#now);
      this.#events.blocked(reason);
    } else if (id === CONNECTION_UNBLOCKED) {
      this.#patience.unblocked();
      this.#events.unblocked();
    } else {
      const call = this.#rpc.match(id, fields);
      this.#rpc.next();
      call.done?.(null, undefined);
    }
  }

  /** Both sides have agreed: there may be channels. */
  #prepare({ channelMax, frameMax, heartbeat }: Tuned): void {
    this.#patience.startHeartbeat(heartbeat, this.#now);
    this.#channels = new Channels(this.#link, channelMax);
    this.#input.open(this.#channels, frameMax);
    this.#output.limit(frameMax);
  }

  #peerClosed({ replyCode, replyText, classId, methodId }: Decoded<ConnectionClose>): void {
    encodeConnectionCloseOk(this.#output.writer, 0);
    this.#output.wrote();
    const method = METHODS[classId * 0x1_0000 + methodId]?.name;
    this.#end(
      lossError(this.#state, new ConnectionClosedByBroker(replyCode, replyText, { classId, methodId, method })),
    );
  }

  #expire(due: Due | null): void {
    if (due === 'close') this.#end(this.#reason ?? this.#wrongState());
    else if (due === 'beat') this.#output.sendHeartbeat();
    else if (due instanceof AMQPHeartbeatTimeout) this.#end(due);
    else if (due !== null) this.#closeFor(due);
  }

  #closeWhenEmpty(): void {
    const frame = this.#closeFrame;
    if (frame === null || this.#channels.size > 0 || this.#state !== 'closing') return;
    this.#closeFrame = null;
    this.#output.send(0, frame);
  }

  /** Does a step of work; an error of it ends the connection, and an end is told last, when all states have changed. */
  #run(now: number, step: () => void): void {
    if (this.#state === 'closed') return;
    this.#now = now;
    const nested = this.#busy;
    this.#busy = true;
    try {
      step();
    } catch (error) {
      const known = error instanceof AMQPError;
      this.#closeFor(known ? error : new AMQPConnectionError('the client failed at what came', { cause: error }));
    }
    if (nested) return;
    this.#busy = false;
    const tellEnd = this.#tellEnd;
    this.#tellEnd = null;
    tellEnd?.();
  }

  /** Ends the connection for an error of the peer or of time; after login it is told why. */
  #closeFor(error: AMQPError): void {
    if (this.#state === 'open' || this.#closeFrame !== null) {
      const fields = { replyCode: replyCodeFor(error), replyText: printable(error.message, 80) };
      encodeConnectionClose(this.#output.writer, 0, fields);
      this.#output.wrote();
    }
    this.#end(error);
  }

  #end(error: AMQPError): void {
    if (this.#state === 'closed') return;
    this.#state = nextConnectionState(this.#state, 'end');
    this.#reason = error;
    this.#closeFrame = null;
    this.#patience.end();
    this.#input.stop();
    const calls = this.#rpc.drain();
    const channels = this.#channels.collapse(error);
    this.#tellEnd = () => {
      for (const channel of channels) channel.tell();
      for (const call of calls) call.done?.(error, undefined);
      this.#events.closed(error);
    };
  }

  #makeLink(slice: Slice): Link {
    return {
      output: this.#output,
      reader: new Reader(),
      bodies: new Bodies(slice),
      limits: this.#options,
      messages: { sent: 0, received: 0 },
      enroll: (channel) => this.#channels.enroll(channel),
      reschedule: (channel) => this.#channels.reschedule(channel),
      ended: (number, owed) => {
        this.#channels.ended(number, owed);
        this.#closeWhenEmpty();
      },
      closedBy: () => (this.#state === 'closed' ? this.#reason : null),
      warn: (text) => this.#events.warn(text),
    };
  }

  #wrongState(): ConnectionWrongStateError {
    return wrongState(ConnectionWrongStateError, `the connection is in state ${this.#state}`, this.#reason);
  }
}
