import type { EventMask, LoopServices, Pollable, Poller } from '../../ioloop/index.ts';
import { MemoryNetwork } from '../../ioloop/transports/memory-network.ts';

/** Watches anything, and reports what the test says: for what a loop makes of events, whoever delivers them. */
export class ScriptedPoller implements Poller {
  readonly name = 'select';
  readonly realFds = true;
  readonly blocking = true;
  readonly backstop = 1000;
  readonly transports: MemoryNetwork;
  /** The token of each watched source, and what it is watched for. */
  readonly watched = new Map<number | Pollable, { token: number; events: EventMask }>();
  /** One batch for each wait to come; a function is the wait's failure. */
  readonly batches: (readonly (readonly [token: number, events: EventMask])[] | Error)[] = [];
  /** The timeout of each wait. */
  readonly waits: number[] = [];
  closed = false;

  constructor(services: LoopServices) {
    this.transports = new MemoryNetwork(services);
  }

  add(source: number | Pollable, events: EventMask, token: number): void {
    this.watched.set(source, { token, events });
  }

  modify(source: number | Pollable, events: EventMask, token: number): void {
    this.watched.set(source, { token, events });
  }

  remove(source: number | Pollable): void {
    this.watched.delete(source);
  }

  /** An event of a watched source, for a batch. */
  event(source: number | Pollable, events: EventMask): [number, EventMask] {
    const entry = this.watched.get(source);
    if (entry === undefined) throw new Error('not watched');
    return [entry.token, events];
  }

  flush(): void {}

  wait(timeout: number, out: Int32Array): number {
    this.waits.push(timeout);
    const batch = this.batches.shift() ?? [];
    if (batch instanceof Error) throw batch;
    out.set(batch.flat());
    return batch.length;
  }

  wake(): void {}

  close(): void {
    this.closed = true;
  }
}
