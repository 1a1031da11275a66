import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { outOfRange } from '../errors.ts';
import type { PlatformFacts } from './platform.ts';

/** Of TCP. `address` is a numeric one; link-local ones of IPv6 may end in `%` and the name or number of an interface. */
export interface InternetAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** Of a Unix socket. A first NUL makes it an abstract one (Linux). */
export interface UnixSocketAddress {
  readonly path: string;
}

/** Bytes that are room enough for any address. */
export const LONGEST_ADDRESS = 128;

/**
 * The `sockaddr_in` or `sockaddr_in6` that `connect` and `bind` take.
 * @throws {RangeError} ARG_RANGE: not a numeric address
 */
export function encodeInternetAddress(facts: PlatformFacts, address: string, port: number): Uint8Array {
  const bytes = isIPv4(address) ? ipv4(facts, address) : ipv6(facts, address);
  bytes[2] = port >> 8;
  bytes[3] = port;
  return bytes;
}

/** @throws {RangeError} ARG_RANGE: longer than the system's addresses are, or with a NUL inside */
export function encodeUnixAddress(facts: PlatformFacts, path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  const abstract = name[0] === 0;
  if (name.indexOf(0, abstract ? 1 : 0) >= 0) throw outOfRange('path', 'has a NUL inside');
  // the system wants a NUL at the end of a path; an abstract name ends where the address ends
  const size = 2 + name.length + (abstract ? 0 : 1);
  if (name.length === 0 || size > facts.layout.unixAddressSize)
    throw outOfRange(
      'path',
      `must have 1 to ${facts.layout.unixAddressSize - 3} bytes for a socket; has ${name.length}`,
    );
  const bytes = new Uint8Array(size);
  header(facts, bytes, facts.constants.AF_UNIX);
  bytes.set(name, 2);
  return bytes;
}

/** @returns null for an address of no family that is known here, and for one of a socket that has none */
export function decodeSocketAddress(
  facts: PlatformFacts,
  bytes: Uint8Array,
  length: number,
): InternetAddress | UnixSocketAddress | null {
  if (length < 2) return null;
  const { AF_INET, AF_INET6, AF_UNIX } = facts.constants;
  const family = facts.layout.addressHasLength ? bytes[1] : byteAt(bytes, 0) | (byteAt(bytes, 1) << 8);
  if (family === AF_UNIX) return { path: unixPath(bytes.subarray(2, length)) };
  const port = (byteAt(bytes, 2) << 8) | byteAt(bytes, 3);
  if (family === AF_INET) return { address: bytes.subarray(4, 8).join('.'), family: 4, port };
  if (family === AF_INET6) return { address: ipv6Text(bytes), family: 6, port };
  return null;
}

function ipv4(facts: PlatformFacts, address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  header(facts, bytes, facts.constants.AF_INET);
  bytes.set(address.split('.').map(Number), 4);
  return bytes;
}

function ipv6(facts: PlatformFacts, address: string): Uint8Array {
  if (!isIPv6(address)) throw outOfRange('address', `must be numeric: "${address}" is not`);
  const [digits = '', zone] = address.split('%');
  const bytes = new Uint8Array(28);
  header(facts, bytes, facts.constants.AF_INET6);
  for (const [index, group] of groups(digits).entries()) {
    bytes[8 + 2 * index] = group >> 8;
    bytes[9 + 2 * index] = group;
  }
  if (zone !== undefined) new DataView(bytes.buffer).setUint32(24, scopeOf(zone), true);
  return bytes;
}

/** The eight groups of an address that `isIPv6` accepts. */
function groups(digits: string): number[] {
  const [left = '', right] = digits.split('::');
  const before = halfGroups(left);
  if (right === undefined) return before;
  const after = halfGroups(right);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function halfGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

function scopeOf(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  for (const entry of networkInterfaces()[zone] ?? []) if (entry.family === 'IPv6') return entry.scopeid;
  throw outOfRange('address', `names an interface that is not there: "${zone}"`);
}

/** As RFC 5952 writes it. */
function ipv6Text(bytes: Uint8Array): string {
  const words = Array.from(
    { length: 8 },
    (_, index) => (byteAt(bytes, 8 + 2 * index) << 8) | byteAt(bytes, 9 + 2 * index),
  );
  const scope = new DataView(bytes.buffer, bytes.byteOffset).getUint32(24, true);
  const zone = scope === 0 ? '' : `%${scope}`;
  const mapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (mapped) return `::ffff:${bytes.subarray(20, 24).join('.')}`;
  const text = words.map((word) => word.toString(16)).join(':');
  // the longest run of two zeros or more, the first of those as long
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const run = runs.reduce<RegExpExecArray | null>(
    (best, one) => (best === null || one[0].length > best[0].length ? one : best),
    null,
  );
  if (run === null) return text + zone;
  const end = run.index + run[0].length;
  return `${text.slice(0, run.index).replace(/:$/, '')}::${text.slice(end).replace(/^:/, '')}${zone}`;
}

function unixPath(bytes: Uint8Array): string {
  const end = bytes.indexOf(0, bytes[0] === 0 ? 1 : 0);
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
}

function header(facts: PlatformFacts, bytes: Uint8Array, family: number): void {
  // a family below 256: its high byte is 0 where it has one
  if (facts.layout.addressHasLength) bytes[0] = bytes.length;
  bytes[facts.layout.addressHasLength ? 1 : 0] = family;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
