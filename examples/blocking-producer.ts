// Sends jobs and waits until the broker has them all: npm run build && node build/examples/blocking-producer.js [COUNT]
import { BlockingConnection, KeyboardInterrupt } from 'pikaloop';

const count = Number(process.argv[2] ?? 1_000);
const connection = new BlockingConnection(process.env.AMQP_URL || 'amqp://localhost/%2F');
try {
  const channel = connection.channel();
  channel.queueDeclare({ queue: 'jobs', durable: true });
  channel.confirmDelivery({ window: 100 }); // basicPublish waits only when so many are unconfirmed

  console.log('sending, Ctrl-C ends it');
  let sent = 0;
  try {
    while (sent < count) {
      channel.basicPublish('', 'jobs', `job ${sent + 1}`, { deliveryMode: 2 }, { mandatory: true });
      sent++;
    }
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    console.log('no more of them');
  }
  channel.waitForConfirms(); // throws what the broker refused, with the messages in the error
  console.log(`the broker has ${sent} jobs`);
} finally {
  if (connection.isOpen) connection.close(); // `using connection = …` does the same
}
