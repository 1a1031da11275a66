import { type CallOptions, ChannelMachine, type ChannelNumbering } from './channel-machine.ts';
import { ChannelNumbers } from './channel-numbers.ts';
import { encodeChannelCloseOk } from './codec.ts';
import { type AMQPError, InvalidChannelNumber, NoFreeChannels, UnexpectedFrameError } from './errors.ts';
import type { ChannelEvents } from './events.ts';
import type { Link, TimedChannel } from './link.ts';
import { CHANNEL_CLOSE, CHANNEL_CLOSE_OK } from './methods.ts';
import { FRAME_METHOD } from './writer.ts';

/** The channels of a connection: who a frame is for, whose clock runs, which numbers are free. */
export class Channels {
  readonly #link: Link;
  readonly #max: number;
  readonly #numbers: ChannelNumbers;
  /** In the order of their creation. */
  readonly #open = new Map<number, ChannelMachine>();
  /** Closed here, while the broker still owes the close-ok: what comes for them is dropped. */
  readonly #owed = new Set<number>();
  /** Those with a deadline, and some that have none any more: who asks again stays on the list. */
  #timed: TimedChannel[] = [];
  #enrolled: TimedChannel[] = [];
  #last: ChannelMachine | null = null;
  /** The soonest deadline of all; NaN when it has to be looked for. */
  #deadline = Number.POSITIVE_INFINITY;

  /** @param max - the highest number, as negotiated */
  constructor(link: Link, max: number) {
    this.#link = link;
    this.#max = max;
    this.#numbers = new ChannelNumbers(max);
  }

  get size(): number {
    return this.#open.size;
  }

  /** Those that are not closed. */
  get all(): Iterable<ChannelMachine> {
    return this.#open.values();
  }

  /** Whether there are deadlines that {@link handOver} is to set. */
  get awaitsClock(): boolean {
    return this.#enrolled.length > 0;
  }

  /** @throws NoFreeChannels, InvalidChannelNumber */
  open(
    wanted: number | null,
    events: ChannelEvents,
    options?: CallOptions,
    numbering: ChannelNumbering = FROM_1,
  ): ChannelMachine {
    const number = wanted === null || wanted === 0 ? this.#take() : this.#claim(wanted);
    const channel = new ChannelMachine(number, this.#link, events, numbering);
    this.#open.set(number, channel);
    channel.begin(options);
    return channel;
  }

  /** The channel of a number that is not closed. */
  find(number: number): ChannelMachine | null {
    if (this.#last?.number === number) return this.#last;
    const channel = this.#open.get(number) ?? null;
    if (channel !== null) this.#last = channel;
    return channel;
  }

  /** Gives a frame to its channel. @throws ProtocolSyntaxError, 504 for a number that is not in use */
  frame(type: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    const channel = this.find(number);
    if (channel !== null) channel.frame(type, bytes, start, end);
    else if (this.#owed.has(number)) this.#afterClose(type, number, bytes, start, end);
    else throw new UnexpectedFrameError(`a frame came for channel ${number}, which is not open`, 504);
  }

  closeAll(replyCode: number, replyText: string): void {
    for (const channel of [...this.#open.values()]) {
      if (channel.state !== 'closing') channel.close(replyCode, replyText);
    }
  }

  /** Ends every channel without a word. @returns them in the order of their creation, each of which is to tell() */
  collapse(error: AMQPError): ChannelMachine[] {
    const channels = [...this.#open.values()];
    for (const channel of channels) channel.collapse(error);
    this.#open.clear();
    this.#owed.clear();
    this.#enrolled = [];
    this.#last = null;
    return channels;
  }

  enroll(channel: TimedChannel): void {
    this.#enrolled.push(channel);
  }

  reschedule(channel: TimedChannel): void {
    this.#deadline = Number.NaN;
    if (channel.listed || channel.deadline === Number.POSITIVE_INFINITY) return;
    channel.listed = true;
    this.#timed.push(channel);
  }

  ended(number: number, owed: boolean): void {
    this.#open.delete(number);
    if (this.#last?.number === number) this.#last = null;
    if (owed) this.#owed.add(number);
    else this.#numbers.release(number);
  }

  get deadline(): number {
    if (Number.isNaN(this.#deadline)) this.#deadline = this.#soonest();
    return this.#deadline;
  }

  handOver(now: number): void {
    if (this.#enrolled.length === 0) return;
    const enrolled = this.#enrolled;
    this.#enrolled = [];
    for (const channel of enrolled) channel.handOver(now);
  }

  expire(now: number): void {
    if (this.deadline > now) return;
    for (const channel of [...this.#timed]) if (channel.deadline <= now) channel.expire(now);
  }

  #soonest(): number {
    const timed = this.#timed;
    let soonest = Number.POSITIVE_INFINITY;
    let kept = 0;
    for (const { deadline } of timed) {
      if (deadline < soonest) soonest = deadline;
      if (deadline < Number.POSITIVE_INFINITY) kept++;
    }
    if (timed.length - kept > FEW) this.#shorten();
    return soonest;
  }

  /** Takes those off the list that have no deadline. */
  #shorten(): void {
    for (const channel of this.#timed) channel.listed = channel.deadline < Number.POSITIVE_INFINITY;
    this.#timed = this.#timed.filter(({ listed }) => listed);
  }

  #take(): number {
    const number = this.#numbers.take();
    if (number === null) throw new NoFreeChannels(this.#max);
    return number;
  }

  #claim(number: number): number {
    if (this.#numbers.claim(number)) return number;
    const legal = Number.isInteger(number) && number >= 1 && number <= this.#max;
    throw new InvalidChannelNumber(number, legal ? 'is in use' : `is not from 1 to ${this.#max}`);
  }

  #afterClose(type: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (type !== FRAME_METHOD) return;
    const id = this.#link.reader.reset(bytes, start, end).long();
    if (id === CHANNEL_CLOSE_OK) {
      this.#owed.delete(number);
      this.#numbers.release(number);
    } else if (id === CHANNEL_CLOSE) {
      encodeChannelCloseOk(this.#link.output.writer, number);
      this.#link.output.wrote();
    }
  }
}

/** Of a channel that takes nobody's place. */
const FROM_1: ChannelNumbering = { delivered: 0, published: 0 };

/** Channels without a deadline that may stay on the list: they will ask again. */
const FEW = 16;
