import {
  type AMQPError,
  CONFIRM_SELECT,
  MethodNotImplemented,
  makeRangeError,
  type PropertiesIn,
} from '../amqp/index.ts';
import { Fifo } from './fifo.ts';
import { keptBody } from './kept-body.ts';
import { Answer } from './promise-answer.ts';
import type { PromiseSession } from './promise-session.ts';
import { UNLIMITED, type Waiting } from './waiting.ts';

/** What a message was given when there was room for it without confirms: nothing is left to wait for. */
const TAKEN: Promise<undefined> = Promise.resolve(undefined);

/** Sends the messages of one channel in promise style. Where there is no room they wait here, in order. */
export class PromisePublisher {
  readonly #session: PromiseSession;
  /** The broker confirms each message. */
  #confirms = false;
  /** confirm.select was asked and has no answer: what is published meanwhile has no number yet. */
  #selecting: Promise<undefined> | null = null;
  #unconfirmed = 0;
  readonly #waiting = new Fifo<Waiter>();
  /** Resolves when a full stream takes more. */
  #drained: Promise<undefined> | null = null;
  #onDrained: (value: undefined) => void = () => undefined;
  /** Told when no message is left without its verdict, or why some will never have theirs. */
  readonly #onSettled: ((error: AMQPError | null) => void)[] = [];
  /** Why a message would have to wait, beside a want of room; looked at once for each, so it is kept. */
  #held = false;

  constructor(session: PromiseSession) {
    this.#session = session;
    this.#held = session.core.isBlocked;
    session.onClosed((error) => this.#closed(error));
  }

  get confirms(): boolean {
    return this.#confirms;
  }

  /** Messages without a verdict: with confirms those that were sent, and those that wait to be. */
  get unsettled(): number {
    return this.#unconfirmed + this.#waiting.size;
  }

  /**
   * Turns confirm mode on; the second time it is on already.
   * @throws {MethodNotImplemented} when the broker does not have it
   */
  select(waiting: Waiting): Promise<undefined> {
    const { core, machine } = this.#session;
    const { publisher_confirms: confirms, 'basic.nack': nack } = core.machine.serverCapabilities;
    if (this.#session.isOpen && !(confirms === true && nack === true)) {
      throw new MethodNotImplemented('the broker has no publisher confirms: its capabilities do not name them');
    }
    if (this.#confirms && this.#session.isOpen) return TAKEN;
    if (this.#selecting !== null) return this.#selecting;
    const answer = this.#session.reply<undefined>(waiting, (done) => {
      const settle = (error: AMQPError | null): void => {
        this.#selecting = null;
        this.#confirms = error === null;
        done(error, undefined);
        this.look();
      };
      machine.call(CONFIRM_SELECT, { nowait: false }, settle, waiting);
      this.#held = true;
    });
    this.#selecting = this.#held ? answer : null;
    return answer;
  }

  /** @param size - bytes, roughly */
  publish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties: PropertiesIn | null | undefined,
    mandatory: boolean,
    size: number,
    waiting: Waiting,
  ): Promise<number | bigint | undefined> {
    const { core, machine } = this.#session;
    const waits =
      this.#held || this.#waiting.size > 0 || !core.hasRoom(size) || this.#unconfirmed >= core.maxUnconfirmed;
    if (waits && this.#session.lasts) {
      return this.#wait({ exchange, routingKey, body, bytes: keptBody(body), properties, mandatory, size }, waiting);
    }
    if (waiting.signal?.aborted === true) return this.#session.rejected(waiting.signal.reason);
    if (!this.#confirms) {
      machine.publish(exchange, routingKey, body, properties, mandatory);
      return core.isFull ? this.#whenDrained(waiting) : TAKEN;
    }
    const answer = new Answer<number | bigint | undefined>();
    try {
      if (waiting !== UNLIMITED) {
        machine.requireOpen();
        if (!this.#session.limit(answer, 'basic.publish', waiting)) return answer;
      }
      machine.publish(exchange, routingKey, body, properties, mandatory, answer);
      this.#unconfirmed++;
    } catch (error) {
      this.#session.reports.refuse(answer, error); // which ends its limits
    }
    return answer;
  }

  /** The broker's verdict on a message. */
  settled(answer: unknown, tag: number | bigint, error: AMQPError | null): void {
    const published = answer as Answer<number | bigint | undefined>; // as publish() gave it
    this.#unconfirmed--;
    if (error === null) published.settle(tag);
    else this.#session.reports.refuse(published, error);
    if (this.#waiting.size > 0) this.look();
    if (this.#onSettled.length > 0) this.#tell();
  }

  /** Sends what waits, as far as there is room; to be called when something has changed that it waits for. */
  readonly look = (): void => {
    const { core, machine } = this.#session;
    this.#held = this.#selecting !== null || !machine.flowActive || core.isBlocked;
    if (!core.isFull) this.#tellDrained();
    while (this.#waiting.size > 0 && this.#canSend()) this.#send();
    if (this.#onSettled.length > 0) this.#tell();
  };

  /** Resolves when no message is without its verdict; rejects with what closes the channel before. */
  whenSettled(waiting: Waiting): Promise<void> {
    return this.#session.within('waitForConfirms', waiting, (answer: Answer<void>) => {
      if (this.unsettled === 0) answer.settle(undefined);
      else {
        this.#onSettled.push((error) => {
          if (error === null) answer.settle(undefined);
          else this.#session.reports.refuse(answer, error);
        });
      }
    });
  }

  /** @returns what resolves when no message waits for anything, whatever became of it; null: none does */
  whenIdle(): Promise<void> | null {
    if (this.unsettled === 0 || !this.#session.isOpen) return null;
    return new Promise((resolve) => void this.#onSettled.push(() => resolve()));
  }

  /** The message is taken; who awaits it goes on when the network has followed, long before the limit is reached. */
  #whenDrained(waiting: Waiting): Promise<undefined> {
    this.#drained ??= new Promise((resolve) => {
      this.#onDrained = resolve;
    });
    const drained = this.#drained;
    if (waiting === UNLIMITED) return drained;
    return this.#session.within('basic.publish', waiting, (answer: Answer<undefined>) => {
      void drained.then(() => answer.settle(undefined));
    });
  }

  #tellDrained(): void {
    if (this.#drained === null) return;
    this.#drained = null;
    this.#onDrained(undefined);
  }

  #canSend(): boolean {
    const { core } = this.#session;
    const next = this.#waiting.first;
    if (next === undefined || this.#held || !this.#session.isOpen) return false;
    return next.answer.settled || (this.#unconfirmed < core.maxUnconfirmed && core.hasRoom(next.message.size));
  }

  /** Takes the first one off. One that was called off meanwhile is not sent. */
  #send(): void {
    const { core, machine, reports } = this.#session;
    const waiter = this.#waiting.take();
    if (waiter === undefined) return;
    const { answer, message } = waiter;
    const { exchange, routingKey, body, bytes, properties, mandatory, size } = message;
    core.queued -= size;
    if (answer.settled) return;
    try {
      machine.publish(exchange, routingKey, bytes, properties, mandatory, this.#confirms ? answer : undefined, body);
      if (this.#confirms) this.#unconfirmed++;
      else answer.settle(undefined);
    } catch (error) {
      reports.refuse(answer, error);
    }
  }

  #wait(message: Kept, waiting: Waiting): Promise<number | bigint | undefined> {
    const { core } = this.#session;
    const most = core.outboundLimit * 3;
    if (core.queued > 0 && core.queued + message.size > most) {
      throw makeRangeError(
        'OUTBOUND_FULL',
        'body',
        `body: ${core.queued} bytes wait for room already and ${most} may (3 x outboundLimit); await basicPublish()`,
      );
    }
    return this.#session.within('basic.publish', waiting, (answer: Answer<number | bigint | undefined>) => {
      core.queued += message.size;
      this.#waiting.put({ answer, message });
    });
  }

  #closed(error: AMQPError): void {
    const { core, reports } = this.#session;
    this.#tellDrained();
    for (const { answer, message } of this.#waiting.takeAll()) {
      core.queued -= message.size;
      reports.refuse(answer, error);
    }
    for (const callback of this.#onSettled.splice(0)) callback(error);
  }

  #tell(): void {
    // at the end each message gets a verdict, which is none
    if (this.unsettled > 0 || !this.#session.isOpen) return;
    for (const callback of this.#onSettled.splice(0)) callback(null);
  }
}

/** A message that waits for room. */
interface Kept {
  readonly exchange: string;
  readonly routingKey: string;
  /** The caller's. */
  readonly body: string | Uint8Array;
  /** What is sent. */
  readonly bytes: string | Uint8Array;
  readonly properties: PropertiesIn | null | undefined;
  readonly mandatory: boolean;
  readonly size: number;
}

interface Waiter {
  readonly answer: Answer<number | bigint | undefined>;
  readonly message: Kept;
}
