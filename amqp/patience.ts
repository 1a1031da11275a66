import { type AMQPError, AMQPHeartbeatTimeout, ConnectionBlockedTimeout, RpcTimeout } from './errors.ts';
import { Heartbeat } from './heartbeat.ts';
import { METHODS } from './methods.ts';
import type { RpcQueue } from './rpc-queue.ts';
import { TimerTable } from './timers.ts';

/** What the clock says is due: a heartbeat to send, the end for a reason, or the end that was asked for. */
export type Due = 'beat' | 'close' | AMQPError;

/** How long a connection waits, for what: the peer's next byte, replies, the end of a blocked state, close-ok. */
export class Patience {
  readonly #blockedTimeout: number | null;
  readonly #rpc: RpcQueue;
  readonly #timers = new TimerTable<'blocked' | 'close'>();
  #heartbeat: Heartbeat | null = null;
  #blockedFor = '';

  /** @param blockedTimeout - milliseconds that the broker may block the connection for; null: any time */
  constructor(blockedTimeout: number | null, rpc: RpcQueue) {
    this.#blockedTimeout = blockedTimeout;
    this.#rpc = rpc;
  }

  /** @param seconds - the interval agreed, 0 for no heartbeats */
  startHeartbeat(seconds: number, now: number): void {
    if (seconds > 0) this.#heartbeat = new Heartbeat(seconds, now);
  }

  sent(now: number): void {
    this.#heartbeat?.sent(now);
  }

  received(now: number): void {
    this.#heartbeat?.received(now);
  }

  /** The broker reads no more; saying so again changes nothing. */
  blocked(reason: string, now: number): void {
    if (this.#blockedTimeout === null || this.#timers.isSet('blocked')) return;
    this.#blockedFor = reason;
    this.#timers.set('blocked', now + this.#blockedTimeout);
  }

  unblocked(): void {
    this.#timers.clear('blocked');
  }

  /** A close is under way: it may take so many milliseconds from the first call on. */
  closing(timeout: number, now: number): void {
    if (!this.#timers.isSet('close')) this.#timers.set('close', now + timeout);
  }

  /** When something is due next. */
  soonest(): number {
    const call = this.#rpc.soonest()?.deadline ?? Number.POSITIVE_INFINITY;
    return Math.min(call, this.#timers.soonest(), this.#heartbeat?.deadline() ?? Number.POSITIVE_INFINITY);
  }

  /** @param lastReceived, lastSent - see {@link Heartbeat.check} */
  takeDue(now: number, lastReceived: number | undefined, lastSent: number | undefined): Due | null {
    const due = this.#timers.takeDue(now);
    if (due === 'close') return due;
    if (due === 'blocked') return new ConnectionBlockedTimeout(this.#blockedFor, this.#blockedTimeout ?? 0);
    const call = this.#rpc.soonest();
    if (call !== null && call.deadline <= now) return new RpcTimeout(METHODS[call.id]?.name ?? '', call.timeout ?? 0);
    const heartbeat = this.#heartbeat;
    const verdict = heartbeat?.check(now, lastReceived, lastSent) ?? null;
    if (heartbeat === null || verdict === null) return null;
    if (verdict === 'silent') return new AMQPHeartbeatTimeout(heartbeat.silence(now), heartbeat.interval / 1000);
    heartbeat.sent(now);
    return 'beat';
  }

  /** There is nothing left to wait for. */
  end(): void {
    this.#timers.clearAll();
    this.#heartbeat = null;
  }
}
