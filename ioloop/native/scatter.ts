import type { SystemCalls } from './calls.ts';
import type { Bound, EVERYWHERE, Library } from './signatures.ts';

/** `writev` over arrays: the system wants their addresses and lengths in an array of its own. */
export function scatteredWrite(library: Library, c: Pick<Bound<typeof EVERYWHERE>, 'writev'>): SystemCalls['writev'] {
  const words = new Uint32Array(4 * MOST_PARTS);
  const vectors = new BigUint64Array(words.buffer);
  const bytes = new Uint8Array(words.buffer);
  return (fd, parts) => {
    const count = Math.min(parts.length, MOST_PARTS);
    for (let index = 0; index < count; index++) {
      const part = parts[index];
      if (part === undefined) return -1;
      // nothing lies nowhere, says Bun
      vectors[2 * index] = part.length === 0 ? 0n : library.address(part);
      words[4 * index + 2] = part.length;
    }
    return c.writev(fd, bytes, count);
  };
}

const MOST_PARTS = 16;
