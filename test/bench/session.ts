import type { Socket } from 'node:net';
import { Declared } from './declared.ts';
import { Deliveries } from './deliveries.ts';
import { FrameScanner, readLong } from './frame-scanner.ts';
import * as wire from './wire.ts';

/** A queue whose name begins so gives back what its own channel publishes; `bench.N` holds N messages, any other one none. */
export const ECHO_QUEUE = 'echo';
/** Who asks for this queue is not read from any more. */
export const STALL_QUEUE = 'stall';

const PAYLOAD = wire.FRAME_OVERHEAD - 1;
const FIELDS = PAYLOAD + 4;
/** The lower half of a content header's body size: after class, weight and the upper half. */
const BODY_SIZE = PAYLOAD + 8;
const CHANNEL_MAX = 2047;
const FRAME_MAX = 131072;
const SERVER_PROPERTIES = wire.table({
  capabilities: { 'basic.nack': true, consumer_cancel_notify: true, publisher_confirms: true },
});

/** What one channel has seen. */
interface Channel {
  confirms: boolean;
  /** Octets of a body that are still to come: a message counts when it is whole, as with any broker. */
  missing: number;
  published: number;
  confirmed: number;
  delivered: number;
  acked: number;
  prefetch: number;
  echo: boolean;
  deliveries: Deliveries | null;
  /** Something came on it in this read. */
  touched: boolean;
}

/** The server's side of one connection: it frames, counts, and answers, and knows no more of AMQP than a client needs. */
export class Session {
  readonly #socket: Socket;
  readonly #scanner: FrameScanner;
  readonly #channels: Channel[] = [];
  readonly #declared = new Declared();
  #touched: number[] = [];
  #greeted = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#scanner = new FrameScanner((bytes, start, end) => this.#frame(bytes, start, end));
  }

  receive(bytes: Uint8Array): void {
    this.#socket.cork(); // what a read brings about leaves in one write, as from a broker
    this.#scanner.receive(this.#greeted ? bytes : this.#greet(bytes));
    this.#writeDeclared();
    for (const number of this.#touched) this.#settle(number, this.#channel(number));
    this.#touched = [];
    this.#socket.uncork();
  }

  /** The protocol header comes in one piece with any network stack: it is the first thing that is sent. */
  #greet(bytes: Uint8Array): Uint8Array {
    this.#greeted = true;
    const mechanisms = wire.longString('PLAIN');
    const versions = [wire.octet(0), wire.octet(9)];
    this.#send(0, wire.CONNECTION_START, ...versions, SERVER_PROPERTIES, mechanisms, wire.longString('en_US'));
    return bytes.subarray(wire.PROTOCOL_HEADER.length);
  }

  /** Once per read: one confirm for all that was published, and the deliveries that acks have made room for. */
  #settle(number: number, channel: Channel): void {
    channel.touched = false;
    if (channel.confirms && channel.published > channel.confirmed) {
      channel.confirmed = channel.published;
      this.#socket.write(wire.ack(number, channel.confirmed, true));
    }
    channel.deliveries?.pump();
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    const number = ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
    const channel = this.#channel(number);
    if (!channel.touched) this.#touched.push(number);
    channel.touched = true;
    if (bytes[start] !== wire.METHOD) {
      takeContent(channel, bytes, start, end);
      return;
    }
    const id = readLong(bytes, start + PAYLOAD);
    if (id === wire.BASIC_PUBLISH) return;
    if (id === wire.BASIC_ACK) {
      const tag = readLong(bytes, start + FIELDS + 4);
      const settled = bytes[start + FIELDS + 8] === 1 ? tag - channel.acked : 1;
      channel.acked += settled;
      if (channel.deliveries) channel.deliveries.unacked -= settled;
    } else {
      const { buffer, byteOffset } = bytes;
      this.#answer(id, number, channel, Buffer.from(buffer, byteOffset + start + FIELDS, end - 1 - start - FIELDS));
    }
  }

  #channel(number: number): Channel {
    while (this.#channels.length <= number) this.#channels.push(unusedChannel());
    return this.#channels[number]!; // the line above made it
  }

  #answer(id: number, number: number, channel: Channel, fields: Buffer): void {
    if (id === wire.BASIC_QOS) channel.prefetch = fields.readUInt16BE(4);
    else if (id === wire.CONFIRM_SELECT) channel.confirms = true;
    else if (id === wire.CHANNEL_CLOSE) this.#channels[number] = unusedChannel();
    else if (id === wire.BASIC_CANCEL) channel.deliveries = null;
    else if (id === wire.QUEUE_DECLARE) {
      const queue = shortStringAt(fields, 2);
      this.#declared.add(number, queue, channel.published);
      if (queue === STALL_QUEUE) this.#socket.pause();
      return;
    }
    const reply = this.#reply(id, fields);
    if (reply) this.#send(number, ...reply);
    if (id === wire.CONNECTION_CLOSE) this.#socket.end();
    else if (id === wire.BASIC_CONSUME) this.#consume(number, channel, fields);
  }

  /** @returns the method that answers and its fields; null where none does */
  #reply(id: number, fields: Buffer): Reply | null {
    const reply = REPLIES.get(id);
    if (reply !== undefined) return reply;
    if (id === wire.BASIC_CONSUME) return [wire.BASIC_CONSUME_OK, wire.shortString(consumption(fields).consumerTag)];
    if (id === wire.BASIC_CANCEL) return [wire.BASIC_CANCEL_OK, wire.shortString(shortStringAt(fields, 0))];
    throw new RangeError(`the server of the benchmarks has no answer to method 0x${id.toString(16)}`);
  }

  #consume(number: number, channel: Channel, fields: Buffer): void {
    const { queue, consumerTag, noAck } = consumption(fields);
    const consumer = { channel: number, consumerTag, routingKey: queue, prefetch: noAck ? 0 : channel.prefetch };
    channel.acked = channel.delivered;
    channel.echo = queue.startsWith(ECHO_QUEUE);
    channel.deliveries = new Deliveries(this.#socket, () => ++channel.delivered, consumer);
    channel.deliveries.owed = Number(/^bench\.(\d+)$/.exec(queue)?.[1] ?? 0);
  }

  #writeDeclared(): void {
    const declared = this.#declared.take();
    if (declared !== null) this.#socket.write(declared);
  }

  #send(channel: number, id: number, ...fields: Uint8Array[]): void {
    this.#writeDeclared(); // answers keep the order of the questions
    this.#socket.write(wire.method(channel, id, ...fields));
  }
}

/** Body sizes stay below 2^32 here, so the upper half of each is 0. */
function takeContent(channel: Channel, bytes: Uint8Array, start: number, end: number): void {
  if (bytes[start] === wire.HEADER) channel.missing = readLong(bytes, start + BODY_SIZE);
  else if (bytes[start] === wire.BODY) channel.missing -= end - start - wire.FRAME_OVERHEAD;
  else return;
  if (channel.missing > 0) return;
  channel.published += 1;
  if (channel.echo && channel.deliveries) channel.deliveries.owed += 1;
}

type Reply = readonly [id: number, ...fields: Uint8Array[]];

/** Answers that are the same each time. */
const REPLIES: ReadonlyMap<number, Reply | null> = new Map<number, Reply | null>([
  [wire.CONNECTION_START_OK, [wire.CONNECTION_TUNE, wire.short(CHANNEL_MAX), wire.long(FRAME_MAX), wire.short(0)]],
  [wire.CONNECTION_TUNE_OK, null],
  [wire.CONNECTION_OPEN, [wire.CONNECTION_OPEN_OK, wire.shortString('')]],
  [wire.CONNECTION_CLOSE, [wire.CONNECTION_CLOSE_OK]],
  [wire.CHANNEL_OPEN, [wire.CHANNEL_OPEN_OK, wire.longString('')]],
  [wire.CHANNEL_CLOSE, [wire.CHANNEL_CLOSE_OK]],
  [wire.BASIC_QOS, [wire.BASIC_QOS_OK]],
  [wire.CONFIRM_SELECT, [wire.CONFIRM_SELECT_OK]],
]);

/** What basic.consume asks for: a reserved short, queue, consumer tag, bits (no-local, no-ack, …). */
function consumption(fields: Buffer): { queue: string; consumerTag: string; noAck: boolean } {
  const queue = shortStringAt(fields, 2);
  const tagAt = 2 + 1 + queue.length;
  const consumerTag = shortStringAt(fields, tagAt);
  const bits = fields[tagAt + 1 + consumerTag.length] ?? 0;
  return { queue, consumerTag: consumerTag || 'bench-consumer', noAck: (bits & 2) !== 0 };
}

function unusedChannel(): Channel {
  const counts = { missing: 0, published: 0, confirmed: 0, delivered: 0, acked: 0 };
  return { ...counts, prefetch: 0, confirms: false, echo: false, deliveries: null, touched: false };
}

function shortStringAt(fields: Buffer, offset: number): string {
  return fields.toString('latin1', offset + 1, offset + 1 + (fields[offset] ?? 0));
}
