import { type AMQPError, BASIC_QOS, type BasicConsume } from '../amqp/index.ts';
import { integer, unknownField, wrongType } from './field-checks.ts';
import { PromiseConsumer } from './promise-consumer.ts';
import type { PromiseCore } from './promise-session.ts';
import type { ReadingBrake } from './reading-brake.ts';
import type { TurnCount } from './turn-count.ts';
import { checkLimits } from './waiting.ts';

/** What `consume()` takes beside its fields. */
export interface ConsumeOptions {
  /** Ends the loop with its reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Messages that may be unacknowledged, 0 to 65535; 0: any number. By default what was set for the channel, else 100.
   * It does not hold with `autoAck`.
   */
  readonly prefetch?: number | undefined;
}

/** The consumers of one channel whose messages go to loops, and the prefetch that they begin with. */
export class Consuming {
  readonly #session: PromiseCore;
  readonly #brake: ReadingBrake;
  readonly #turns: TurnCount;
  readonly #consumers = new Map<string, PromiseConsumer>();
  /** What the program has set for consumers that begin from here on, or for the channel; null: nothing. */
  #wanted: number | null = null;
  /** What holds for the next consumer. */
  #inForce = 0;

  /** @param brake - of the connection, as `turns` is */
  constructor(session: PromiseCore, brake: ReadingBrake, turns: TurnCount) {
    this.#session = session;
    this.#brake = brake;
    this.#turns = turns;
    session.onClosed((error) => this.#closed(error));
    session.onAway(() => this.#away());
  }

  /** The program asks for a prefetch by itself. @param global - for the channel, not for the consumers that begin */
  prefetchAsked(count: number, global: boolean): void {
    this.#wanted = count;
    if (!global) this.#inForce = count;
  }

  /** @param fields - by the protocol's names. @throws {TypeError | RangeError} for options that are none */
  consume(fields: BasicConsume, options?: ConsumeOptions): PromiseConsumer {
    const { signal, prefetch } = checkConsumeOptions(options);
    const count = prefetch ?? this.#wanted ?? DEFAULT_PREFETCH;
    let forget = (): void => undefined;
    return new PromiseConsumer(this.#session, fields, {
      signal,
      unbounded: fields.noAck === true || count === 0,
      brake: this.#brake,
      turns: this.#turns,
      begin: (consumer) => {
        // what was set for the whole channel holds without being asked for again
        if (fields.noAck !== true && (prefetch !== undefined || this.#wanted === null)) this.#limit(count);
        forget = this.#begun(consumer);
      },
      end: () => forget(),
    });
  }

  /** A consumer was cancelled by its tag: if it is that of a loop, the loop ends. */
  ended(consumerTag: string): void {
    void this.#consumers.get(consumerTag)?.stop();
  }

  #begun(consumer: PromiseConsumer): () => void {
    const { consumerTag } = consumer;
    if (this.#consumers.has(consumerTag)) return () => undefined; // the machine refuses it
    this.#consumers.set(consumerTag, consumer);
    const unlisten = this.#session.onCancelled(consumerTag, () => consumer.cancelled());
    const unclose = this.#session.addClosable(consumer);
    return () => {
      unlisten();
      unclose();
      this.#consumers.delete(consumerTag);
    };
  }

  #closed(error: AMQPError): void {
    for (const consumer of [...this.#consumers.values()]) consumer.closed(error);
  }

  #away(): void {
    // basic.qos may have been under way
    this.#inForce = UNKNOWN;
    for (const consumer of [...this.#consumers.values()]) consumer.away();
  }

  /** For the consumers that begin after this, unless it holds already. */
  #limit(prefetchCount: number): void {
    if (prefetchCount === this.#inForce) return;
    this.#session.machine.call(BASIC_QOS, { prefetchSize: 0, prefetchCount, global: false }, null);
    this.#inForce = prefetchCount;
  }
}

/** Enough to keep a consumer busy over any network, and few enough to be kept in memory. */
const DEFAULT_PREFETCH = 100;

/** No number of messages. */
const UNKNOWN = -1;

function checkConsumeOptions(options: unknown): ConsumeOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) return wrongType('options', 'an object', options);
  for (const name in options) if (!OPTIONS.includes(name)) unknownField(name, 'options', OPTIONS);
  const { signal, prefetch } = options as ConsumeOptions;
  checkLimits({ signal });
  if (prefetch !== undefined) checkPrefetch(prefetch, 'prefetch');
  return { signal, prefetch };
}

const OPTIONS = ['signal', 'prefetch'];
const checkPrefetch = integer(0, 0xffff);
