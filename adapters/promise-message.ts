import { type BasicDeliver, type BasicGetOk, type BasicProperties, ChannelWrongStateError } from '../amqp/index.ts';
import { ACK_OPTIONS, NACK_OPTIONS, optionFlag, REJECT_OPTIONS } from './cast-checks.ts';
import type { AckOptions, NackOptions, RejectOptions } from './channel-methods.ts';
import type { ChannelWire } from './channel-wire.ts';

/** Who gave a message, and goes on when its channel is lost. */
export interface MessageGiver {
  /** An acknowledgement came too late. @returns whether that is dealt with */
  forgives(error: ChannelWrongStateError): boolean;
}

/**
 * A message as promises have it, with its own acknowledgements. These go out at once, and throw: RangeError
 * UNKNOWN_DELIVERY_TAG where it is settled already or needs none, ChannelWrongStateError once its channel was lost. Of a
 * loop of `consume()` that goes on after a loss they return false instead, and `onError` hears of it once.
 */
export class Message<M extends BasicDeliver | BasicGetOk = BasicDeliver> {
  readonly method: M;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
  readonly #machine: ChannelWire;
  readonly #giver: MessageGiver | null;
  #settled = false;

  constructor(
    machine: ChannelWire,
    method: M,
    properties: BasicProperties,
    body: Uint8Array,
    giver: MessageGiver | null = null,
  ) {
    this.#giver = giver;
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
  ack(options?: AckOptions): false | undefined {
    const multiple = options !== undefined && optionFlag(options, ACK_OPTIONS, 'multiple', false);
    this.#settled = true;
    try {
      this.#machine.ack(this.method.deliveryTag, multiple);
    } catch (error) {
      return this.#refused(error);
    }
    return undefined;
  }

  /** Refuses it, to be queued again (the default) or dropped. @see RabbitMQ's basic.nack (60, 120) */
  nack(options?: NackOptions): false | undefined {
    const multiple = optionFlag(options, NACK_OPTIONS, 'multiple', false);
    const requeue = optionFlag(options, NACK_OPTIONS, 'requeue', true);
    this.#settled = true;
    try {
      this.#machine.nack(this.method.deliveryTag, multiple, requeue);
    } catch (error) {
      return this.#refused(error);
    }
    return undefined;
  }

  /** Refuses it, to be queued again (the default) or dropped. @see AMQP 0-9-1 basic.reject (60, 90) */
  reject(options?: RejectOptions): false | undefined {
    const requeue = optionFlag(options, REJECT_OPTIONS, 'requeue', true);
    this.#settled = true;
    try {
      this.#machine.reject(this.method.deliveryTag, requeue);
    } catch (error) {
      return this.#refused(error);
    }
    return undefined;
  }

  #refused(error: unknown): false {
    if (error instanceof ChannelWrongStateError && this.#giver?.forgives(error) === true) return false;
    throw error;
  }
}
