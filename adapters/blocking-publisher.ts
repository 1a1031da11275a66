import type { AMQPError, PropertiesIn } from '../amqp/index.ts';
import { BlockingConfirms } from './blocking-confirms.ts';
import type { ChannelSession } from './blocking-session.ts';
import type { Waiting } from './waiting.ts';

/** Sends the messages of one blocking channel, and waits where it has to: for room, for confirms. */
export class BlockingPublisher {
  readonly #session: ChannelSession;
  #confirms: BlockingConfirms | null = null;
  #untilGlance = GLANCE;

  constructor(session: ChannelSession) {
    this.#session = session;
  }

  /** Whether every message is confirmed. */
  get confirms(): boolean {
    return this.#confirms !== null;
  }

  /** The channel is in confirm mode. @param window - messages that may be unconfirmed */
  begin(window: number): void {
    this.#confirms = new BlockingConfirms(window, this.#session.core.maxUnconfirmed);
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
    const confirms = this.#confirms;
    if (!core.hasRoom(size)) this.#waitForRoom(size, waiting);
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
    if (--this.#untilGlance > 0 && !wait.interrupted) return;
    this.#untilGlance = GLANCE;
    wait.glance();
  }

  #waitForRoom(size: number, waiting: Waiting): void {
    const session = this.#session;
    // the protocol machine says what is wrong with a channel that is not open
    if (!session.isOpen) return;
    session.until('basic.publish', waiting, () => session.core.hasRoom(size));
    if (session.closedBy !== null) session.fail(session.closedBy);
  }

  #waitForWindow(confirms: BlockingConfirms, waiting: Waiting): void {
    const session = this.#session;
    session.until('basic.publish', waiting, () => confirms.hasRoom);
    if (session.closedBy !== null) session.fail(confirms.takeFailures() ?? session.closedBy);
  }

  #waitForVerdict(confirms: BlockingConfirms, tag: number, waiting: Waiting): void {
    const session = this.#session;
    const settled = confirms.await(tag);
    session.within('basic.publish', waiting, (limited) => session.core.wait.until(settled, limited));
    const verdict = confirms.takeVerdict();
    if (verdict !== null) session.fail(verdict);
  }
}

/** Messages from one turn of the loop to the next where nothing else makes one. */
const GLANCE = 64;
/** Asks for the verdict on a message; which one it is, its number says. */
const AWAITED = true;
