import { isMainThread } from 'node:worker_threads';
import type { System } from '../native/calls.ts';
import { systemCallError } from '../native/errors.ts';
import { closeOwned, ownFd } from '../native/own-fd.ts';
import { giveWakeFd, identityOf, takeWakeFd } from '../wake-fd.ts';

/** The loop's end of what other threads write to while it waits in the system. */
export class Wake {
  /** To be watched for READ. */
  readonly fd: number;
  readonly #system: System;
  readonly #words: Int32Array;
  /** Where the others write; the same as `fd` for an eventfd. */
  readonly #end: number;
  readonly #bytes = new Uint8Array(64);

  /** @param words - of the loop's bell */
  constructor(system: System, words: Int32Array) {
    this.#system = system;
    this.#words = words;
    // a pipe can be told from what gets its number after this thread was ended; the main thread's end is everybody's
    const eventfd = isMainThread ? openEventfd(system) : null;
    [this.fd, this.#end] = eventfd === null ? openPipe(system) : [eventfd, eventfd];
    giveWakeFd(words, this.#end, eventfd === null ? identityOf(this.#end) : 0);
  }

  /** After it was ready to read. */
  drain(): void {
    this.#system.read(this.fd, this.#bytes, this.#bytes.length);
  }

  close(): void {
    if (!takeWakeFd(this.#words)) return;
    closeOwned(this.#system, this.fd);
    if (this.#end !== this.fd) closeOwned(this.#system, this.#end);
  }
}

function openEventfd(system: System): number | null {
  const { constants, eventfd } = system;
  if (eventfd === undefined) return null;
  const fd = eventfd(0, constants.EFD_NONBLOCK | constants.EFD_CLOEXEC);
  if (fd < 0) throw systemCallError(system, system.errno(), 'eventfd');
  return ownFd(system, fd);
}

function openPipe(system: System): [fd: number, end: number] {
  const { F_GETFL, F_SETFL, F_SETFD, FD_CLOEXEC, O_NONBLOCK } = system.constants;
  const pair = new Int32Array(2);
  if (system.pipe(pair) < 0) throw systemCallError(system, system.errno(), 'pipe');
  // both were written by the call
  const ends: [number, number] = [pair[0]!, pair[1]!];
  for (const end of ends) {
    system.fcntl(end, F_SETFD, FD_CLOEXEC);
    system.fcntl(end, F_SETFL, system.fcntl(end, F_GETFL, 0) | O_NONBLOCK);
  }
  const fd = owned(system, ends[0], ends[1]);
  return [fd, owned(system, ends[1], fd)];
}

/** @param other - is closed too when it fails */
function owned(system: System, fd: number, other: number): number {
  try {
    return ownFd(system, fd);
  } catch (error) {
    system.close(other);
    throw error;
  }
}
