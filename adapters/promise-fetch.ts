import type { BasicGetOk } from '../amqp/index.ts';
import { Answer } from './promise-answer.ts';
import { Message } from './promise-message.ts';
import type { PromiseSession } from './promise-session.ts';
import type { Waiting } from './waiting.ts';

/** Fetches messages one at a time. What comes for a call that was called off is not lost. */
export class PromiseFetch {
  readonly #session: PromiseSession;
  /** The call that the broker owes an answer; it may have been called off. */
  #asked: Fetched | null = null;
  /** Calls that wait for the answer to one that was called off. */
  #behind: (() => void)[] = [];
  /** What came too late and counts as acknowledged: it cannot go back to its queue. */
  readonly #kept: { readonly queue: string; readonly message: Message<BasicGetOk> }[] = [];

  constructor(session: PromiseSession) {
    this.#session = session;
  }

  /** @returns null when the queue is empty */
  get(queue: string, noAck: boolean, waiting: Waiting): Fetched {
    const answer: Fetched = new Answer();
    if (!this.#session.heed(answer, waiting)) return answer;
    if (this.#asked?.settled === true) this.#behind.push(() => this.#ask(answer, queue, noAck, waiting));
    else this.#ask(answer, queue, noAck, waiting);
    return answer;
  }

  #ask(answer: Fetched, queue: string, noAck: boolean, waiting: Waiting): void {
    if (answer.settled) return;
    const { machine, reports, isOpen } = this.#session;
    const kept = noAck && isOpen ? this.#kept.findIndex((one) => one.queue === queue) : -1;
    if (kept >= 0) {
      answer.settle(this.#kept.splice(kept, 1)[0]?.message ?? null);
      return;
    }
    try {
      machine.get(
        queue,
        noAck,
        (error, fetched) => {
          this.#asked = null;
          const message = fetched && new Message<BasicGetOk>(machine, fetched.method, fetched.properties, fetched.body);
          if (error !== null) reports.refuse(answer, error);
          else if (answer.settled) this.#late(queue, noAck, message);
          else answer.settle(message);
          for (const next of this.#behind.splice(0)) next();
        },
        waiting,
      );
      this.#asked = answer;
    } catch (error) {
      reports.refuse(answer, error);
    }
  }

  #late(queue: string, noAck: boolean, message: Message<BasicGetOk> | null): void {
    if (message === null) return;
    if (noAck) this.#kept.push({ queue, message });
    else if (this.#session.isOpen) this.#session.machine.reject(message.method.deliveryTag, true);
  }
}

type Fetched = Answer<Message<BasicGetOk> | null>;
