// Answers what rpc-client asks, until Ctrl-C: npm run build && node build/examples/rpc-server.js
import { BlockingConnection, KeyboardInterrupt } from 'pikaloop';

using connection = new BlockingConnection(process.env.AMQP_URL || 'amqp://localhost/%2F');
const channel = connection.channel();
channel.queueDeclare({ queue: 'fibonacci', durable: true });
channel.basicQos({ prefetchCount: 1 }); // a second server gets what this one has no time for

channel.basicConsume({ queue: 'fibonacci' }, (_channel, method, { replyTo, correlationId }, body) => {
  const n = Number(body);
  // a question that would keep us for ever comes back to nobody
  if (!(n <= 10_000)) return channel.basicReject(method.deliveryTag, { requeue: false });
  if (replyTo !== null) channel.basicPublish('', replyTo, `${fibonacci(n)}`, { correlationId });
  channel.basicAck(method.deliveryTag);
});

console.log('waiting for questions, Ctrl-C ends it');
try {
  channel.startConsuming();
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
}
console.log('no more answers');

function fibonacci(n: number): bigint {
  let [a, b] = [0n, 1n];
  for (let i = 0; i < n; i++) [a, b] = [b, a + b];
  return a;
}
