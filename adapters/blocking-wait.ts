import {
  type AMQPError,
  ConnectionWrongStateError,
  ReentrancyError,
  RpcTimeout,
  WaitCancelled,
} from '../amqp/index.ts';
import type { IOLoop } from '../ioloop/index.ts';
import type { Waiting } from './waiting.ts';

/** How a wait may end before its time. */
export interface Limits extends Waiting {
  /** What the wait is for, in the text of the error. */
  readonly name: string;
  /** Ends what is waited for, with the error that the wait throws. */
  giveUp(error: AMQPError): void;
}

/** The limits of a call that waits, while it does. */
export interface Limited {
  /** Why the wait is over. */
  readonly verdict: AMQPError | null;
}

/** The one place where a blocking connection waits: every call of it that does not return at once runs the loop here. */
export class LoopWait {
  readonly #loop: IOLoop;
  #condition: (() => boolean) | null = null;
  #end: AMQPError | null = null;

  constructor(loop: IOLoop) {
    this.#loop = loop;
  }

  /** Why there is nothing to wait for any more: the connection has ended. */
  get end(): AMQPError | null {
    return this.#end;
  }

  /** Milliseconds, on the loop's scale. */
  get now(): number {
    return this.#loop.time();
  }

  /** The connection has ended: so does every wait, and then the loop. */
  ended(error: AMQPError): void {
    this.#end = error;
    if (this.#condition !== null) this.#loop.stop();
  }

  /** To be called when something has changed that a call may be waiting for. */
  readonly look = (): void => {
    if (this.#condition?.() === true) this.#loop.stop();
  };

  /**
   * To be called before anything is asked whose answer will be waited for.
   * @throws {ReentrancyError} inside a callback of the loop, which a wait is running
   * @throws {KeyboardInterrupt} for a Ctrl-C that came while the script computed: what follows is not asked
   */
  enter(): void {
    this.refuseNested();
    if (this.interrupted) this.glance();
  }

  /** For what is to be sent whatever came before: a close. @throws {ReentrancyError} as {@link enter} */
  refuseNested(): void {
    const { state } = this.#loop;
    if (state === 'idle' || state === 'closed') return;
    throw new ReentrancyError(
      'a callback of connection.ioloop made a call that waits, while another call waits: ' +
        'connection.callLater() and addCallbackThreadsafe() have callbacks that may wait',
    );
  }

  /** @throws {ConnectionWrongStateError} once the connection has ended */
  requireOpen(): void {
    if (this.#end === null) return;
    throw new ConnectionWrongStateError('the connection is closed', { cause: this.#end });
  }

  /**
   * Runs the loop until `condition` holds or the connection has ended.
   * @throws {KeyboardInterrupt} with everything in order; the caller sees to what it had asked for
   * @throws {WaitCancelled | RpcTimeout} as `limited` has it
   */
  until(condition: () => boolean, limited: Limited | null = null): void {
    if (limited === null) {
      this.#run(condition);
      return;
    }
    this.#run(() => limited.verdict !== null || condition());
    if (limited.verdict !== null) throw limited.verdict;
  }

  /** Runs the loop until `condition` holds, for so many milliseconds at most (null: any time); a single turn for 0. */
  pass(duration: number | null, condition: () => boolean, limited: Limited | null = null): void {
    if (duration === null) this.until(condition, limited);
    else if (duration === 0) this.#turn();
    else this.#passFor(duration, condition, limited);
  }

  /**
   * Asks the broker, and waits for the answer.
   * @param ask - sends; what it throws was not sent
   * @throws what ended the call
   */
  reply<T>(ask: (done: Done<T>) => void, limits: Limits | null = null): T {
    const answer = new Answer<T>();
    this.within(limits, (limited) => {
      ask((error, reply) => {
        answer.come(error, reply);
        this.look();
      });
      this.until(() => answer.here, limited);
    });
    return answer.take(this.#end);
  }

  /** Runs `work`, whose waits end as `limits` have it. @throws {WaitCancelled} at once where it was called off before */
  within(limits: Limits | null, work: (limited: Limited | null) => void): void {
    if (limits === null) {
      work(null);
      return;
    }
    const { name, signal, timeout, giveUp } = limits;
    const limited = { verdict: null as AMQPError | null };
    const end = (error: AMQPError): void => {
      limited.verdict ??= error;
      giveUp(error);
      this.look();
    };
    const cancel = (): void =>
      end(new WaitCancelled(`${name}: the wait was called off`, { cause: signal?.reason as unknown }));
    if (signal?.aborted === true) cancel();
    if (limited.verdict !== null) throw limited.verdict;
    const expire = (): void => end(new RpcTimeout(name, timeout ?? 0));
    const timer = timeout === undefined ? null : this.#loop.callLater(timeout, expire);
    signal?.addEventListener('abort', cancel);
    try {
      work(limited);
    } finally {
      timer?.cancel();
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Whether Ctrl-C waits to be thrown. */
  get interrupted(): boolean {
    return this.#loop.interrupted;
  }

  /** One turn of the loop, unless it is running. @throws {KeyboardInterrupt} */
  glance(): void {
    if (this.#loop.state === 'idle') this.#turn();
  }

  /** The connection is gone, or will be: nothing is left to wait for. */
  close(): void {
    this.#loop.close();
  }

  #run(condition: () => boolean): void {
    this.#condition = condition;
    try {
      while (this.#end === null && !condition()) this.#loop.start();
    } finally {
      this.#condition = null;
      if (this.#end !== null) this.close();
    }
  }

  #turn(): void {
    try {
      if (this.#end === null) this.#loop.runOnce(0);
    } finally {
      if (this.#end !== null) this.close();
    }
  }

  #passFor(duration: number, condition: () => boolean, limited: Limited | null): void {
    let expired = false;
    const timer = this.#loop.callLater(duration, () => {
      expired = true;
      this.look();
    });
    try {
      this.until(() => expired || condition(), limited);
    } finally {
      timer.cancel();
    }
  }
}

/** Takes the end of a call: an error, or its reply. */
export type Done<T> = (error: AMQPError | null, reply: T) => void;

/** What a call is waiting for. */
class Answer<T> {
  here = false;
  #error: AMQPError | null = null;
  #reply: T | undefined;

  come(error: AMQPError | null, reply: T): void {
    this.here = true;
    this.#error = error;
    this.#reply = reply;
  }

  /** @param end - why none may have come */
  take(end: AMQPError | null): T {
    const error = this.here ? this.#error : end;
    if (error !== null) throw error;
    return this.#reply as T; // come() has brought it
  }
}
