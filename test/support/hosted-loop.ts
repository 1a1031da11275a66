import { HostPoller } from '../../ioloop/host-loop.ts';
import { type HostLoop, IOLoop, type IOLoopOptions } from '../../ioloop/index.ts';

/** A loop that a host drives, for suites that start and stop one: in place of holding the thread, `run()` is awaited. */
export class HostedLoop extends IOLoop {
  #stopped = false;
  #over: (() => void) | null = null;

  constructor(host: HostLoop, options: IOLoopOptions = {}) {
    super({ makeCurrent: false, ...options, poller: (services) => new HostPoller(host, services) });
  }

  override stop(): void {
    super.stop();
    this.#stopped = true;
    this.#over?.();
  }

  /** Resolves, in a task of the host, when the loop was stopped. @throws when nobody does so within `limit` ms */
  async run(limit: number): Promise<void> {
    // one that was stopped goes on when it is asked for something
    this.addCallback(() => {});
    let overdue = false;
    const guard = setTimeout(() => {
      overdue = true;
      this.#over?.();
    }, limit);
    if (!this.#stopped) await new Promise<void>((over) => (this.#over = over));
    clearTimeout(guard);
    this.#stopped = false;
    this.#over = null;
    await new Promise(setImmediate);
    if (overdue) throw new Error(`nothing has stopped the loop within ${limit} ms`);
  }
}
