import { createRequire } from 'node:module';
import { openSystem } from '../../ioloop/native/system.ts';

/** Real descriptors for tests, all non-blocking; `closeAll()` closes those that are still open. */
export class Descriptors {
  readonly system = openSystem();
  readonly #open = new Set<number>();

  pipe(): [reads: number, writes: number] {
    const pair = new Int32Array(2);
    this.#check(this.system.pipe(pair), 'pipe');
    return this.#adopt(pair);
  }

  /** Two ends of a local stream. */
  pair(): [number, number] {
    const { AF_UNIX, SOCK_STREAM } = this.system.constants;
    const pair = new Int32Array(2);
    this.#check(this.system.socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 'socketpair');
    return this.#adopt(pair);
  }

  /** Two ends of a TCP connection. */
  connection(): [client: number, server: number] {
    const { listener, address } = this.#listen();
    const client = this.#socket();
    this.system.connect(client, address, address.length);
    const server = this.keep(this.#check(this.system.accept(listener, null, null), 'accept'));
    this.#unblock(server);
    this.close(listener);
    return [client, server];
  }

  /** A socket on its way to a port where nobody listens. */
  refused(): number {
    const { listener, address } = this.#listen();
    this.close(listener);
    const fd = this.#socket();
    this.system.connect(fd, address, address.length);
    return fd;
  }

  /** Both ends of a terminal, which gives each line as it was typed. */
  terminal(): [keyboard: number, program: number] {
    // the C library's calls for this are of no use to a loop
    const c = (createRequire(import.meta.url)('koffi') as Koffi).load(null);
    const O_RDWR_NOCTTY = 0o402;
    const master = this.#check(c.func('int posix_openpt(int)')(O_RDWR_NOCTTY), 'posix_openpt');
    c.func('int grantpt(int)')(master);
    c.func('int unlockpt(int)')(master);
    const path = c.func('const char *ptsname(int)')(master);
    const slave = this.#check(c.func('int open(const char *, int)')(path, O_RDWR_NOCTTY), 'open');
    return this.#adopt(new Int32Array([master, slave]));
  }

  /** The same file under a number of the test's choice, from `lowest` on. */
  copy(fd: number, lowest = 0): number {
    return this.keep(this.#check(this.system.fcntl(fd, this.system.constants.F_DUPFD_CLOEXEC, lowest), 'fcntl'));
  }

  /** Puts the file of `fd` under the number `to`, whatever was there. */
  replace(fd: number, to: number): void {
    this.keep(this.#check(this.system.dup2(fd, to), 'dup2'));
  }

  send(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    this.#check(this.system.write(fd, bytes, bytes.length), 'write');
  }

  /** @returns what is there, up to `most` bytes; '' at the end; null when there is nothing yet, or an error */
  receive(fd: number, most = 1024): string | null {
    const bytes = Buffer.alloc(most);
    const length = this.system.read(fd, bytes, most);
    return length < 0 ? null : bytes.toString('utf8', 0, length);
  }

  isOpen(fd: number): boolean {
    return this.system.fcntl(fd, this.system.constants.F_GETFD, 0) >= 0;
  }

  keep(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  close(fd: number): void {
    // a number that is closed twice may be somebody else's by then
    if (this.#open.delete(fd)) this.system.close(fd);
  }

  /** Somebody else has closed it. */
  disown(fd: number): void {
    this.#open.delete(fd);
  }

  closeAll(): void {
    for (const fd of this.#open) this.close(fd);
  }

  #socket(): number {
    const { AF_INET, SOCK_STREAM } = this.system.constants;
    const fd = this.keep(this.#check(this.system.socket(AF_INET, SOCK_STREAM, 0), 'socket'));
    this.#unblock(fd);
    return fd;
  }

  #listen(): { listener: number; address: Uint8Array } {
    const { AF_INET } = this.system.constants;
    const listener = this.#socket();
    // sockaddr_in: 127.0.0.1 on a port of the system's choice
    const address = new Uint8Array(16);
    address.set([AF_INET, 0, 0, 0, 127, 0, 0, 1]);
    this.#check(this.system.bind(listener, address, 16), 'bind');
    this.#check(this.system.listen(listener, 8), 'listen');
    this.#check(this.system.getsockname(listener, address, new Uint8Array([16, 0, 0, 0])), 'getsockname');
    return { listener, address };
  }

  #adopt(pair: Int32Array): [number, number] {
    // the call has filled both
    const ends: [number, number] = [pair[0]!, pair[1]!];
    for (const end of ends) this.#unblock(this.keep(end));
    return ends;
  }

  #unblock(fd: number): void {
    const { F_GETFL, F_SETFL, O_NONBLOCK } = this.system.constants;
    this.system.fcntl(fd, F_SETFL, this.system.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  }

  #check(result: number, call: string): number {
    if (result < 0) throw new Error(`${call} failed: errno ${this.system.errno()}`);
    return result;
  }
}

/** One that never is ready to read: who watches it waits in the system's call. */
export function idleDescriptor(): number {
  idle ??= new Descriptors().pipe()[0];
  return idle;
}

let idle: number | undefined;

interface Koffi {
  load(path: null): { func(declaration: string): (...values: unknown[]) => number };
}
