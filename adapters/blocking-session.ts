import {
  type AMQPError,
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ChannelWrongStateError,
  ConnectionClosedByClient,
  METHODS,
  type MethodId,
  PublishUnknownError,
} from '../amqp/index.ts';
import type { BlockingCore } from './blocking-core.ts';
import type { Done, Limited, Limits } from './blocking-wait.ts';
import type { ChannelWire, WireEvents } from './channel-wire.ts';
import type { Waiting } from './waiting.ts';

/** What one channel hears while calls wait, beside the ends of its calls. */
export type ChannelNews = Pick<WireEvents, 'closed' | 'returned' | 'cancelled' | 'settled' | 'away'>;

/** One channel as blocking calls have it: what is asked, is waited for; what ends the wait, is thrown once. */
export class ChannelSession {
  readonly core: BlockingCore;
  readonly machine: ChannelWire;
  readonly #giveUp = (error: AMQPError): void => this.machine.abandon(error);
  #closedBy: AMQPError | null = null;

  /**
   * Asks for the channel; nothing is heard of it before {@link open}.
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  constructor(core: BlockingCore, channelNumber: number | null, waiting: Waiting, news: ChannelNews) {
    this.core = core;
    core.wait.requireOpen();
    core.wait.enter();
    this.machine = core.openChannel(channelNumber, this.#events(news), waiting);
  }

  get isOpen(): boolean {
    return this.machine.state === 'open';
  }

  /** Whether it is open or will be again: what is asked has to wait at most. */
  get lasts(): boolean {
    const { state } = this.machine;
    return state === 'open' || state === 'opening';
  }

  /** Why the channel has closed, from whichever side. */
  get closedBy(): AMQPError | null {
    return this.#closedBy;
  }

  /** Waits until the channel is open. @throws why it is not */
  open({ signal }: Waiting): void {
    const { machine } = this;
    try {
      this.until('channel.open', { signal }, () => machine.state !== 'opening');
    } catch (error) {
      if (this.isOpen || machine.state === 'opening') machine.close(200, 'nobody waits for it');
      throw error;
    }
    if (this.#closedBy !== null) this.fail(this.#closedBy);
  }

  /** Calls a method that has a reply. @returns its fields */
  call(id: MethodId, fields: object, waiting: Waiting): unknown {
    const name = METHODS[id]?.name ?? '';
    return this.reply<unknown>(name, waiting, (done) => this.machine.call(id, fields, done, waiting));
  }

  /**
   * Asks something, and waits for the answer. The machine minds the time of it, so that the signal alone is for the wait.
   */
  reply<T>(name: string, { signal }: Waiting, ask: (done: Done<T>) => void): T {
    const { wait } = this.core;
    wait.enter();
    try {
      return wait.reply(ask, this.#limits(name, { signal }));
    } catch (error) {
      return this.fail(error);
    }
  }

  /** Waits for something that this channel hears of, or for its end. */
  until(name: string, waiting: Waiting, condition: () => boolean): void {
    this.core.wait.enter();
    this.within(name, waiting, (limited) =>
      this.core.wait.until(() => condition() || this.#closedBy !== null, limited),
    );
  }

  /** Closes the channel, and waits until it is. */
  close(replyCode: number, replyText: string, waiting: Waiting): void {
    this.core.wait.refuseNested();
    this.machine.close(replyCode, replyText, waiting);
    this.until('channel.close', { signal: waiting.signal }, () => this.#closedBy !== null);
  }

  /** Does something whose waits are limited. */
  within(name: string, waiting: Waiting, work: (limited: Limited | null) => void): void {
    try {
      this.core.wait.within(this.#limits(name, waiting), work);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Throws, and sees to it that the broker's close is not thrown by a dispatch as well. */
  fail(error: unknown): never {
    this.core.events.told(error instanceof PublishUnknownError ? error.cause : error);
    throw error;
  }

  /** @throws {ChannelWrongStateError | ConnectionWrongStateError} */
  requireOpen(): void {
    if (this.lasts) return;
    this.core.wait.requireOpen();
    const { number, state } = this.machine;
    const reason = this.#closedBy === null ? {} : { cause: this.#closedBy };
    throw new ChannelWrongStateError(`channel ${number} is ${state}`, reason);
  }

  /** @throws what has closed the channel, unless this side has */
  requireOwnClose(): void {
    const reason = this.#closedBy;
    if (reason === null || reason instanceof ChannelClosedByClient || reason instanceof ConnectionClosedByClient)
      return;
    if (this.core.events.told(reason)) throw reason;
    this.requireOpen();
  }

  #limits(name: string, { signal, timeout }: Waiting): Limits | null {
    return signal === undefined && timeout === undefined ? null : { name, signal, timeout, giveUp: this.#giveUp };
  }

  #events(news: ChannelNews): WireEvents {
    const { events, wait, logger } = this.core;
    return {
      ...news,
      open: wait.look,
      closed: (error) => {
        this.#closedBy = error;
        news.closed(error);
        if (error instanceof ChannelClosedByBroker) events.closed(error);
        wait.look();
      },
      away: (error) => {
        news.away?.(error);
        if (error instanceof ChannelClosedByBroker) events.closed(error);
        wait.look();
      },
      back: wait.look,
      flow: (active) => logger.warn(`channel ${this.machine.number}: the broker sent channel.flow ${active}`),
      confirmed: () => undefined,
    };
  }
}
