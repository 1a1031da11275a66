import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Resolved } from './io-messages.ts';

type Find = (
  host: string,
  family: 0 | 4 | 6,
  done: (error: Error | null, found: readonly { address: string; family: number }[]) => void,
) => void;

/**
 * Names to addresses, a few at a time: each lookup occupies one of the four threads that the process also reads its
 * files with. What waits for its turn can be cancelled; what is under way is no longer told.
 */
export class Resolver {
  readonly #limit: number;
  readonly #find: Find;
  #running = 0;
  readonly #waiting: { done: Resolved; start: () => void }[] = [];
  readonly #cancelled: WeakSet<Resolved> = new WeakSet();

  /** @param find - in place of the system's */
  constructor(limit = 2, find: Find = findAll) {
    this.#limit = limit;
    this.#find = find;
  }

  /** `done` is called later, once. */
  resolve(host: string, port: number, family: 0 | 4 | 6, done: Resolved): void {
    const literal = isIP(host);
    if (literal !== 0) {
      setImmediate(done, null, [{ address: host, port, family: literal === 6 ? 6 : 4 }]);
      return;
    }
    this.#waiting.push({ done, start: () => this.#lookup(host, port, family, done) });
    this.#next();
  }

  cancel(done: Resolved): void {
    const at = this.#waiting.findIndex((entry) => entry.done === done);
    if (at < 0) this.#cancelled.add(done);
    else this.#waiting.splice(at, 1);
  }

  #next(): void {
    while (this.#running < this.#limit) {
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      this.#running++;
      entry.start();
    }
  }

  #lookup(host: string, port: number, family: 0 | 4 | 6, done: Resolved): void {
    this.#find(host, family, (error, addresses) => {
      this.#running--;
      this.#next();
      if (this.#cancelled.has(done)) return;
      if (error !== null) done(error, []);
      else
        done(
          null,
          addresses.map((found) => ({ address: found.address, port, family: found.family === 6 ? 6 : 4 })),
        );
    });
  }
}

function findAll(host: string, family: 0 | 4 | 6, done: Parameters<Find>[2]): void {
  lookup(host, { all: true, family, verbatim: true }, done);
}
