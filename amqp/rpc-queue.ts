import { encodeMethod } from './codec.ts';
import { UnexpectedFrameError } from './errors.ts';
import type { ReplyHandler } from './events.ts';
import type { Link } from './link.ts';
import { METHODS, type MethodId } from './methods.ts';

/** A method that was asked for and, unless `nowait`, awaits its reply. */
export interface Call {
  readonly id: MethodId;
  readonly done: ReplyHandler | null;
  readonly nowait: boolean;
  /** The queue or consumer tag that the reply must carry; empty where any will do. */
  readonly echo: string;
  /** Milliseconds from the moment when it is handed over to the end of all patience; null: none. */
  readonly timeout: number | null;
  /** The encoded frame, while the call waits for its turn. */
  readonly frame: Uint8Array | null;
  /** On the connection's clock; Infinity until the clock was seen. */
  deadline: number;
}

/** The fields that matter to the queue, of those that have them. */
export interface CallFields {
  readonly nowait?: boolean;
  readonly queue?: string;
  readonly consumerTag?: string;
}

/** The calls of a channel: one awaits its reply, the others queue behind it in order, those without a reply too. */
export class RpcQueue {
  readonly #link: Link;
  readonly #number: number;
  readonly #onSent: (id: MethodId) => void;
  #awaited: Call | null = null;
  /** From {@link #first} on; what is before that has been sent. */
  #waiting: Call[] = [];
  #first = 0;
  /** Calls that the clock has not been seen since, the oldest first. */
  #unstamped: Call[] = [];

  /** @param onSent - told of each method as its frame is written */
  constructor(link: Link, number: number, onSent: (id: MethodId) => void) {
    this.#link = link;
    this.#number = number;
    this.#onSent = onSent;
  }

  get awaited(): Call | null {
    return this.#awaited;
  }

  /** Whether there are calls whose deadlines {@link stamp} is to set. */
  get awaitsClock(): boolean {
    return this.#unstamped.length > 0;
  }

  /**
   * Sends a call, or queues it. Its fields are encoded at once, so that a mistake shows at the call and a later change of
   * them does not.
   * @throws TypeError, RangeError when they cannot be encoded; there is no such call then
   */
  ask(id: MethodId, fields: object, done: ReplyHandler | null, timeout: number | null): void {
    const { nowait, consumerTag, queue }: CallFields = fields;
    const waits = this.#awaited !== null;
    encodeMethod(waits ? this.#link.output.scratch : this.#link.output.writer, this.#number, id, fields);
    const frame = waits ? takeFrame(this.#link) : null;
    const call = {
      id,
      done,
      nowait: nowait === true,
      echo: consumerTag ?? queue ?? '',
      timeout,
      frame,
      deadline: Number.POSITIVE_INFINITY,
    };
    if (timeout !== null && !call.nowait) this.#unstamped.push(call);
    if (waits) {
      this.#waiting.push(call);
      return;
    }
    if (!call.nowait) this.#awaited = call;
    this.#onSent(id);
    this.#link.output.wrote(!call.nowait);
    if (call.nowait) done?.(null, undefined);
  }

  /** The call that a reply is for. @throws UnexpectedFrameError when it is for none */
  match(id: MethodId, reply: object): Call {
    const call = this.#awaited;
    if (call === null || METHODS[call.id]?.replies.includes(id) !== true) {
      const awaited = call === null ? 'nothing' : METHODS[call.id]?.name;
      throw new UnexpectedFrameError(`${METHODS[id]?.name} came while ${awaited} awaits a reply`, 503);
    }
    const { consumerTag, queue }: CallFields = reply;
    const name = consumerTag ?? queue;
    if (name !== undefined && call.echo !== '' && name !== call.echo) {
      throw new UnexpectedFrameError(`${METHODS[id]?.name} is about '${name}', and '${call.echo}' was asked for`, 503);
    }
    return call;
  }

  /** Ends the awaited call and sends what may follow. @returns the calls without a reply that went out */
  next(): Call[] {
    // an answer that came before the clock was seen leaves nothing to wait for
    if (this.#unstamped[0] === this.#awaited) this.#unstamped.shift();
    this.#awaited = null;
    const silent: Call[] = [];
    while (this.#awaited === null) {
      const call = this.#waiting[this.#first];
      if (call === undefined) break;
      this.#first++;
      if (call.nowait) silent.push(call);
      this.#write(call);
    }
    this.#forget();
    return silent;
  }

  /** The clock is seen: deadlines count from here. @returns the earliest of those that were set */
  stamp(now: number): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const call of this.#unstamped) {
      call.deadline = now + (call.timeout ?? Number.POSITIVE_INFINITY);
      soonest = Math.min(soonest, call.deadline);
    }
    this.#unstamped = [];
    return soonest;
  }

  /** The call whose deadline is the earliest. */
  soonest(): Call | null {
    let soonest = this.#awaited;
    for (const call of this.#left()) {
      if (soonest === null || call.deadline < soonest.deadline) soonest = call;
    }
    return soonest;
  }

  /** Takes out every call, the awaited one first. */
  drain(): Call[] {
    const calls = this.#awaited === null ? this.#left() : [this.#awaited, ...this.#left()];
    this.#awaited = null;
    this.#waiting = [];
    this.#first = 0;
    this.#unstamped = [];
    return calls;
  }

  #left(): Call[] {
    return this.#first === 0 ? this.#waiting : this.#waiting.slice(this.#first);
  }

  /** Lets go of what was sent: at once when nothing is left, else when that costs no more than what was gained. */
  #forget(): void {
    if (this.#first * 2 <= this.#waiting.length) return;
    this.#waiting = this.#left();
    this.#first = 0;
  }

  #write(call: Call): void {
    if (!call.nowait) this.#awaited = call;
    if (call.frame !== null) this.#link.output.send(this.#number, call.frame);
    this.#onSent(call.id);
  }
}

/** The frame that was just written aside, in bytes of its own. */
function takeFrame(link: Link): Uint8Array | null {
  const [frame] = link.output.scratch.take();
  return frame === undefined ? null : frame.slice();
}
