import { existsSync, constants as files, readdirSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { endianness, constants as system } from 'node:os';
import process from 'node:process';

interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}
interface OpenFile {
  readonly fd: number;
  readonly target: string;
  readonly flags: number;
}

/**
 * Where Node's signal handlers put what came, in whatever thread they ran: a pipe that libuv reads when the host's loop turns.
 * A loop that blocks the thread looks into it meanwhile; what it took goes back once the host turns again, so that the
 * host's own listeners miss nothing. No signal can be blocked in all threads from here, so a signalfd would see few of them.
 */
export class SignalPipe {
  /** The end to watch. */
  readonly fd: number;
  /** Called when the host has seen all that was taken. */
  onSettled: () => void = () => {};
  readonly #writeEnd: number;
  #taken: Buffer[] = [];

  /** @returns null where there is no such pipe, or none that looks as it should */
  static find(): SignalPipe | null {
    // another thread may have opened a pipe in the very moment of the first search: the second one looks into all
    if (found === undefined) found = search() ?? search();
    return found;
  }

  constructor({ readEnd, writeEnd }: Pipe) {
    this.fd = readEnd;
    this.#writeEnd = writeEnd;
  }

  /** Calls `hear` for each signal that came, in their order. */
  take(hear: (signum: number) => void): void {
    for (let bytes = readAll(this.fd); bytes.length > 0; bytes = readAll(this.fd)) this.accept(bytes, hear);
  }

  accept(bytes: Buffer, hear: (signum: number) => void): void {
    if (this.#taken.push(bytes) === 1) setImmediate(() => this.#giveBack());
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
      // given back, and taken again before the host had looked
      if (bytes[at + HEARD_AT] === 1) continue;
      bytes[at + HEARD_AT] = 1;
      hear(signumAt(bytes, at));
    }
  }

  /** The host turns: before its next immediates, it reads this. */
  #giveBack(): void {
    const left = putBack(this.#writeEnd, Buffer.concat(this.#taken.splice(0)));
    if (left.length > 0) {
      this.#taken.push(left);
      setImmediate(() => this.#giveBack());
      return;
    }
    setImmediate(() => {
      if (this.#taken.length === 0) this.onSettled();
    });
  }
}

/** Sends this process a signal that does nothing, and looks in which pipe it turns up. */
function search(): SignalPipe | null {
  const before = pipesOfOurOwn();
  const listener = (): void => {};
  process.on(PROBE, listener);
  try {
    // the first listener of a process opens the pipe: then the others' are not even looked into
    const opened = pipesOfOurOwn().filter((pipe) => !before.some((other) => isSame(pipe, other)));
    const pipes = new Set(opened.length > 0 ? opened : before);
    process.kill(process.pid, PROBE);
    for (let tries = 0; tries < PROBE_TRIES; tries++) {
      for (const pipe of pipes) {
        const bytes = readAll(pipe.readEnd, LARGEST_PIPE);
        if (bytes.length === 0) continue;
        if (
          bytes.length % RECORD_BYTES === 0 &&
          signumAt(bytes, bytes.length - RECORD_BYTES) === system.signals[PROBE]
        ) {
          const signals = new SignalPipe(pipe);
          signals.accept(bytes, () => {});
          return signals;
        }
        // it has not noticed
        returnAll(pipe.writeEnd, bytes);
        // another's
        if (bytes.length % RECORD_BYTES !== 0) pipes.delete(pipe);
      }
      Atomics.wait(NEVER, 0, 0, 1);
    }
    return null;
  } finally {
    process.off(PROBE, listener);
  }
}

/** Non-blocking pipes of which this process has both ends. */
function pipesOfOurOwn(): Pipe[] {
  const pairs = new Map<string, Partial<Pipe>>();
  for (const { fd, target, flags } of openFiles()) {
    if (!target.startsWith('pipe:') || (flags & files.O_NONBLOCK) === 0) continue;
    const end = (flags & (files.O_WRONLY | files.O_RDWR)) === 0 ? { readEnd: fd } : { writeEnd: fd };
    pairs.set(target, { ...pairs.get(target), ...end });
  }
  return [...pairs.values()].filter((pair): pair is Pipe => pair.readEnd !== undefined && pair.writeEnd !== undefined);
}

function isSame(one: Pipe, other: Pipe): boolean {
  return one.readEnd === other.readEnd && one.writeEnd === other.writeEnd;
}

/** As Linux tells of them; none elsewhere. */
function openFiles(): OpenFile[] {
  return existsSync(FILES) ? readdirSync(FILES).flatMap(openFile) : [];
}

function openFile(name: string): OpenFile[] {
  try {
    const target = readlinkSync(`${FILES}/${name}`);
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1] ?? '0';
    return [{ fd: Number(name), target, flags: Number.parseInt(flags, 8) }];
  } catch (error) {
    // the listing's own descriptor, or one that another thread has closed meanwhile
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** @param most - bytes; what stays behind would come before what is put back */
function readAll(fd: number, most = ATOMIC): Buffer {
  const bytes = Buffer.alloc(most);
  try {
    return bytes.subarray(0, readSync(fd, bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return bytes.subarray(0, 0);
    throw error;
  }
}

/** Puts back what was read. @returns what does not fit, as the pipe is full: no record is torn */
function putBack(fd: number, bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length; at += ATOMIC) {
    try {
      writeSync(fd, bytes, at, Math.min(ATOMIC, bytes.length - at));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return bytes.subarray(at);
      throw error;
    }
  }
  return NOTHING;
}

/** Once there is room for all. */
function returnAll(fd: number, bytes: Buffer): void {
  const left = putBack(fd, bytes);
  if (left.length > 0) setImmediate(() => returnAll(fd, left));
}

function signumAt(bytes: Buffer, record: number): number {
  return BIG_ENDIAN ? bytes.readInt32BE(record + SIGNUM_AT) : bytes.readInt32LE(record + SIGNUM_AT);
}

/** Does nothing to a program that does not ask for it. */
const PROBE = 'SIGURG';
/** A millisecond each: another thread may have got it. */
const PROBE_TRIES = 100;
/** `PIPE_BUF`: so many bytes at most are written whole or not at all. */
const ATOMIC = 4096;
/** What Linux lets a program ask for. */
const LARGEST_PIPE: number = 1 << 20;
/** A record of libuv's: the address of a handle, the number of the signal, and zeros that fill it up, */
const RECORD_BYTES = 16;
const SIGNUM_AT = 8;
/** the first of which becomes 1 when somebody has heard of it. */
const HEARD_AT = 12;
const BIG_ENDIAN = endianness() === 'BE';
const NOTHING = Buffer.alloc(0);
const FILES = '/proc/self/fd';
const NEVER = new Int32Array(new SharedArrayBuffer(4));

let found: SignalPipe | null | undefined;
