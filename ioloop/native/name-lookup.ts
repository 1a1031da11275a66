import type { FoundAddress, FoundAddresses, SystemCalls } from './calls.ts';
import type { PlatformFacts } from './platform.ts';
import type { Bound, EVERYWHERE } from './signatures.ts';
import { decodeSocketAddress, LONGEST_ADDRESS } from './socket-address.ts';

type Functions = Pick<Bound<typeof EVERYWHERE>, 'getaddrinfo' | 'freeaddrinfo' | 'memcpy'>;

/** `getaddrinfo` of streams, its list copied and freed at once. */
export function nameLookup(c: Functions, facts: PlatformFacts): SystemCalls['getaddrinfo'] {
  const { AF_UNSPEC, AF_INET, AF_INET6, AI_NUMERICHOST, SOCK_STREAM } = facts.constants;
  const families = { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 };
  return (host, family, numericOnly) => {
    const hints = new Int32Array(facts.layout.addrinfo.size / 4);
    hints[0] = numericOnly ? AI_NUMERICHOST : 0;
    hints[1] = families[family];
    hints[2] = SOCK_STREAM;
    const first = new BigUint64Array(1);
    const error = c.getaddrinfo(new TextEncoder().encode(`${host}\0`), null, hints, first);
    if (error !== 0) return { error, list: [] };
    const list = readList(c, facts, first[0] ?? 0n);
    c.freeaddrinfo(first[0] ?? 0n);
    return { error: 0, list };
  };
}

function readList(c: Functions, facts: PlatformFacts, first: bigint): FoundAddresses['list'] {
  const { address: addressAt, next: nextAt, size } = facts.layout.addrinfo;
  const list: FoundAddress[] = [];
  const entry = new Uint8Array(size);
  const fields = new DataView(entry.buffer);
  const bytes = new Uint8Array(LONGEST_ADDRESS);
  for (let at = first; at !== 0n; at = fields.getBigUint64(nextAt, true)) {
    c.memcpy(entry, at, size);
    const length = Math.min(fields.getUint32(LENGTH_AT, true), bytes.length);
    c.memcpy(bytes, fields.getBigUint64(addressAt, true), length);
    const found = decodeSocketAddress(facts, bytes, length);
    if (found !== null && 'address' in found) list.push({ address: found.address, family: found.family });
  }
  return list;
}

/** Of `ai_addrlen`, on every system. */
const LENGTH_AT = 16;
