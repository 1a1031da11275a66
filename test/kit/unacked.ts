import type { Consumer } from './consumer.ts';
import type { Entry, Queue } from './queue.ts';
import { Refusal } from './refusal.ts';

/** A message that a client has and has not settled. */
export interface Outstanding {
  readonly tag: number;
  readonly entry: Entry;
  readonly queue: Queue;
  /** Null when it was taken with basic.get. */
  readonly consumer: Consumer | null;
}

/** What one channel's client still has to settle, by delivery tag. */
export class Unacked {
  readonly #byTag = new Map<number, Outstanding>(); // in the order of the tags, because they only grow

  get size(): number {
    return this.#byTag.size;
  }

  add(outstanding: Outstanding): void {
    this.#byTag.set(outstanding.tag, outstanding);
  }

  /**
   * Takes out what a settlement covers.
   * @param multiple - this tag and all before it; 0 then means all there are
   * @throws {Refusal} 406 for a tag that is not outstanding
   */
  take(tag: number, multiple: boolean): Outstanding[] {
    if (multiple && tag === 0) return this.takeAll();
    const last = this.#byTag.get(tag);
    if (!last) throw new Refusal(406, `unknown delivery tag ${tag}`);
    const taken = multiple ? [...this.#byTag.values()].filter((one) => one.tag <= tag) : [last];
    for (const one of taken) this.#byTag.delete(one.tag);
    return taken;
  }

  takeAll(): Outstanding[] {
    const taken = [...this.#byTag.values()];
    this.#byTag.clear();
    return taken;
  }

  /** Puts back what a transaction had taken and rolled back. */
  restore(taken: readonly Outstanding[]): void {
    const all = [...taken, ...this.takeAll()].sort((a, b) => a.tag - b.tag);
    for (const one of all) this.add(one);
  }
}

/** Returns messages to their queues, each queue's in one go so that it hands them out in their order. */
export function requeue(outstanding: readonly Outstanding[]): void {
  const byQueue = new Map<Queue, Entry[]>();
  for (const { queue, entry } of outstanding) {
    const entries = byQueue.get(queue);
    if (entries) entries.push(entry);
    else byQueue.set(queue, [entry]);
  }
  for (const [queue, entries] of byQueue) queue.requeue(entries);
}
