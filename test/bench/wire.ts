/** The bytes of AMQP 0-9-1 by hand, so that the server and the raw client owe nothing to the code under measurement. */

export const METHOD = 1;
export const HEADER = 2;
export const BODY = 3;
const FRAME_END = 0xce;
/** Bytes of a frame around its payload: type, channel, size, end octet. */
export const FRAME_OVERHEAD = 8;
export const PROTOCOL_HEADER: Buffer = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');

/** Class and method as one number, as they stand at the start of a method frame's payload. */
export const CONNECTION_START = 0x000a000a;
export const CONNECTION_START_OK = 0x000a000b;
export const CONNECTION_TUNE = 0x000a001e;
export const CONNECTION_TUNE_OK = 0x000a001f;
export const CONNECTION_OPEN = 0x000a0028;
export const CONNECTION_OPEN_OK = 0x000a0029;
export const CONNECTION_CLOSE = 0x000a0032;
export const CONNECTION_CLOSE_OK = 0x000a0033;
export const CHANNEL_OPEN = 0x0014000a;
export const CHANNEL_OPEN_OK = 0x0014000b;
export const CHANNEL_CLOSE = 0x00140028;
export const CHANNEL_CLOSE_OK = 0x00140029;
export const QUEUE_DECLARE = 0x0032000a;
export const QUEUE_DECLARE_OK = 0x0032000b;
export const BASIC_QOS = 0x003c000a;
export const BASIC_QOS_OK = 0x003c000b;
export const BASIC_CONSUME = 0x003c0014;
export const BASIC_CONSUME_OK = 0x003c0015;
export const BASIC_CANCEL = 0x003c001e;
export const BASIC_CANCEL_OK = 0x003c001f;
export const BASIC_PUBLISH = 0x003c0028;
export const BASIC_DELIVER = 0x003c003c;
export const BASIC_ACK = 0x003c0050;
export const CONFIRM_SELECT = 0x0055000a;
export const CONFIRM_SELECT_OK = 0x0055000b;

const BASIC_CLASS = 60;

export function octet(value: number): Buffer {
  return Buffer.of(value);
}
export function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
export function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
export function longlong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
export function shortString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([octet(bytes.length), bytes]);
}
export function longString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([long(bytes.length), bytes]);
}
/** A field table whose values are true or tables of such. */
export interface Flags {
  readonly [name: string]: true | Flags;
}
export function table(flags: Flags = {}): Buffer {
  const entries = Object.entries(flags).flatMap(([name, value]) => [
    shortString(name),
    value === true ? Buffer.from('t\x01', 'latin1') : Buffer.concat([Buffer.from('F'), table(value)]),
  ]);
  const bytes = Buffer.concat(entries);
  return Buffer.concat([long(bytes.length), bytes]);
}

export function frame(type: number, channel: number, ...parts: Uint8Array[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([octet(type), short(channel), long(payload.length), payload, octet(FRAME_END)]);
}
export function method(channel: number, id: number, ...fields: Uint8Array[]): Buffer {
  return frame(METHOD, channel, long(id), ...fields);
}

/** basic.publish with its content: three frames, no properties. */
export function publish(channel: number, routingKey: string, body: Uint8Array): Buffer {
  const fields = [short(0), shortString(''), shortString(routingKey), octet(0)];
  return Buffer.concat([method(channel, BASIC_PUBLISH, ...fields), content(channel, body)]);
}

/** basic.deliver with its content; the delivery tag is 0 and stands at `deliveryTagOffset(consumerTag)`. */
export function deliver(channel: number, consumerTag: string, routingKey: string, body: Uint8Array): Buffer {
  const fields = [shortString(consumerTag), longlong(0), octet(0), shortString(''), shortString(routingKey)];
  return Buffer.concat([method(channel, BASIC_DELIVER, ...fields), content(channel, body)]);
}
export function deliveryTagOffset(consumerTag: string): number {
  return FRAME_OVERHEAD - 1 + 4 + shortString(consumerTag).length;
}

export function ack(channel: number, deliveryTag: number, multiple: boolean): Buffer {
  return method(channel, BASIC_ACK, longlong(deliveryTag), octet(multiple ? 1 : 0));
}

/** `count` copies of the same bytes, to be written at once. */
export function repeated(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(bytes.length * count, bytes);
}

function content(channel: number, body: Uint8Array): Buffer {
  const header = frame(HEADER, channel, short(BASIC_CLASS), short(0), longlong(body.length), short(0));
  return Buffer.concat([header, frame(BODY, channel, body)]);
}
