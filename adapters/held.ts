import { type AMQPError, makeRangeError, RpcTimeout } from '../amqp/index.ts';
import type { IOLoop, TimeoutHandle } from '../ioloop/index.ts';

export interface HeldLimits {
  readonly loop: IOLoop;
  /** Milliseconds that a call waits which does not say so itself. */
  readonly rpcTimeout: number;
  /** Bytes of messages that may wait. */
  readonly heldLimit: number;
}

/** One thing that is to be done once there is a connection. */
export interface HeldCall {
  readonly name: string;
  /** Milliseconds; null: as long as it takes; undefined: as calls do. */
  readonly timeout: number | null | undefined;
  /** Bytes of a message. */
  readonly size: number;
  send(): void;
  refuse(error: AMQPError): void;
}

/** What was asked of a channel that has no connection, in order. */
export class Held {
  readonly #limits: HeldLimits;
  #calls = new Map<HeldCall, TimeoutHandle | null>();
  #bytes = 0;

  constructor(limits: HeldLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** @throws {RangeError} OUTBOUND_FULL for a message that is too much */
  add(call: HeldCall): void {
    const { loop, rpcTimeout, heldLimit } = this.#limits;
    if (call.size > 0 && this.#bytes > 0 && this.#bytes + call.size > heldLimit) {
      const text = `body: ${this.#bytes} bytes wait for a connection already and ${heldLimit} may (4 x outboundLimit)`;
      throw makeRangeError('OUTBOUND_FULL', 'body', text);
    }
    this.#bytes += call.size;
    const limit = call.timeout === undefined ? rpcTimeout : call.timeout;
    const expire = (): void => {
      this.#take(call);
      call.refuse(new RpcTimeout(call.name, limit ?? 0));
    };
    this.#calls.set(call, limit === null ? null : loop.callLater(limit, expire));
  }

  /** Does all of it. What cannot be done any more has been told to whoever asked. */
  release(): void {
    for (const call of this.#takeAll()) {
      try {
        call.send();
      } catch (error) {
        call.refuse(error as AMQPError); // its arguments were looked at when it was asked
      }
    }
  }

  refuse(error: AMQPError): void {
    for (const call of this.#takeAll()) call.refuse(error);
  }

  #takeAll(): HeldCall[] {
    const calls = [...this.#calls.keys()];
    for (const call of calls) this.#take(call);
    return calls;
  }

  #take(call: HeldCall): void {
    this.#calls.get(call)?.cancel();
    if (this.#calls.delete(call)) this.#bytes -= call.size;
  }
}
