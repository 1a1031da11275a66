import { Channel, type ChannelHost, type Logger } from '../../adapters/index.ts';
import {
  BASIC_DELIVER,
  type BasicDeliver,
  CHANNEL_OPEN_OK,
  type ConnectionMachine,
  encodeContentFrames,
  type MethodId,
  type PropertiesIn,
} from '../../amqp/index.ts';
import { Peer, type Seen } from '../amqp/peer.ts';

/** A channel's connection without a loop or a stream: the machine is real, its peer is the test. */
export class ChannelPeer implements ChannelHost {
  readonly peer: Peer;
  /** What the logger got, as `level: text`. */
  readonly logged: string[] = [];
  /** What callbacks threw. */
  readonly thrown: unknown[] = [];
  /** What was reserved for messages. */
  readonly reserved: number[] = [];
  readonly logger: Logger = {
    debug: (text) => this.logged.push(`debug: ${text}`),
    warn: (text) => this.logged.push(`warn: ${text}`),
    error: (text) => this.logged.push(`error: ${text}`),
  };

  constructor(capabilities: object = { publisher_confirms: true, 'basic.nack': true }) {
    this.peer = new Peer().login({}, { capabilities });
  }

  get machine(): ConnectionMachine {
    return this.peer.machine;
  }

  openChannel(
    ...[number, events, options]: Parameters<ChannelHost['openChannel']>
  ): ReturnType<ChannelHost['openChannel']> {
    return this.machine.openChannel(number, events, options);
  }

  run<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
    try {
      fn(...args);
    } catch (error) {
      this.thrown.push(error);
    }
  }

  reserve(size: number): void {
    this.reserved.push(size);
  }

  /** An open channel. */
  open(onOpen: ((channel: Channel<ChannelPeer>) => unknown) | null = null): Channel<ChannelPeer> {
    const channel = new Channel<ChannelPeer>(this, null, onOpen);
    this.peer.method(channel.channelNumber, CHANNEL_OPEN_OK, {});
    this.peer.seen.length = 0;
    return channel;
  }

  /** What was sent since the last look. */
  sent(): Seen[] {
    return this.peer.take();
  }

  content(
    channel: Channel<ChannelPeer>,
    id: MethodId,
    fields: object,
    body: string,
    properties: PropertiesIn = {},
  ): void {
    this.peer.bytes(encodeContentFrames(channel.channelNumber, id, fields, properties, body, 4096));
  }

  deliver(channel: Channel<ChannelPeer>, fields: Partial<BasicDeliver>, body: string): void {
    const defaults = { consumerTag: '', deliveryTag: 1, redelivered: false, exchange: '', routingKey: '' };
    this.content(channel, BASIC_DELIVER, { ...defaults, ...fields }, body);
  }
}
