// Does the jobs of a queue, one after the other, until Ctrl-C: npm run build && node build/examples/blocking-worker.js
import { BlockingConnection, KeyboardInterrupt } from 'pikaloop';

using connection = new BlockingConnection(process.env.AMQP_URL || 'amqp://localhost/%2F');
const channel = connection.channel();
channel.queueDeclare({ queue: 'jobs', durable: true });
channel.basicQos({ prefetchCount: 10 }); // so many may wait here, the others stay with the broker

let done = 0;
channel.basicConsume({ queue: 'jobs' }, (_channel, method, _properties, body) => {
  work(`${body}`);
  channel.basicAck(method.deliveryTag);
  done++;
});

console.log('waiting for jobs, Ctrl-C ends it');
try {
  channel.startConsuming(); // runs the handler above, and returns when there is no consumer any more
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
}
console.log(`${done} jobs done; what is not acknowledged goes back to the queue`);

function work(job: string): void {
  console.log(job);
  connection.sleep(20); // heartbeats go on in here, as they do while a job computes
}
