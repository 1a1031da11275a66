// Sends ten messages to queue `hello`, each confirmed: npm run build && node build/examples/hello-select-publish.js
import { type Channel, ConnectionParameters, SelectConnection, URLParameters } from 'pikaloop';

const COUNT = 10;
const { AMQP_URL } = process.env;
const parameters = AMQP_URL ? new URLParameters(AMQP_URL) : new ConnectionParameters();

const connection = new SelectConnection(parameters, onConnected);
connection.ioloop.start(); // returns when the connection has closed

function onConnected(): void {
  connection.channel(onChannelOpen);
}

function onChannelOpen(channel: Channel): void {
  channel.queueDeclare({ queue: 'hello', durable: true }, () => {
    channel.confirmDelivery(
      ({ name, deliveryTag, multiple }) => {
        console.log(`${name === 'basic.ack' ? 'confirmed' : 'refused'} ${multiple ? 'up to ' : ''}${deliveryTag}`);
        if (Number(deliveryTag) === COUNT) connection.close();
      },
      () => {
        for (let i = 1; i <= COUNT; i++) {
          channel.basicPublish('', 'hello', `hello ${i}`, { deliveryMode: 2 });
        }
        console.log(`published ${COUNT} messages`);
      },
    );
  });
}
