import { IOLoopError } from './errors.ts';
import { Interrupts } from './interrupt.ts';
import type { Inbox } from './loop-handle.ts';
import type { Poller } from './poller.ts';
import type { Signals } from './signals.ts';
import type { Turn } from './turn.ts';

/** Drives turns by holding the thread between their halves. */
export class BlockingDriver {
  readonly #turn: Turn;
  readonly #poller: Poller;
  readonly #inbox: Inbox | null;
  readonly #interrupts: Interrupts | null;
  readonly #signals: Signals;
  /** Room for 1,024 pairs of token and events. */
  readonly #ready = new Int32Array(2048);

  /** @param catches - whether Ctrl-C leaves `run()` */
  constructor(turn: Turn, poller: Poller, inbox: Inbox | null, signals: Signals, catches: boolean) {
    this.#turn = turn;
    this.#poller = poller;
    this.#inbox = inbox;
    this.#signals = signals;
    // virtual time does not wait for anybody's hand
    const interruptible = poller.bell !== undefined && poller.clock === undefined;
    this.#interrupts = interruptible ? openInterrupts(poller.bell, turn, catches) : null;
    turn.interruption = this.#interrupts;
  }

  /** Whether Ctrl-C is noticed while it waits. */
  get interruptible(): boolean {
    return this.#interrupts?.able === true;
  }

  /** Whether Ctrl-C has come that no run has thrown yet. */
  get interrupted(): boolean {
    return this.#interrupts?.pending === true;
  }

  /** Ctrl-C is this loop's between its runs too. */
  keepInterrupts(): Disposable {
    return this.#interrupts?.keep() ?? { [Symbol.dispose]: () => {} };
  }

  /** The loop has ended. */
  close(): void {
    this.#interrupts?.close();
  }

  /** The threshold for slow callbacks has changed. */
  watch(): void {
    this.#interrupts?.watch();
  }

  /** @param limit - milliseconds that one wait may take @param repeat - until the loop is stopped, else one turn */
  run(limit: number, repeat: boolean): void {
    const turn = this.#turn;
    const interrupts = this.#interrupts;
    interrupts?.begin();
    try {
      // one that came between two runs
      if (interrupts?.pending === true) interrupts.raise();
      do {
        const timeout = turn.beforePoll();
        turn.pause();
        if (timeout < 0) break;
        turn.afterPoll(this.#ready, this.#wait(Math.min(timeout, limit)));
        if (interrupts?.pending === true) interrupts.raise();
      } while (repeat);
    } finally {
      interrupts?.end();
    }
  }

  #wait(timeout: number): number {
    try {
      const interrupts = this.#interrupts;
      if (interrupts === null) return this.#poller.wait(timeout, this.#ready);
      for (let left = timeout; ; ) {
        interrupts.settle();
        this.#signals.look();
        // a callback of one of them
        if (this.#turn.queued > 0) left = 0;
        const patience = Math.min(interrupts.patience, this.#signals.patience);
        if (left <= patience) return this.#poller.wait(left, this.#ready);
        const count = this.#poller.wait(patience, this.#ready);
        // cut short for our own purposes: goes on unless there is something to do
        if (count > 0 || this.#turn.queued > 0 || this.#inbox?.pending === true || interrupts.pending) return count;
        left -= patience;
      }
    } catch (error) {
      if (error instanceof IOLoopError) throw error;
      throw new IOLoopError('WAIT_FAILED', `the ${this.#poller.name} poller cannot wait any more`, { cause: error });
    }
  }
}

function openInterrupts(bell: SharedArrayBuffer, turn: Turn, catches: boolean): Interrupts {
  return new Interrupts(bell, {
    catches,
    get watched() {
      return turn.threshold > 0;
    },
    call: (listener) => {
      const error = turn.guard(listener, []);
      if (error !== undefined) turn.reportLater(error, listener);
    },
  });
}
