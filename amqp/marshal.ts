/** Whole frames as bytes of their own: for brokers, bridges and tools. A connection writes into its own {@link Writer}. */
import { kindError, makeRangeError } from './argument-errors.ts';
import { encodeContentHeader, encodeMethod } from './codec.ts';
import type { MethodId, PropertiesIn } from './methods.ts';
import { textCodec } from './text.ts';
import { isBytes } from './values.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEAD_SIZE, FRAME_HEARTBEAT, Writer } from './writer.ts';

/** What a client sends first: AMQP 0-9-1 (§4.2.2). */
export const PROTOCOL_HEADER: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1);

/** A heartbeat frame (AMQP 0-9-1 §4.2.7). */
export const HEARTBEAT_FRAME: Uint8Array = Uint8Array.of(FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END);

/** A method as a whole frame. @throws TypeError, RangeError as {@link encodeMethod} does */
export function encodeMethodFrame(channel: number, id: MethodId, fields: object): Uint8Array {
  const w = emptied(Infinity);
  encodeMethod(w, channel, id, fields);
  return joined(w);
}

/**
 * A method with content: its frame, the header's and as many of the body as `frameMax` asks for (0 = no limit).
 * @throws TypeError, RangeError as {@link encodeMethod} does
 */
export function encodeContentFrames(
  channel: number,
  id: MethodId,
  fields: object,
  properties: PropertiesIn,
  body: Uint8Array | string,
  frameMax: number,
): Uint8Array {
  const bytes = bytesOf(body);
  const w = emptied(frameMax || Infinity);
  encodeMethod(w, channel, id, fields);
  encodeContentHeader(w, channel, bytes.length, properties);
  const most = w.frameMax - FRAME_HEAD_SIZE - 1;
  if (!(most > 0)) throw makeRangeError('ARG_RANGE', 'frameMax', `frameMax ${frameMax} leaves no room for a body`);
  for (let at = 0; at < bytes.length; at += most) {
    w.copyFrame(FRAME_BODY, channel, bytes, at, Math.min(bytes.length, at + most));
  }
  return joined(w);
}

/** One slab for all of these calls: to allocate one takes longer than to fill it. */
const shared = new Writer();

function emptied(frameMax: number): Writer {
  shared.take(); // what a call left that threw between two frames
  shared.frameMax = frameMax;
  return shared;
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  if (typeof body !== 'string') {
    if (!isBytes(body)) throw kindError('body', body, 'a string or a Uint8Array');
    return body;
  }
  const bytes = new Uint8Array(textCodec.byteLength(body));
  textCodec.write(body, bytes, 0);
  return bytes;
}

/** Nothing here goes by reference, so there is one part; the next call overwrites the slab, the copy stays. */
function joined(w: Writer): Uint8Array {
  const [frames = new Uint8Array(0)] = w.take();
  return frames.slice();
}
