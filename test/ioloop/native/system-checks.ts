import { unlinkSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { System } from '../../../ioloop/native/calls.ts';
import { systemCallError } from '../../../ioloop/native/errors.ts';
import {
  decodeSocketAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  LONGEST_ADDRESS,
} from '../../../ioloop/native/socket-address.ts';

/** What holds of the system's calls, whichever library makes them; each runs in the thread that opened the system. */
export interface SystemCheck {
  readonly title: string;
  run(system: System): void;
}

const LOOPBACKS: readonly string[] = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .filter(({ internal }) => internal)
  .map(({ address }) => address)
  .filter((address) => address === '127.0.0.1' || address === '::1');

const SYSTEM_CHECKS: readonly SystemCheck[] = [
  {
    title: 'read and write a pipe',
    run: (system) => {
      const [read, write] = pipeOf(system);
      const from = new Uint8Array(new SharedArrayBuffer(64), 8, 8);
      from.set([1, 2, 3, 4, 5]);
      expect(system.write(write, from.subarray(1), 4), 'written').to.equal(4);
      const into = new Uint8Array(10);
      expect(system.read(read, into.subarray(2), 8), 'read').to.equal(4);
      expect([...into]).to.deep.equal([0, 0, 2, 3, 4, 5, 0, 0, 0, 0]);
      closeAll(system, read, write);
    },
  },
  {
    title: 'say by errno why one failed',
    run: (system) => {
      const { EAGAIN, EBADF, F_SETFL, O_NONBLOCK } = system.constants;
      const [read, write] = pipeOf(system);
      system.fcntl(read, F_SETFL, O_NONBLOCK);
      const into = new Uint8Array(8);
      const garbage: object[] = [];
      let overwritten = 0;
      for (let i = 0; i < 20_000; i++) {
        // work for the collector in between, which makes calls of its own
        if (i % 100 === 0) garbage.push(new Array(1000).fill({}));
        expect(system.read(i % 2 === 0 ? read : -1, into, 8)).to.equal(-1);
        if (system.errno() !== (i % 2 === 0 ? EAGAIN : EBADF)) overwritten++;
      }
      // koffi keeps it beside the call; elsewhere the runtime itself can make a call in between that fails, a contended lock
      expect(overwritten, 'in 20,000').to.be.at.most(system.library === 'koffi' ? 0 : 20);
      closeAll(system, read, write);
      expect([system.close(write), system.errno()], 'a second close').to.deep.equal([-1, EBADF]);
    },
  },
  {
    title: 'write parts in their order, sixteen at a time',
    run: (system) => {
      const [read, write] = pipeOf(system);
      const parts = Array.from({ length: 20 }, (_, i) => new Uint8Array(3).fill(i).subarray(0, i === 3 ? 0 : 2));
      expect(system.writev(write, parts)).to.equal(30);
      const into = new Uint8Array(64);
      expect(system.read(read, into, 64)).to.equal(30);
      const wanted = parts.slice(0, 16).flatMap((part) => [...part]);
      expect([...into.subarray(0, 30)]).to.deep.equal(wanted);
      closeAll(system, read, write);
    },
  },
  {
    title: 'send and receive with flags',
    run: (system) => {
      const { AF_UNIX, SOCK_STREAM, MSG_PEEK, MSG_DONTWAIT, MSG_NOSIGNAL, EAGAIN, EPIPE, SHUT_WR } = system.constants;
      const pair = new Int32Array(2);
      expect(system.socketpair(AF_UNIX, SOCK_STREAM, 0, pair)).to.equal(0);
      const [left, right] = ends(pair);
      const into = new Uint8Array(8);
      expect([system.recv(right, into, 8, MSG_DONTWAIT), system.errno()]).to.deep.equal([-1, EAGAIN]);
      expect(system.send(left, new Uint8Array([7, 8]), 2, 0)).to.equal(2);
      expect(system.recv(right, into, 8, MSG_PEEK)).to.equal(2);
      expect(system.recv(right, into, 1, 0)).to.equal(1);
      expect(system.recv(right, into.subarray(1), 7, 0)).to.equal(1);
      expect([...into.subarray(0, 3)]).to.deep.equal([7, 8, 0]);
      expect(system.shutdown(left, SHUT_WR)).to.equal(0);
      expect(system.recv(right, into, 8, 0), 'the end').to.equal(0);
      expect([system.send(left, into, 1, MSG_NOSIGNAL), system.errno()]).to.deep.equal([-1, EPIPE]);
      closeAll(system, left, right);
    },
  },
  ...LOOPBACKS.map((address) => ({
    title: `connect without blocking to ${address}, and carry bytes`,
    run: (system: System) => connectOver(system, address),
  })),
  {
    title: 'tell of a connection that was refused',
    run: (system) => {
      const listener = listen(system, encodeInternetAddress(system, '127.0.0.1', 0));
      const where = nameOf(system, listener);
      if (where === null || !('port' in where)) throw new Error('a listener has a port');
      system.close(listener);
      const { AF_INET, SOCK_STREAM, ECONNREFUSED } = system.constants;
      const fd = system.socket(AF_INET, SOCK_STREAM, 0);
      const to = encodeInternetAddress(system, '127.0.0.1', where.port);
      expect([system.connect(fd, to, to.length), system.errno()]).to.deep.equal([-1, ECONNREFUSED]);
      const error = systemCallError(system, ECONNREFUSED, 'connect', where);
      expect(error.message).to.equal(`connect ECONNREFUSED 127.0.0.1:${where.port}`);
      system.close(fd);
    },
  },
  {
    title: 'connect over a path',
    run: (system) => {
      const path = join(tmpdir(), `pikaloop-${process.pid}-${system.library}.sock`);
      const address = encodeUnixAddress(system, path);
      const listener = listen(system, address);
      expect(nameOf(system, listener)).to.deep.equal({ path });
      const { AF_UNIX, SOCK_STREAM } = system.constants;
      const fd = system.socket(AF_UNIX, SOCK_STREAM, 0);
      expect(system.connect(fd, address, address.length)).to.equal(0);
      closeAll(system, fd, listener);
      unlinkSync(path);
    },
  },
  {
    title: 'set and get flags of descriptors',
    run: (system) => {
      const { F_GETFL, F_SETFL, F_GETFD, F_SETFD, FD_CLOEXEC, O_NONBLOCK, EBADF } = system.constants;
      const [read, write] = pipeOf(system);
      expect(system.fcntl(read, F_GETFL, 0) & O_NONBLOCK).to.equal(0);
      expect(system.fcntl(read, F_SETFL, O_NONBLOCK)).to.equal(0);
      expect(system.fcntl(read, F_GETFL, 0) & O_NONBLOCK).to.equal(O_NONBLOCK);
      expect(system.fcntl(read, F_SETFD, FD_CLOEXEC)).to.equal(0);
      expect(system.fcntl(read, F_GETFD, 0)).to.equal(FD_CLOEXEC);
      closeAll(system, read, write);
      expect([system.fcntl(read, F_GETFD, 0), system.errno()]).to.deep.equal([-1, EBADF]);
    },
  },
  {
    title: 'make one descriptor of another',
    run: (system) => {
      const [read, write] = pipeOf(system);
      const [other, end] = pipeOf(system);
      expect(system.dup2(write, end)).to.equal(end);
      system.write(end, new Uint8Array([9]), 1);
      const into = new Uint8Array(4);
      expect([system.read(read, into, 4), into[0]]).to.deep.equal([1, 9]);
      closeAll(system, read, write, other, end);
    },
  },
  {
    title: 'poll',
    run: (system) => {
      const { POLLIN, POLLOUT, POLLHUP, POLLNVAL } = system.constants;
      const [read, write] = pipeOf(system);
      const fds = new Uint8Array(24);
      const fields = new DataView(fds.buffer);
      for (const [index, [fd, events]] of [
        [read, POLLIN],
        [write, POLLOUT],
        [0x7ffffff0, POLLIN],
      ].entries()) {
        fields.setInt32(8 * index, fd ?? -1, true);
        fields.setInt16(8 * index + 4, events ?? 0, true);
      }
      const ready = (): number[] => [0, 1, 2].map((index) => fields.getInt16(8 * index + 6, true));
      expect(system.poll(fds, 3, 0)).to.equal(2);
      expect(ready()).to.deep.equal([0, POLLOUT, POLLNVAL]);
      system.close(write);
      expect(system.poll(fds, 1, -1)).to.equal(1);
      expect(ready()[0]).to.equal(POLLHUP);
      system.close(read);
      expect(elapsed(() => expect(system.poll(fds, 0, 20)).to.equal(0))).to.be.at.least(19.9);
      const { ppoll } = system;
      if (ppoll === undefined) return;
      expect(elapsed(() => expect(ppoll(fds, 0, nanoseconds(1_500_000))).to.equal(0))).to.be.at.least(1.4);
    },
  },
  {
    title: 'select',
    run: (system) => {
      const [read, write] = pipeOf(system);
      const bit = (set: Uint8Array, fd: number): boolean => (((set[fd >> 3] ?? 0) >> (fd & 7)) & 1) === 1;
      const of = (...fds: number[]): Uint8Array => {
        const set = new Uint8Array(system.constants.FD_SETSIZE / 8);
        for (const fd of fds) set[fd >> 3] = (set[fd >> 3] ?? 0) | (1 << (fd & 7));
        return set;
      };
      const [reads, writes, errors] = [of(read), of(write), of()];
      const zero = new Uint8Array(16);
      expect(system.select(Math.max(read, write) + 1, reads, writes, errors, zero)).to.equal(1);
      expect([bit(reads, read), bit(writes, write)]).to.deep.equal([false, true]);
      system.write(write, zero, 1);
      const again = of(read);
      expect(system.select(read + 1, again, of(), of(), null)).to.equal(1);
      expect(bit(again, read)).to.equal(true);
      closeAll(system, read, write);
    },
  },
  {
    title: 'find the addresses of a name',
    run: (system) => {
      const local = system.getaddrinfo('localhost', 4, false);
      expect(local).to.deep.equal({ error: 0, list: [{ address: '127.0.0.1', family: 4 }] });
      const six = system.getaddrinfo('2001:db8::7', 0, true);
      expect(six).to.deep.equal({ error: 0, list: [{ address: '2001:db8::7', family: 6 }] });
      const none = system.getaddrinfo('localhost', 0, true);
      expect(none).to.deep.equal({ error: system.constants.EAI_NONAME, list: [] });
    },
  },
];

const LINUX_CHECKS: readonly SystemCheck[] = [
  {
    title: 'wait by epoll',
    run: (system) => {
      const { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, EPOLLIN, EPOLLOUT, ENOENT } = system.constants;
      const { epoll, layout } = system;
      if (epoll === undefined || layout.epollEvent === null) throw new Error('Linux has epoll');
      const { size, data } = layout.epollEvent;
      const [read, write] = pipeOf(system);
      const queue = epoll.create(system.constants.EPOLL_CLOEXEC);
      const event = (events: number, token: number): Uint8Array => {
        const bytes = new Uint8Array(size);
        new DataView(bytes.buffer).setUint32(0, events, true);
        new DataView(bytes.buffer).setUint32(data, token, true);
        return bytes;
      };
      expect(epoll.ctl(queue, EPOLL_CTL_ADD, read, event(EPOLLIN, 11))).to.equal(0);
      expect(epoll.ctl(queue, EPOLL_CTL_ADD, write, event(EPOLLOUT, 22))).to.equal(0);
      const got = new Uint8Array(size * 4);
      const fields = new DataView(got.buffer);
      const pair = (index: number): number[] =>
        [size * index, size * index + data].map((at) => fields.getUint32(at, true));
      expect(epoll.wait(queue, got, 4, -1)).to.equal(1);
      expect(pair(0)).to.deep.equal([EPOLLOUT, 22]);
      system.write(write, got, 1);
      expect(epoll.wait(queue, got, 4, 0)).to.equal(2);
      expect([pair(0), pair(1)]).to.have.deep.members([
        [EPOLLOUT, 22],
        [EPOLLIN, 11],
      ]);
      expect(epoll.ctl(queue, EPOLL_CTL_MOD, read, event(0, 33))).to.equal(0);
      expect(epoll.ctl(queue, EPOLL_CTL_DEL, write, null)).to.equal(0);
      expect(elapsed(() => expect(epoll.wait(queue, got, 4, 20)).to.equal(0))).to.be.at.least(19.9);
      expect([epoll.ctl(queue, EPOLL_CTL_DEL, write, null), system.errno()]).to.deep.equal([-1, ENOENT]);
      const { pwait2 } = epoll;
      if (pwait2 !== undefined)
        expect(elapsed(() => expect(pwait2(queue, got, 4, nanoseconds(1_500_000))).to.equal(0))).to.be.at.least(1.4);
      closeAll(system, read, write, queue);
    },
  },
  {
    title: 'count in an eventfd',
    run: (system) => {
      const { EFD_NONBLOCK, EFD_CLOEXEC, EAGAIN } = system.constants;
      const fd = system.eventfd?.(0, EFD_NONBLOCK | EFD_CLOEXEC) ?? -1;
      const word = new BigUint64Array([3n]);
      const bytes = new Uint8Array(word.buffer);
      expect([system.read(fd, bytes, 8), system.errno()]).to.deep.equal([-1, EAGAIN]);
      system.write(fd, bytes, 8);
      system.write(fd, bytes, 8);
      expect([system.read(fd, bytes, 8), word[0]]).to.deep.equal([8, 6n]);
      system.close(fd);
    },
  },
  {
    title: 'copy a pipe into another and leave it full',
    run: (system) => {
      const [read, write] = pipeOf(system);
      const [copy, end] = pipeOf(system);
      system.write(write, new Uint8Array([5, 6]), 2);
      expect(system.tee?.(read, end, 100, system.constants.SPLICE_F_NONBLOCK)).to.equal(2);
      const into = new Uint8Array(4);
      for (const fd of [copy, read]) expect([system.read(fd, into, 4), into[0], into[1]]).to.deep.equal([2, 5, 6]);
      closeAll(system, read, write, copy, end);
    },
  },
  {
    title: 'connect over an abstract name',
    run: (system) => {
      const path = `\0pikaloop-${process.pid}-${system.library}`;
      const listener = listen(system, encodeUnixAddress(system, path));
      expect(nameOf(system, listener)).to.deep.equal({ path });
      system.close(listener);
    },
  },
];

/** Those that hold on this system. */
export function checksHere(): readonly SystemCheck[] {
  return process.platform === 'linux' ? [...SYSTEM_CHECKS, ...LINUX_CHECKS] : SYSTEM_CHECKS;
}

function connectOver(system: System, address: string): void {
  const { AF_INET, AF_INET6, SOCK_STREAM, SOL_SOCKET, SO_ERROR, IPPROTO_TCP, TCP_NODELAY } = system.constants;
  const { F_SETFL, O_NONBLOCK, EINPROGRESS, POLLOUT } = system.constants;
  const listener = listen(system, encodeInternetAddress(system, address, 0));
  const where = nameOf(system, listener);
  if (where === null || !('port' in where)) throw new Error('a listener has a port');
  const fd = system.socket(address.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  system.fcntl(fd, F_SETFL, O_NONBLOCK);
  const to = encodeInternetAddress(system, address, where.port);
  if (system.connect(fd, to, to.length) !== 0) expect(system.errno()).to.equal(EINPROGRESS);
  const polled = new Uint8Array(8);
  new DataView(polled.buffer).setInt32(0, fd, true);
  new DataView(polled.buffer).setInt16(4, POLLOUT, true);
  expect(system.poll(polled, 1, 5000)).to.equal(1);
  const value = new Uint8Array(4);
  const length = new Uint8Array([4, 0, 0, 0]);
  expect(system.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length)).to.equal(0);
  expect([...value]).to.deep.equal([0, 0, 0, 0]);
  expect(system.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, new Uint8Array([1, 0, 0, 0]), 4)).to.equal(0);
  expect(system.getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, length)).to.equal(0);
  expect(value[0]).to.equal(1);
  const accepted = system.accept(listener, null, null);
  expect(nameOf(system, fd, 'getpeername')).to.deep.equal(where);
  expect(nameOf(system, accepted, 'getpeername')).to.deep.equal(nameOf(system, fd));
  expect(system.send(fd, new Uint8Array([1, 2, 3]), 3, 0)).to.equal(3);
  const into = new Uint8Array(8);
  expect([system.recv(accepted, into, 8, 0), ...into.subarray(0, 3)]).to.deep.equal([3, 1, 2, 3]);
  closeAll(system, fd, accepted, listener);
}

function listen(system: System, address: Uint8Array): number {
  const family = system.layout.addressHasLength ? address[1] : address[0];
  const fd = system.socket(family ?? 0, system.constants.SOCK_STREAM, 0);
  expect(system.bind(fd, address, address.length), 'bind').to.equal(0);
  expect(system.listen(fd, 4), 'listen').to.equal(0);
  return fd;
}

function nameOf(system: System, fd: number, call: 'getsockname' | 'getpeername' = 'getsockname'): SocketName {
  const address = new Uint8Array(LONGEST_ADDRESS);
  const length = new Uint8Array(4);
  length[0] = address.length;
  expect(system[call](fd, address, length), call).to.equal(0);
  return decodeSocketAddress(system, address, new DataView(length.buffer).getUint32(0, true));
}

type SocketName = ReturnType<typeof decodeSocketAddress>;

function pipeOf(system: System): [read: number, write: number] {
  const fds = new Int32Array(2);
  expect(system.pipe(fds), 'pipe').to.equal(0);
  return ends(fds);
}

function ends([first = -1, second = -1]: Int32Array): [number, number] {
  return [first, second];
}

function closeAll(system: System, ...fds: number[]): void {
  for (const fd of fds) expect(system.close(fd), `close ${fd}`).to.equal(0);
}

/** Milliseconds that `fn` took. */
function elapsed(fn: () => void): number {
  const began = performance.now();
  fn();
  return performance.now() - began;
}

function nanoseconds(count: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([0n, BigInt(count)]).buffer);
}
