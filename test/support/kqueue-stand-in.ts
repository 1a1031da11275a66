import { fstatSync } from 'node:fs';
import type { KqueueCalls, System } from '../../ioloop/native/calls.ts';
import { darwin } from '../../ioloop/native/darwin.ts';
import { freebsd } from '../../ioloop/native/freebsd.ts';
import { openSystem } from '../../ioloop/native/system.ts';

/** What the kernel keeps of one filter. */
interface Knote {
  readonly fd: number;
  readonly filter: number;
  readonly inode: number;
  udata: number;
}

/**
 * This system with a kqueue in place of its epoll, after the manuals of macOS and FreeBSD and in the layout of the one or
 * the other, made of `poll()`. It knows level-triggered filters for reading and writing, and no more.
 */
export function systemWithKqueue(manual: 'darwin' | 'freebsd'): System {
  const system = openSystem();
  const layout = (manual === 'darwin' ? darwin() : freebsd()).layout.kevent;
  if (layout === null) throw new Error(`${manual} has a kqueue`);
  const kernel = new Kernel(system, layout.size);
  const { epoll: _epoll, eventfd: _eventfd, ...others } = system;
  return {
    ...others,
    layout: { ...system.layout, epollEvent: null, kevent: layout },
    kqueue: kernel,
    errno: () => kernel.takeErrno() || system.errno(),
  };
}

class Kernel implements KqueueCalls {
  readonly #system: System;
  readonly #size: number;
  readonly #queues = new Map<number, Knote[]>();
  #errno = 0;

  constructor(system: System, size: number) {
    this.#system = system;
    this.#size = size;
  }

  takeErrno(): number {
    const errno = this.#errno;
    this.#errno = 0;
    return errno;
  }

  readonly create = (): number => {
    const pair = new Int32Array(2);
    this.#system.pipe(pair);
    this.#system.close(pair[1]!);
    this.#queues.set(pair[0]!, []);
    return pair[0]!;
  };

  readonly kevent: KqueueCalls['kevent'] = (queue, changes, changeCount, events, eventCount, timespec) => {
    const knotes = this.#queues.get(queue);
    if (knotes === undefined) return this.#fail(this.#system.constants.EBADF);
    for (let i = 0; i < changeCount && changes !== null; i++) {
      const errno = this.#change(knotes, viewOf(changes, i * this.#size));
      if (errno !== 0) return this.#fail(errno);
    }
    if (events === null || eventCount === 0) return 0;
    return this.#wait(knotes, events, eventCount, timespec === null ? -1 : milliseconds(viewOf(timespec, 0)));
  };

  #change(knotes: Knote[], change: DataView): number {
    const { EBADF, ENOENT, EV_ADD, EV_DELETE } = this.#system.constants;
    const fd = change.getInt32(0, true);
    const filter = change.getInt16(8, true);
    const flags = change.getUint16(10, true);
    const inode = inodeOf(fd);
    if (inode === null) return EBADF;
    forgetClosed(knotes);
    const at = knotes.findIndex((knote) => knote.fd === fd && knote.filter === filter);
    if ((flags & EV_DELETE) !== 0) {
      if (at < 0) return ENOENT;
      knotes.splice(at, 1);
    }
    if ((flags & EV_ADD) === 0) return 0;
    const udata = change.getInt32(24, true);
    const known = knotes[at];
    if (known === undefined) knotes.push({ fd, filter, inode, udata });
    else known.udata = udata;
    return 0;
  }

  #wait(knotes: Knote[], events: Uint8Array, most: number, timeout: number): number {
    forgetClosed(knotes);
    const { POLLIN, POLLOUT, POLLRDHUP, EVFILT_READ } = this.#system.constants;
    const list = new Uint8Array(8 * knotes.length);
    const words = new Int32Array(list.buffer);
    knotes.forEach(({ fd, filter }, i) => {
      words[2 * i] = fd;
      words[2 * i + 1] = filter === EVFILT_READ ? POLLIN | POLLRDHUP : POLLOUT;
    });
    if (this.#system.poll(list, knotes.length, timeout) < 0) return this.#fail(this.#system.errno());
    let count = 0;
    for (const [i, knote] of [...knotes].entries()) {
      const told = words[2 * i + 1]! >>> 16;
      if (told === 0 || count === most) continue;
      this.#tell(knote, told, new DataView(events.buffer, events.byteOffset + count * this.#size, this.#size));
      count++;
      // the kernel goes on with the others the next time
      knotes.push(...knotes.splice(knotes.indexOf(knote), 1));
    }
    return count;
  }

  #tell({ fd, filter, udata }: Knote, told: number, event: DataView): void {
    const { POLLERR, POLLHUP, POLLRDHUP, EV_EOF, ECONNREFUSED, EVFILT_READ } = this.#system.constants;
    const ends = POLLERR | POLLHUP | (filter === EVFILT_READ ? POLLRDHUP : 0);
    event.setInt32(0, fd, true);
    event.setInt16(8, filter, true);
    event.setUint16(10, (told & ends) === 0 ? 0 : EV_EOF, true);
    event.setUint32(12, (told & POLLERR) === 0 ? 0 : ECONNREFUSED, true);
    event.setInt32(24, udata, true);
  }

  #fail(errno: number): -1 {
    this.#errno = errno;
    return -1;
  }
}

/** A descriptor takes its filters along when it is closed. */
function forgetClosed(knotes: Knote[]): void {
  for (const knote of [...knotes]) {
    if (inodeOf(knote.fd) !== knote.inode) knotes.splice(knotes.indexOf(knote), 1);
  }
}

function inodeOf(fd: number): number | null {
  try {
    return fstatSync(fd).ino;
  } catch {
    return null;
  }
}

function milliseconds(timespec: DataView): number {
  return Math.ceil(timespec.getInt32(0, true) * 1000 + timespec.getInt32(8, true) / 1e6);
}

function viewOf(bytes: Uint8Array, at: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at);
}
