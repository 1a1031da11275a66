import { crc32 } from 'node:zlib';
import { seededRandom } from '../support/seeded-random.ts';

/** Bytes. */
const MOST_PADDING = 2048;
/** More than a frame takes, for one message in so many. */
const LARGE_PADDING = 200_000;
const LARGE_EVERY = 250;

/** Makes bodies that can be recognised and checked: an id, a checksum, and padding of a length that the seed decides. */
export function bodyMaker(seed: number): (id: string) => string {
  const random = seededRandom(seed);
  return (id) => {
    const isLarge = random() < 1 / LARGE_EVERY;
    const padding = '.'.repeat(Math.floor(random() * (isLarge ? LARGE_PADDING : MOST_PADDING)));
    return `${id} ${checksum(id, padding)} ${padding}`;
  };
}

/** @returns whether the body is what `bodyMaker()` has made, and for which id */
export function readBody(body: Uint8Array): { readonly id: string; readonly whole: boolean } {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const [, id = '', sum, padding = ''] = /^(\S+) ([0-9a-f]+) (\.*)$/.exec(text) ?? [];
  return { id, whole: id !== '' && sum === checksum(id, padding) };
}

function checksum(id: string, padding: string): string {
  return crc32(`${id} ${padding.length} ${padding}`).toString(16);
}
