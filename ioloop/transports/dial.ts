import { FdSocket, type SocketTarget } from '../fd-socket.ts';
import type { System } from '../native/calls.ts';
import { LONGEST, type LoopServices } from '../poller.ts';
import type { ConnectOptions, SocketAddress, TcpAddress, UnixAddress } from '../transport.ts';
import { systemError } from './checks.ts';

export interface DialHost {
  readonly services: Pick<LoopServices, 'later'>;
  readonly system: System;
  /** `done` is called at once where nobody has to be asked. */
  lookup(
    to: TcpAddress,
    done: (error: Error | null, list: readonly SocketAddress[]) => void,
  ): { cancel(): unknown } | null;
}

export interface DialOwner {
  /** It connects: `decide()` when it is writable. @throws Error nobody can watch it */
  trying(socket: FdSocket): void;
  /** There is nothing left to try; called from inside `start()` too. */
  failed(error: Error): void;
}

/** A connection that is being made: the addresses of a name, tried in turn, within a limit. */
export class Dial {
  readonly #host: DialHost;
  readonly #owner: DialOwner;
  readonly #options: ConnectOptions;
  readonly #errors: Error[] = [];
  #targets: SocketTarget[] = [];
  #lookup: { cancel(): unknown } | null = null;
  #limit: { cancel(): void } | null = null;

  constructor(host: DialHost, options: ConnectOptions, owner: DialOwner) {
    this.#host = host;
    this.#options = options;
    this.#owner = owner;
  }

  start(to: TcpAddress | UnixAddress): void {
    const { timeout = 0 } = this.#options;
    if (timeout > 0 && timeout < Infinity) this.#limitTo(Math.min(timeout, LONGEST), to);
    if ('path' in to) {
      this.#targets = [to];
      this.#next();
      return;
    }
    this.#lookup = this.#host.lookup(to, (error, list) => {
      if (error !== null) this.#errors.push(error);
      this.#targets = [...list];
      this.#next();
    });
  }

  /** @returns whether `socket` is connected; else the next address is tried */
  decide(socket: FdSocket): boolean {
    const error = socket.takeError('connect');
    if (error === null) {
      this.cancel();
      return true;
    }
    this.#errors.push(error);
    this.#next();
    return false;
  }

  cancel(): void {
    this.#lookup?.cancel();
    this.#limit?.cancel();
  }

  #next(): void {
    for (let target = this.#targets.shift(); target !== undefined; target = this.#targets.shift()) {
      try {
        this.#owner.trying(new FdSocket(this.#host.system, target, this.#options));
        return;
      } catch (error) {
        // FdSocket throws errors, and so do those who watch
        this.#errors.push(error as Error);
      }
    }
    this.#owner.failed(this.#sum());
  }

  /** The first error, which tells of all. */
  #sum(): Error {
    const [first = systemError('ENOTFOUND', 'connect', 'no address'), ...more] = this.#errors;
    if (more.length > 0) first.message = this.#errors.map(({ message }) => message).join('; ');
    return first;
  }

  #limitTo(timeout: number, to: TcpAddress | UnixAddress): void {
    this.#limit = this.#host.services.later(timeout, () => {
      const where = `${'host' in to ? to.host : to.path} within ${timeout} ms`;
      this.#owner.failed(systemError('ETIMEDOUT', 'connect', where));
    });
  }
}
