import { fstatSync, readlinkSync } from 'node:fs';
import { rawWrite } from './native/raw-write.ts';

/** Written by the loop: the descriptor that ends its native wait when 8 bytes are written to it; 0 = it has none. */
const LOOP_FD = 4;
/** Written by everybody: how many threads are about to write to it. */
const FD_WRITERS = 5;
/** Written by the loop: what `identityOf()` said of it; 0 = the number stays this loop's until it says otherwise. */
const FD_IDENTITY = 6;

/** Ends the native wait of the loop whose bell has these words, from any thread. */
export function writeToLoop(words: Int32Array): void {
  // whoever takes the descriptor away waits for those who are about to write to it
  Atomics.add(words, FD_WRITERS, 1);
  const fd = Atomics.load(words, LOOP_FD);
  if (fd !== 0 && isStill(fd, Atomics.load(words, FD_IDENTITY))) {
    // full: there is enough in it to end the wait; broken: the loop is gone
    rawWrite(fd, ONE);
  }
  Atomics.sub(words, FD_WRITERS, 1);
}

/** What other threads write to from here on. */
export function giveWakeFd(words: Int32Array, fd: number, identity: number): void {
  Atomics.store(words, FD_IDENTITY, identity);
  Atomics.store(words, LOOP_FD, fd);
}

/** @returns whether the descriptor may be closed: nobody writes to it any more */
export function takeWakeFd(words: Int32Array): boolean {
  Atomics.store(words, LOOP_FD, 0);
  for (let tries = 0; Atomics.load(words, FD_WRITERS) !== 0; tries++) {
    // a thread that was ended in the middle never comes back: one descriptor too many is better than a stranger's bytes
    if (tries === 100) return false;
    Atomics.wait(words, FD_WRITERS, Atomics.load(words, FD_WRITERS), 1);
  }
  return true;
}

/** Tells a pipe from whatever gets its number later; 0 where that cannot be asked. */
export function identityOf(fd: number): number {
  try {
    return inodeOf(fd);
  } catch {
    // Deno without leave to read /proc, or on another system than Linux
    return 0;
  }
}

/** A thread that was ended closes its descriptors, but says so nowhere. */
function isStill(fd: number, identity: number): boolean {
  if (identity === 0) return true;
  try {
    return inodeOf(fd) === identity;
  } catch {
    // not even open
    return false;
  }
}

/** @throws Error it is not open */
function inodeOf(fd: number): number {
  // Deno's fs has numbers of its own; the link says pipe:[4711]
  const inode = IN_DENO ? Number(readlinkSync(`/proc/self/fd/${fd}`).replace(/\D/g, '')) : fstatSync(fd).ino;
  return inode | 0 || 1;
}

/** What an eventfd adds. */
const ONE = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);
const IN_DENO: boolean = 'Deno' in globalThis;
