import { DuplicateGetOkCallback, type FetchedMessage } from '../amqp/index.ts';
import type { ChannelSession } from './blocking-session.ts';
import type { Done } from './blocking-wait.ts';
import type { Waiting } from './waiting.ts';

/** Fetches messages one at a time. What comes after its call was interrupted is not lost. */
export class BlockingFetch {
  readonly #session: ChannelSession;
  /** What a basic.get without an answer is to somebody: awaited, or a stray whose call was interrupted. */
  #state: 'none' | 'awaited' | 'stray' = 'none';
  /** What strays have brought that counts as acknowledged: it cannot go back to its queue. */
  readonly #kept: { readonly queue: string; readonly message: FetchedMessage }[] = [];

  constructor(session: ChannelSession) {
    this.#session = session;
  }

  /** @returns null when the queue is empty */
  get(queue: string, noAck: boolean, waiting: Waiting): FetchedMessage | null {
    if (this.#state === 'awaited') throw new DuplicateGetOkCallback();
    // one at a time: the answer to an earlier one, which nobody waits for any more, comes first
    if (this.#state === 'stray') this.#session.until('basic.get', waiting, () => this.#state === 'none');
    return (noAck ? this.#takeKept(queue) : null) ?? this.#ask(queue, noAck, waiting);
  }

  #ask(queue: string, noAck: boolean, waiting: Waiting): FetchedMessage | null {
    let come: FetchedMessage | null = null;
    const ask = (done: Done<FetchedMessage | null>): void => {
      const settle: Done<FetchedMessage | null> = (error, message) => {
        const isStray = this.#state === 'stray';
        this.#state = 'none';
        if (isStray) this.#take(queue, noAck, message);
        else come = message;
        done(error, message);
      };
      this.#session.machine.get(queue, noAck, settle, waiting);
      this.#state = 'awaited';
    };
    try {
      return this.#session.reply('basic.get', waiting, ask);
    } catch (error) {
      if (this.#state === 'awaited') this.#state = 'stray';
      else this.#take(queue, noAck, come); // in the very turn that ended in Ctrl-C
      throw error;
    }
  }

  /** What a stray has brought. */
  #take(queue: string, noAck: boolean, message: FetchedMessage | null): void {
    if (message === null) return;
    if (noAck) this.#kept.push({ queue, message });
    else if (this.#session.isOpen) this.#session.machine.reject(message.method.deliveryTag, true);
  }

  #takeKept(queue: string): FetchedMessage | null {
    const index = this.#kept.findIndex((kept) => kept.queue === queue);
    if (index < 0) return null;
    this.#session.requireOpen();
    this.#session.core.wait.enter();
    return this.#kept.splice(index, 1)[0]?.message ?? null;
  }
}
