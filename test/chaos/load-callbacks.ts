import {
  type Channel,
  type Confirmation,
  DeliveryMode,
  SelectConnection,
  type UnknownOutcome,
  URLParameters,
} from '../../adapters/index.ts';
import { CONSUMERS, Load, PREFETCH, PUBLISHERS, RECOVERY, TICK } from './load.ts';

/** Publishes and consumes in callback style until SIGTERM; `run.ts` starts it. */
const load = new Load();
const { url, queue, resend } = load.options;
const parameters = new URLParameters(url);
parameters.recovery = { ...RECOVERY, resend };
const publishers: Publisher[] = [];
let consuming = 0;
let ends = false;

const connection: SelectConnection = new SelectConnection(parameters, {
  onOpen: () => void connection.channel(declare),
  onOpenError: (_connection, error) => load.thrown('onOpenError', error),
  onClose: (_connection, error) => {
    if (!ends) load.thrown('closed', error);
  },
});
for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed'] as const) {
  connection.on(name, () => load.event(name));
}
const { ioloop } = connection;
ioloop.addSignal('SIGTERM', () => {
  load.stopping = true;
});
/** What a callback throws comes out here, and the loop can go on. */
function run(): void {
  for (;;) {
    try {
      ioloop.start();
      return;
    } catch (error) {
      if (connection.isClosed) throw error;
      load.error(error);
    }
  }
}

function declare(channel: Channel<SelectConnection>): void {
  channel.queueDeclare({ queue, durable: true }, () => {
    new Publisher(channel, 0).open();
    for (let i = 1; i < PUBLISHERS; i++) connection.channel((each) => new Publisher(each, i).open());
    for (let i = 0; i < CONSUMERS; i++) connection.channel(consume);
  });
}

function consume(channel: Channel<SelectConnection>): void {
  const onMessage: Parameters<typeof channel.basicConsume>[1] = (_channel, method, _properties, body) => {
    load.handled(channel.channelNumber, method.deliveryTag, method.redelivered, body);
    try {
      channel.basicAck(method.deliveryTag);
    } catch (error) {
      load.error(error);
    }
  };
  channel.basicQos({ prefetchCount: PREFETCH }, () => channel.basicConsume({ queue }, onMessage, opened));
}

function opened(): void {
  consuming++;
  if (consuming < CONSUMERS + PUBLISHERS) return;
  load.event('open');
  tick();
}

function tick(): void {
  for (const publisher of publishers) publisher.publishSome();
  load.flush();
  if (!load.stopping || !load.isQuiet) ioloop.callLater(TICK, tick);
  else {
    ends = true;
    connection.close();
  }
}

/** One channel in confirm mode, and the messages that wait for their verdict there. */
class Publisher {
  readonly #channel: Channel<SelectConnection>;
  readonly #number: number;
  readonly #waiting = new Map<number, string>();

  constructor(channel: Channel<SelectConnection>, number: number) {
    this.#channel = channel;
    this.#number = number;
  }

  open(): void {
    publishers.push(this);
    this.#channel.addOnReturnCallback((_channel, method) => load.event(`returned ${method.replyText}`));
    this.#channel.confirmDelivery((verdict) => this.#settle(verdict), opened);
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

  #settle(verdict: Confirmation | UnknownOutcome): void {
    const last = Number(verdict.deliveryTag);
    for (const [number, id] of this.#waiting) {
      if (number > last) break;
      if (number < last && !verdict.multiple) continue;
      this.#waiting.delete(number);
      if (verdict.name === 'unknown') load.refused(id, verdict.error);
      else load.settled(id, verdict.name === 'basic.ack' ? 'confirmed' : 'nacked');
    }
  }
}

run();
process.once('beforeExit', () => load.ended());
