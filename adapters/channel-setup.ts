import {
  type AMQPError,
  BASIC_QOS,
  type BasicConsume,
  type ChannelMachine,
  CONFIRM_SELECT,
  type MessageHandler,
  type MethodId,
  TX_SELECT,
} from '../amqp/index.ts';

/** A consumer as it was asked for. */
export interface ConsumerRecord {
  readonly fields: BasicConsume;
  readonly onMessage: MessageHandler;
}

/** How a channel was set up and who consumes on it: what makes the next one the same. */
export class ChannelSetup {
  readonly #consumers = new Map<string, Begun>();
  /** The fields of basic.qos, first those for consumers, then those for the channel. */
  readonly #qos: [object | null, object | null] = [null, null];
  #confirms = false;
  #transacts = false;

  /** Whether the channel has confirms. */
  get confirms(): boolean {
    return this.#confirms;
  }
  get consumerTags(): string[] {
    return [...this.#consumers.keys()];
  }
  /** Each consumer's tag, and its queue as it was asked for. */
  get consumers(): [consumerTag: string, queue: string][] {
    return [...this.#consumers].map(([tag, { fields }]) => [tag, fields.queue ?? '']);
  }

  /** A call has succeeded. @param fields - by the protocol's names */
  did(id: MethodId, fields: object): void {
    if (id === BASIC_QOS) this.#qos[(fields as { global?: boolean }).global === true ? 1 : 0] = fields;
    else if (id === CONFIRM_SELECT) this.#confirms = true;
    else if (id === TX_SELECT) this.#transacts = true;
  }

  /** A consumer has begun. */
  add(consumerTag: string, { fields, onMessage }: ConsumerRecord): void {
    this.#consumers.set(consumerTag, { fields: { ...fields, nowait: false }, onMessage, qos: this.#qos[0] });
  }

  /** @returns the queue that it has consumed; null: there is no such consumer */
  remove(consumerTag: string): string | null {
    const consumer = this.#consumers.get(consumerTag);
    this.#consumers.delete(consumerTag);
    return consumer === undefined ? null : (consumer.fields.queue ?? '');
  }

  clear(): void {
    this.#consumers.clear();
  }

  /** Sets a new channel up: how many messages at a time, confirms, transactions. @param done - called once, with why not */
  redo(wire: ChannelMachine, done: (error: AMQPError | null) => void): void {
    const steps: [MethodId, object][] = [];
    for (const qos of this.#qos) if (qos !== null) steps.push([BASIC_QOS, qos]);
    if (this.#confirms) steps.push([CONFIRM_SELECT, { nowait: false }]);
    if (this.#transacts) steps.push([TX_SELECT, {}]);
    const each = counted(steps.length, done);
    for (const [id, fields] of steps) wire.call(id, fields, each);
  }

  /**
   * Begins the consumers again, each with the prefetch that it had.
   * @param named - gives the fields the names that queues have by now
   * @param done - called once, when the last one has begun or with why one has not
   */
  consumeAgain(
    wire: ChannelMachine,
    named: (fields: BasicConsume) => BasicConsume,
    done: (error: AMQPError | null) => void,
  ): void {
    const each = counted(this.#consumers.size, done);
    const [wanted] = this.#qos;
    let inForce = wanted;
    // what basic.qos says holds for the consumers that begin after it
    const limit = (qos: object | null): void => {
      if (qos !== inForce) wire.call(BASIC_QOS, qos ?? UNLIMITED, null);
      inForce = qos;
    };
    for (const { fields, onMessage, qos } of this.#consumers.values()) {
      limit(qos);
      wire.consume(named(fields), onMessage, each);
    }
    limit(wanted);
  }
}

interface Begun extends ConsumerRecord {
  /** The fields of basic.qos that held when it began. */
  readonly qos: object | null;
}

/** What basic.qos says where nothing was asked. */
const UNLIMITED = { prefetchSize: 0, prefetchCount: 0, global: false };

/** @returns what takes the ends of so many calls; the first error, or the last success, is told */
function counted(calls: number, done: (error: AMQPError | null) => void): (error: AMQPError | null) => void {
  let left = calls;
  if (left === 0) done(null);
  return (error) => {
    if (left === 0) return;
    left = error === null ? left - 1 : 0;
    if (left === 0) done(error);
  };
}
