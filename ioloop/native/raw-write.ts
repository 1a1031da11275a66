import { writeSync } from 'node:fs';
import { openSystem } from './system.ts';

/**
 * Writes to a descriptor of this process that another thread may have opened. Needs no FFI library but on Deno, whose `fs`
 * knows the descriptors alone that it has opened itself, in the same thread.
 * @returns how many bytes the system took; -1 = none, it is full, or broken
 */
export function rawWrite(fd: number, bytes: Uint8Array): number {
  if (IN_DENO) return openSystem().write(fd, bytes, bytes.length);
  try {
    return writeSync(fd, bytes);
  } catch {
    // whoever waits for the descriptor learns from its own call which
    return -1;
  }
}

const IN_DENO: boolean = 'Deno' in globalThis;
