import { isIP } from 'node:net';
import { outOfRange } from './errors.ts';
import type { StreamInfo } from './io-messages.ts';
import type { System } from './native/calls.ts';
import { type CallTarget, systemCallError } from './native/errors.ts';
import { closeOwned, ownFd } from './native/own-fd.ts';
import {
  decodeSocketAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  LONGEST_ADDRESS,
} from './native/socket-address.ts';
import type { ConnectOptions, SocketAddress, UnixAddress } from './transport.ts';

/** Where a socket goes, names resolved. */
export type SocketTarget = SocketAddress | UnixAddress;

/** A stream socket of the system that never blocks. Calls throw the system's error as Node would word it. */
export class FdSocket {
  readonly fd: number;
  readonly #system: System;
  readonly #target: SocketTarget;

  /**
   * Begins to connect; the descriptor becomes writable when that is decided, and `outcome` tells how.
   * @throws the system's error, RangeError for an address that is none; nothing is left open
   */
  constructor(system: System, target: SocketTarget, options: ConnectOptions) {
    this.#system = system;
    this.#target = target;
    this.fd = openSocket(system, target);
    try {
      if ('port' in target) this.#prepare(target, options);
      this.#connect(target);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Why connecting, or the open connection, has failed; null if it has not. The system tells it once. */
  takeError(syscall: 'connect' | 'read'): Error | null {
    const { SOL_SOCKET, SO_ERROR } = this.#system.constants;
    const failed = this.#system.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, VALUE, LENGTH.of(4)) < 0;
    const errno = failed ? this.#system.errno() : (INTEGER[0] ?? 0);
    return errno === 0 ? null : this.#error(errno, syscall);
  }

  /** Both ends of the open connection. */
  get info(): StreamInfo {
    const target = this.#target;
    if ('path' in target) {
      const address: SocketAddress = { address: target.path, port: 0, family: 4 };
      return { local: address, remote: address };
    }
    return { local: this.#address('getsockname', target), remote: this.#address('getpeername', target) };
  }

  /** @returns bytes read, 0 at the end of the stream, -1 when nothing is there */
  receive(into: Uint8Array): number {
    const count = this.#system.recv(this.fd, into, into.length, 0);
    return count >= 0 ? count : this.#failed('read');
  }

  /** Whether there is something to read, the stream's end included. */
  get readable(): boolean {
    const { MSG_PEEK, MSG_DONTWAIT } = this.#system.constants;
    if (this.#system.recv(this.fd, VALUE, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) return true;
    return !this.#again(this.#system.errno());
  }

  /** @returns bytes that the system took, -1 for none */
  send(bytes: Uint8Array): number {
    const count = this.#system.send(this.fd, bytes, bytes.length, this.#system.constants.MSG_NOSIGNAL);
    return count >= 0 ? count : this.#failed('write');
  }

  /** @param parts - the first 16 are looked at. @returns as `send()` */
  sendParts(parts: readonly Uint8Array[]): number {
    const count = this.#system.writev(this.fd, parts);
    return count >= 0 ? count : this.#failed('write');
  }

  /** Nothing more is sent. That the peer is gone shows elsewhere. */
  endOutput(): void {
    this.#system.shutdown(this.fd, this.#system.constants.SHUT_WR);
  }

  /** Drops what was received: a socket that is closed with that unread also drops what it has not sent yet. */
  discard(): void {
    const { MSG_DONTWAIT } = this.#system.constants;
    for (let times = 0; times < MOST_DISCARDS; times++) {
      if (this.#system.recv(this.fd, WASTE, WASTE.length, MSG_DONTWAIT) <= 0) return;
    }
  }

  close(): void {
    closeOwned(this.#system, this.fd);
  }

  /** @param closes - this descriptor. @returns another one of the same socket, for whoever owns it from here on; -1: none could be had */
  handOff(closes = true): number {
    const fd = this.#system.fcntl(this.fd, this.#system.constants.F_DUPFD_CLOEXEC, 0);
    if (closes) this.close();
    return fd;
  }

  #prepare({ family }: SocketAddress, options: ConnectOptions): void {
    const { noDelay = true, keepAlive = 0, localAddress } = options;
    const { IPPROTO_TCP, TCP_NODELAY, TCP_KEEPIDLE, SOL_SOCKET, SO_KEEPALIVE, SO_NOSIGPIPE } = this.#system.constants;
    if (noDelay) this.#set(IPPROTO_TCP, TCP_NODELAY, 1);
    if (keepAlive > 0) {
      this.#set(SOL_SOCKET, SO_KEEPALIVE, 1);
      if (TCP_KEEPIDLE > 0) this.#set(IPPROTO_TCP, TCP_KEEPIDLE, Math.max(1, Math.round(keepAlive / 1000)));
    }
    if (SO_NOSIGPIPE > 0) this.#set(SOL_SOCKET, SO_NOSIGPIPE, 1);
    if (localAddress !== undefined) this.#bind(localAddress, family);
  }

  /** An option that is refused is not worth the connection. */
  #set(level: number, name: number, value: number): void {
    INTEGER[0] = value;
    this.#system.setsockopt(this.fd, level, name, VALUE, 4);
  }

  #bind(localAddress: string, family: 4 | 6): void {
    if (isIP(localAddress) === 0) {
      throw Object.assign(outOfRange('localAddress', `is no IP address: ${localAddress}`), {
        code: 'ERR_INVALID_IP_ADDRESS',
      });
    }
    if (isIP(localAddress) !== family) throw outOfRange('localAddress', `is not of IPv${family}: ${localAddress}`);
    const bytes = encodeInternetAddress(this.#system, localAddress, 0);
    if (this.#system.bind(this.fd, bytes, bytes.length) < 0) {
      throw systemCallError(this.#system, this.#system.errno(), 'bind', { address: localAddress });
    }
  }

  #connect(target: SocketTarget): void {
    const bytes =
      'path' in target
        ? encodeUnixAddress(this.#system, target.path)
        : encodeInternetAddress(this.#system, target.address, target.port);
    if (this.#system.connect(this.fd, bytes, bytes.length) === 0) return;
    const errno = this.#system.errno();
    const { EINPROGRESS, EINTR } = this.#system.constants;
    if (errno !== EINPROGRESS && errno !== EINTR) throw this.#error(errno, 'connect');
  }

  #address(call: 'getsockname' | 'getpeername', target: SocketAddress): SocketAddress {
    if (this.#system[call](this.fd, ADDRESS, LENGTH.of(ADDRESS.length)) < 0) return target;
    const found = decodeSocketAddress(this.#system, ADDRESS, LENGTH.value);
    return found !== null && 'port' in found ? found : target;
  }

  #failed(syscall: 'read' | 'write'): -1 {
    const errno = this.#system.errno();
    if (this.#again(errno)) return -1;
    throw this.#error(errno, syscall);
  }

  #again(errno: number): boolean {
    const { EAGAIN, EINTR } = this.#system.constants;
    return errno === EAGAIN || errno === EINTR;
  }

  #error(errno: number, syscall: string): Error {
    const target = this.#target;
    const where: CallTarget = 'path' in target ? { address: target.path } : target;
    return syscall === 'connect'
      ? systemCallError(this.#system, errno, syscall, { ...where })
      : systemCallError(this.#system, errno, syscall);
  }
}

/** @returns a descriptor of this thread, closed with it */
function openSocket(system: System, target: SocketTarget): number {
  const { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC } = system.constants;
  const domain = 'path' in target ? AF_UNIX : target.family === 6 ? AF_INET6 : AF_INET;
  const fd = system.socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemCallError(system, system.errno(), 'socket');
  if (SOCK_NONBLOCK === 0) {
    const { F_SETFL, F_SETFD, FD_CLOEXEC, O_NONBLOCK } = system.constants;
    // two flags of a descriptor that is just open: this cannot fail
    system.fcntl(fd, F_SETFL, O_NONBLOCK);
    system.fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return ownFd(system, fd);
}

/** A `socklen_t` that calls read and write. */
class LengthWord {
  readonly #word = new Uint32Array(1);
  readonly #bytes = new Uint8Array(this.#word.buffer);

  of(length: number): Uint8Array {
    this.#word[0] = length;
    return this.#bytes;
  }

  get value(): number {
    return this.#word[0] ?? 0;
  }
}

const LENGTH = new LengthWord();
const INTEGER = new Int32Array(1);
const VALUE = new Uint8Array(INTEGER.buffer);
const ADDRESS = new Uint8Array(LONGEST_ADDRESS);
/** What nobody reads. */
const WASTE = new Uint8Array(65_536);
/** 16 MiB: more than any socket holds. */
const MOST_DISCARDS = 256;
