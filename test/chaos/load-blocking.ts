import { type BlockingChannel, BlockingConnection, DeliveryMode, URLParameters } from '../../adapters/index.ts';
import { PublishUnknownError } from '../../amqp/index.ts';
import { CONSUMERS, Load, PREFETCH, PUBLISHERS, RECOVERY, TICK, WINDOW } from './load.ts';

/** One channel that publishes in a window, and the messages that wait for their verdict there. */
class Publisher {
  readonly #channel: BlockingChannel;
  readonly #number: number;
  readonly #waiting = new Map<number, string>();

  constructor(channel: BlockingChannel, number: number) {
    this.#channel = channel;
    this.#number = number;
    channel.confirmDelivery({ window: WINDOW });
  }

  publishSome(): void {
    for (let room = load.room(this.#number); room > 0; room--) {
      const { id, body } = load.called(this.#number);
      const properties = { deliveryMode: DeliveryMode.Persistent };
      try {
        const number = this.#channel.basicPublish('', queue, body, properties, { mandatory: true });
        this.#waiting.set(Number(number), id);
      } catch (error) {
        load.refused(id, error);
      }
    }
  }

  /** Waits for all verdicts. */
  settle(): void {
    for (;;) {
      try {
        this.#channel.waitForConfirms();
        break;
      } catch (error) {
        if (!(error instanceof PublishUnknownError)) throw error;
        for (const tag of error.tags) this.#refused(Number(tag), error);
      }
    }
    for (const id of this.#waiting.values()) load.settled(id, 'confirmed');
    this.#waiting.clear();
  }

  #refused(number: number, error: Error): void {
    const id = this.#waiting.get(number);
    if (id !== undefined) load.refused(id, error);
    this.#waiting.delete(number);
  }
}

/** Publishes and consumes in blocking style until SIGTERM; `run.ts` starts it. */
const load = new Load();
const { url, queue, resend } = load.options;
const parameters = new URLParameters(url);
parameters.recovery = { ...RECOVERY, resend };
const connection = new BlockingConnection(parameters);
for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed'] as const) {
  connection.on(name, () => load.event(name));
}
connection.ioloop.addSignal('SIGTERM', () => {
  load.stopping = true;
});
connection.channel().queueDeclare({ queue, durable: true });
const publishers = Array.from({ length: PUBLISHERS }, (_, number) => new Publisher(connection.channel(), number));
for (let i = 0; i < CONSUMERS; i++) consume(connection.channel());
load.event('open');
while (!load.stopping || !load.isQuiet) {
  for (const publisher of publishers) publisher.publishSome();
  for (const publisher of publishers) publisher.settle();
  connection.sleep(TICK);
  load.flush();
}
connection.close();
process.once('beforeExit', () => load.ended());

function consume(channel: BlockingChannel): void {
  channel.basicQos({ prefetchCount: PREFETCH });
  channel.basicConsume({ queue }, (_channel, method, _properties, body) => {
    load.handled(channel.channelNumber, method.deliveryTag, method.redelivered, body);
    try {
      channel.basicAck(method.deliveryTag);
    } catch (error) {
      load.error(error); // of a connection that is lost by now
    }
  });
}
