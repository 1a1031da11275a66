// Prints the messages of queue `hello` until Ctrl-C: npm run build && node build/examples/hello-select-consume.js
import { type Channel, ConnectionParameters, KeyboardInterrupt, SelectConnection, URLParameters } from 'pikaloop';

const { AMQP_URL } = process.env;
const parameters = AMQP_URL ? new URLParameters(AMQP_URL) : new ConnectionParameters();

const connection = new SelectConnection(parameters, onConnected);
try {
  connection.ioloop.start(); // holds this thread; everything below is called from inside
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  console.log('closing');
  connection.close();
  connection.ioloop.start(); // until fully closed; stops on its own
}
console.log('closed');

function onConnected(): void {
  connection.channel(onChannelOpen);
}

function onChannelOpen(channel: Channel): void {
  channel.queueDeclare({ queue: 'hello', durable: true }, () => {
    channel.basicQos({ prefetchCount: 100 });
    channel.basicConsume({ queue: 'hello' }, (_channel, method, _properties, body) => {
      console.log(`${body}`);
      channel.basicAck(method.deliveryTag);
    });
    console.log('waiting for messages, Ctrl-C ends it');
  });
}
