import { ACK_OPTIONS, checkTag, NACK_OPTIONS, optionFlag, REJECT_OPTIONS } from './cast-checks.ts';
import type { AckOptions, ChannelCasts, NackOptions, RejectOptions } from './channel-methods.ts';

import type { ChannelWire } from './channel-wire.ts';

/** What a channel has in every style: a number, a state, and the calls that have no answer. */
export abstract class ChannelBase<H> implements ChannelCasts {
  /** @internal what it speaks through */
  protected abstract get machine(): ChannelWire;

  readonly #host: H;

  protected constructor(host: H) {
    this.#host = host;
  }

  get connection(): H {
    return this.#host;
  }
  get channelNumber(): number {
    return this.machine.number;
  }
  get isOpen(): boolean {
    return this.machine.state === 'open';
  }
  get isClosed(): boolean {
    return this.machine.state === 'closed';
  }
  /** Whether the broker wants messages to be published; it can take that back with channel.flow. */
  get flowActive(): boolean {
    return this.machine.flowActive;
  }

  basicAck(deliveryTag: number | bigint = 0, options?: AckOptions): void {
    checkTag(deliveryTag);
    this.machine.ack(deliveryTag, options !== undefined && optionFlag(options, ACK_OPTIONS, 'multiple', false));
  }

  basicNack(deliveryTag: number | bigint = 0, options?: NackOptions): void {
    checkTag(deliveryTag);
    const multiple = optionFlag(options, NACK_OPTIONS, 'multiple', false);
    this.machine.nack(deliveryTag, multiple, optionFlag(options, NACK_OPTIONS, 'requeue', true));
  }

  basicReject(deliveryTag: number | bigint, options?: RejectOptions): void {
    checkTag(deliveryTag);
    this.machine.reject(deliveryTag, optionFlag(options, REJECT_OPTIONS, 'requeue', true));
  }
}
