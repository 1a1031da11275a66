import type { BasicConsume, BasicDeliver, BasicProperties } from '../amqp/index.ts';
import type { Event } from './blocking-events.ts';
import { Fifo } from './fifo.ts';

/** A message of a consumer, as `consume()` and `basicCancel()` give it. */
export interface Delivered {
  readonly method: BasicDeliver;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;
}

/** A consumer whose messages go to a handler, by a dispatch. */
export class HandlerConsumer {
  readonly autoAck: boolean;
  readonly #handle: (message: Delivered) => void;
  /** Known once it was asked for. */
  tag = '';
  /** The broker has ended it, and the event that tells so waits for a dispatch. */
  cancelled = false;
  /** It was asked to end, and the broker has not answered. */
  ending = false;

  constructor(autoAck: boolean, handle: (message: Delivered) => void) {
    this.autoAck = autoAck;
    this.#handle = handle;
  }

  handle(message: Delivered): void {
    this.#handle(message);
  }
}

/** A message on its way to a handler. */
export class Delivery implements Event, Delivered {
  readonly consumer: HandlerConsumer;
  readonly method: BasicDeliver;
  readonly properties: BasicProperties;
  readonly body: Uint8Array;

  constructor(consumer: HandlerConsumer, method: BasicDeliver, properties: BasicProperties, body: Uint8Array) {
    this.consumer = consumer;
    this.method = method;
    this.properties = properties;
    this.body = body;
  }

  run(): void {
    this.consumer.handle(this);
  }
}

/** The broker has ended a consumer; behind the messages that came before. */
export class Cancellation implements Event {
  readonly consumerTag: string;
  readonly #tell: (consumerTag: string) => void;

  constructor(consumerTag: string, tell: (consumerTag: string) => void) {
    this.consumerTag = consumerTag;
    this.#tell = tell;
  }

  run(): void {
    this.#tell(this.consumerTag);
  }
}

/** The consumer of `consume()`: its messages wait until they are asked for. */
export class BufferedConsumer {
  /** What it was begun with, by the protocol's names. */
  readonly fields: BasicConsume;
  readonly buffer: Fifo<Delivered> = new Fifo();
  tag = '';
  /** No more messages come: the broker has ended it, or cancel() has. */
  ended = false;
  /** It was asked to end, and the broker has not answered. */
  ending = false;
  /** Messages that nobody had asked for when it ended. */
  dropped = 0;

  constructor(fields: BasicConsume) {
    this.fields = fields;
  }

  get autoAck(): boolean {
    return this.fields.noAck === true;
  }
}
