/**
 * UTF-8 as this room needs it. The one that is here uses the language alone; a host that has a faster one hands it in.
 */
export interface TextCodec {
  /** How many bytes `text` takes as UTF-8; a lone surrogate counts as U+FFFD. */
  byteLength(text: string): number;
  /** Writes `text` from `at` on and gives the number of bytes written. The caller has made room for `byteLength(text)`. */
  write(text: string, bytes: Uint8Array, at: number): number;
  /** Reads bytes `start` to `end`; what is not UTF-8 becomes U+FFFD, a byte order mark is kept. */
  read(bytes: Uint8Array, start: number, end: number): string;
}

/** The codec that needs neither Node nor a browser. */
export const plainText: TextCodec = { byteLength, write, read };

/** The codec in use: {@link plainText} until {@link setTextCodec} is called. */
export let textCodec: TextCodec = plainText;

/** Puts a faster codec in the place of {@link plainText}, for all readers and writers. */
export function setTextCodec(codec: TextCodec): void {
  textCodec = codec;
}

/** Whether UTF-8 can carry `text`: it has no surrogate without its partner. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Whether bytes `start` to `end` are UTF-8 throughout. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const step = sequence(bytes, at, end);
    if (step < 0) return false;
    at += step;
  }
  return true;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const REPLACEMENT = 0xfffd;

/** Code units that are joined into a string at a time: few enough to be arguments of a call. */
const CHUNK = 4096;

function byteLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else {
      length += 2;
      if (isPair(text, i)) i++;
    }
  }
  return length;
}

function write(text: string, bytes: Uint8Array, start: number): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes[at++] = unit;
    else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (isPair(text, i)) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else {
      const point = (unit & 0xf800) === 0xd800 ? REPLACEMENT : unit;
      bytes[at++] = 0xe0 | (point >> 12);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    }
  }
  return at - start;
}

function read(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = start; at < end; ) {
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      units.push(first);
      at++;
    } else {
      const step = sequence(bytes, at, end);
      if (step < 0) units.push(REPLACEMENT);
      else pushPoint(units, bytes, at, step);
      at += Math.abs(step);
    }
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function isPair(text: string, i: number): boolean {
  return (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
}

/**
 * The length of the sequence at `at`, or minus the length of the part of it that is to become one U+FFFD: the longest
 * beginning of a legal sequence, as browsers do it.
 */
function sequence(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0) return -1;
  // no overlong forms, no surrogates, nothing above U+10FFFF: the second byte tells
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
  if (second < low || second > high) return -1;
  for (let n = 2; n < length; n++) {
    const next = at + n < end ? (bytes[at + n] ?? 0) : 0;
    if ((next & 0xc0) !== 0x80) return -n;
  }
  return length;
}

function pushPoint(units: number[], bytes: Uint8Array, at: number, length: number): void {
  let point = (bytes[at] ?? 0) & (0x7f >> length);
  for (let n = 1; n < length; n++) point = (point << 6) | ((bytes[at + n] ?? 0) & 0x3f);
  if (point < 0x10000) units.push(point);
  else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + (point & 0x3ff));
}
