import { type AMQPError, ChannelClosedByClient, RpcTimeout } from './errors.ts';
import type { Inbox } from './inbox.ts';
import type { Link, TimedChannel } from './link.ts';
import { BASIC_GET, CHANNEL_CLOSE, METHODS, type MethodId } from './methods.ts';
import type { Publisher } from './publisher.ts';
import type { RpcQueue } from './rpc-queue.ts';

/** How long a channel waits, for what: replies to its calls, the answer to basic.get, confirms, close-ok. */
export class ChannelPatience implements TimedChannel {
  readonly number: number;
  listed = false;
  readonly #link: Link;
  readonly #rpc: RpcQueue;
  readonly #inbox: Inbox;
  readonly #publisher: Publisher;
  readonly #onExpired: (error: AMQPError | null) => void;
  #deadline = NEVER;
  #enrolled = false;

  /** @param onExpired - told why the channel has to end; null when its own close has waited for too long */
  constructor(
    link: Link,
    number: number,
    waitsFor: { readonly rpc: RpcQueue; readonly inbox: Inbox; readonly publisher: Publisher },
    onExpired: (error: AMQPError | null) => void,
  ) {
    this.#link = link;
    this.number = number;
    this.#rpc = waitsFor.rpc;
    this.#inbox = waitsFor.inbox;
    this.#publisher = waitsFor.publisher;
    this.#onExpired = onExpired;
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** Something was written that has a deadline, which counts from when it is handed over. */
  begin(): void {
    if (this.#enrolled) return;
    this.#enrolled = true;
    this.#link.enroll(this);
  }

  handOver(now: number): void {
    this.#enrolled = false;
    this.#publisher.stamp(now);
    const soonest = Math.min(this.#rpc.stamp(now), this.#inbox.stamp(now), this.#publisher.deadline);
    this.#move(Math.min(this.#deadline, soonest));
  }

  /** A reply came. Where others are still due, the deadline may be too early, never too late. */
  replied(): void {
    if (this.#rpc.awaited === null) this.#move(Math.min(this.#inbox.deadline, this.#publisher.deadline));
  }

  expire(now: number): void {
    const call = this.#rpc.soonest();
    const get = this.#inbox.get;
    if (call !== null && call.deadline <= now) this.#onExpired(unanswered(call.id, call.timeout));
    else if (get !== null && get.deadline <= now) this.#onExpired(unanswered(BASIC_GET, get.timeout));
    else if (this.#publisher.deadline <= now) this.#onExpired(this.#unconfirmed());
    else this.#move(Math.min(call?.deadline ?? NEVER, this.#inbox.deadline, this.#publisher.deadline));
  }

  /** The channel is gone. */
  end(): void {
    this.#move(NEVER);
  }

  #unconfirmed(): AMQPError {
    const text = `no confirm came within ${this.#link.limits.confirmTimeout} ms`;
    return new ChannelClosedByClient(200, text, {}, this.number);
  }

  #move(at: number): void {
    if (at === this.#deadline) return;
    this.#deadline = at;
    this.#link.reschedule(this);
  }
}

function unanswered(id: MethodId, timeout: number | null): AMQPError | null {
  return id === CHANNEL_CLOSE ? null : new RpcTimeout(METHODS[id]?.name ?? '', timeout ?? 0);
}

const NEVER = Number.POSITIVE_INFINITY;
