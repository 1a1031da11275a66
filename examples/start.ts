// Publishes and consumes through a loop that it starts, until Ctrl-C or N messages: npm start -- --count N
import { parseArgs } from 'node:util';
import {
  type Channel,
  ConnectionClosedByClient,
  KeyboardInterrupt,
  PeriodicCallback,
  SelectConnection,
} from 'pikaloop';
import { startBackgroundBroker } from 'pikaloop/testing';
import { StartView } from './start-view.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: 'Infinity' } } });
const count = Number(values.count);
if (!(count >= 1)) {
  console.error('usage: npm start -- --count N    N messages, from 1 on; without it until Ctrl-C');
  process.exit(2);
}
const WINDOW = 1_000; // messages on their way at a time
const { AMQP_URL } = process.env;
const view = new StartView();
let published = 0;
let consumed = 0;

const connection = new SelectConnection(AMQP_URL || startBackgroundBroker().url, {
  onOpen() {
    view.connected(connection, !AMQP_URL);
    connection.channel(onChannelOpen);
    new PeriodicCallback(() => view.tick(), view.interval, { loop: connection.ioloop }).start();
  },
  onOpenError: (_connection, error) => {
    view.failed(error);
    process.exitCode = 1;
  },
  onClose(_connection, error) {
    view.closed(error);
    process.exitCode = error instanceof ConnectionClosedByClient ? 0 : 1;
  },
});
try {
  connection.ioloop.start();
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  view.interrupted();
  connection.close();
  connection.ioloop.start();
}
view.summary();

function onChannelOpen(channel: Channel): void {
  channel.queueDeclare({ exclusive: true }, ({ queue }) => {
    channel.basicConsume({ queue }, (_channel, method, _properties, body) => {
      view.consumed(body);
      channel.basicAck(method.deliveryTag);
      if (++consumed === count) connection.close();
      else publish(channel, queue);
    });
    publish(channel, queue);
  });
}

function publish(channel: Channel, queue: string): void {
  for (; published < count && published - consumed < WINDOW; published++) {
    const body = `message ${published + 1}`;
    channel.basicPublish('', queue, body);
    view.published(body);
  }
}
