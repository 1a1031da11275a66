import type { BasicDeliver, BasicGetOk, BasicProperties } from '../amqp/index.ts';
import { ACK_OPTIONS, NACK_OPTIONS, optionFlag, REJECT_OPTIONS } from './cast-checks.ts';
import type { AckOptions, NackOptions, RejectOptions } from './channel-methods.ts';
import type { ChannelWire } from './channel-wire.ts';

/**
 * A message as promises have it, with its own acknowledgements. These go out at once, and throw: RangeError
 * UNKNOWN_DELIVERY_TAG where it is settled already or needs none, ChannelWrongStateError once its channel is closed.
 */
export class Message<M extends BasicDeliver | BasicGetOk = BasicDeliver> {
  readonly method: M;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
  readonly #machine: ChannelWire;
  #settled = false;

  constructor(machine: ChannelWire, method: M, properties: BasicProperties, body: Uint8Array) {
    this.method = method;
    this.properties = properties;
    this.body = body;
    this.#machine = machine;
  }

  /** @internal whether it was settled by one of the methods below */
  get settled(): boolean {
    return this.#settled;
  }

  /** Says that it was dealt with; with `multiple`, and all before it on its channel. @see AMQP 0-9-1 basic.ack (60, 80) */
  ack(options?: AckOptions): void {
    const multiple = options !== undefined && optionFlag(options, ACK_OPTIONS, 'multiple', false);
    this.#machine.ack(this.method.deliveryTag, multiple);
    this.#settled = true;
  }

  /** Refuses it, to be queued again (the default) or dropped. @see RabbitMQ's basic.nack (60, 120) */
  nack(options?: NackOptions): void {
    const multiple = optionFlag(options, NACK_OPTIONS, 'multiple', false);
    this.#machine.nack(this.method.deliveryTag, multiple, optionFlag(options, NACK_OPTIONS, 'requeue', true));
    this.#settled = true;
  }

  /** Refuses it, to be queued again (the default) or dropped. @see AMQP 0-9-1 basic.reject (60, 90) */
  reject(options?: RejectOptions): void {
    this.#machine.reject(this.method.deliveryTag, optionFlag(options, REJECT_OPTIONS, 'requeue', true));
    this.#settled = true;
  }
}
