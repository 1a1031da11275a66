import { type AMQPError, CONFIRM_SELECT, type PropertiesIn, type ReplyHandler } from '../amqp/index.ts';
import { BlockingConfirms } from './blocking-confirms.ts';
import type { ChannelSession } from './blocking-session.ts';
import type { Done } from './blocking-wait.ts';
import type { Waiting } from './waiting.ts';

/** Sends the messages of one blocking channel, and waits where it has to: for room, for confirms. */
export class BlockingPublisher {
  readonly #session: ChannelSession;
  #confirms: BlockingConfirms | null = null;
  /** confirm.select was asked and has no answer. */
  #beginning = false;
  /** Messages that may be unconfirmed once it has. */
  #window = 1;
  /** Messages since the loop had its last turn for their sake, and when that was. */
  #sinceGlance = 0;
  #glanced = 0;

  constructor(session: ChannelSession) {
    this.#session = session;
  }

  /** Whether every message is confirmed. */
  get confirms(): boolean {
    return this.#confirms !== null;
  }

  /** Turns confirm mode on, and waits until it is. @param window - messages that may be unconfirmed */
  begin(window: number, waiting: Waiting): void {
    this.#window = window;
    // one that was interrupted goes on
    if (this.#beginning) this.#waitForMode('confirm.select', waiting);
    else this.#session.reply<unknown>('confirm.select', waiting, (done) => this.#select(done, waiting));
  }

  /** @param size - bytes, roughly @returns the sequence number where it is not waited for */
  publish(
    exchange: string,
    routingKey: string,
    body: string | Uint8Array,
    properties: PropertiesIn | null | undefined,
    mandatory: boolean,
    size: number,
    waiting: Waiting,
  ): number | undefined {
    const { core, machine } = this.#session;
    if (this.#beginning) this.#waitForMode('basic.publish', waiting);
    if (!core.hasRoom(size)) this.#waitForRoom(size, waiting);
    const confirms = this.#confirms;
    if (confirms === null) {
      this.#glance();
      machine.publish(exchange, routingKey, body, properties, mandatory);
      return undefined;
    }
    if (confirms.window === 1) core.wait.enter();
    else if (confirms.hasRoom) this.#glance();
    else this.#waitForWindow(confirms, waiting);
    const tag = machine.publish(exchange, routingKey, body, properties, mandatory, AWAITED);
    confirms.sent();
    if (confirms.window > 1) return tag;
    this.#waitForVerdict(confirms, tag, waiting);
    return undefined;
  }

  /** Waits until every message has its verdict. @throws one error for all that failed since the last call */
  flush(waiting: Waiting): void {
    const confirms = this.#confirms;
    if (confirms?.hasFailures !== true) this.#session.requireOpen();
    if (confirms === null) return;
    this.#session.until('waitForConfirms', waiting, () => confirms.unconfirmed === 0);
    const failure = confirms.takeFailures();
    if (failure !== null) this.#session.fail(failure);
  }

  settled(tag: number | bigint, error: AMQPError | null): void {
    this.#confirms?.settled(tag, error);
    this.#session.core.wait.look();
  }

  /** A program that only publishes hears of the broker too: now and then the loop has a turn. */
  #glance(): void {
    const { wait } = this.#session.core;
    const count = ++this.#sinceGlance;
    if (!wait.interrupted) {
      if (count % CLOCK_EVERY !== 0) return;
      if (count < GLANCE_EVERY && wait.now - this.#glanced < GLANCE_AFTER) return;
    }
    this.#sinceGlance = 0;
    // the protocol machine says what is wrong with a channel that has closed before
    if (!this.#session.isOpen) return;
    this.#glanced = wait.now;
    wait.glance();
    this.#failIfClosed();
  }

  /** What was under way has its verdict by then; else the reason is that of this message. */
  #failIfClosed(): void {
    const { closedBy } = this.#session;
    if (closedBy !== null) this.#session.fail(this.#confirms?.takeFailures() ?? closedBy);
  }

  #select(done: Done<unknown>, waiting: Waiting): void {
    const { core, machine } = this.#session;
    const settle: ReplyHandler = (error, reply) => {
      this.#beginning = false;
      if (error === null) this.#confirms = new BlockingConfirms(this.#window, core.maxUnconfirmed);
      done(error, reply);
    };
    machine.call(CONFIRM_SELECT, { nowait: false }, settle, waiting);
    this.#beginning = true;
  }

  /** A message between the asking and the answer would have a number that nobody counts. */
  #waitForMode(name: string, waiting: Waiting): void {
    this.#session.until(name, waiting, () => !this.#beginning);
    this.#failIfClosed();
  }

  #waitForRoom(size: number, waiting: Waiting): void {
    const session = this.#session;
    if (!session.lasts) return;
    session.until('basic.publish', waiting, () => session.core.hasRoom(size));
    this.#failIfClosed();
  }

  #waitForWindow(confirms: BlockingConfirms, waiting: Waiting): void {
    const session = this.#session;
    session.until('basic.publish', waiting, () => confirms.hasRoom);
    this.#failIfClosed();
  }

  #waitForVerdict(confirms: BlockingConfirms, tag: number, waiting: Waiting): void {
    const session = this.#session;
    const settled = confirms.await(tag);
    session.within('basic.publish', waiting, (limited) => session.core.wait.until(settled, limited));
    const verdict = confirms.takeVerdict(session.lasts);
    if (verdict !== null) session.fail(verdict);
  }
}

/** Where nothing else turns the loop, messages and milliseconds from one turn to the next… */
const GLANCE_EVERY = 1024;
const GLANCE_AFTER = 10;
/** …and messages from one look at the clock to the next. */
const CLOCK_EVERY = 4;
/** Asks for the verdict on a message; which one it is, its number says. */
const AWAITED = true;
