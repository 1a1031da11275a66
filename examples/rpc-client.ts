// Asks rpc-server for Fibonacci numbers: npm run build && node build/examples/rpc-client.js [N…]
import { randomUUID } from 'node:crypto';
import { BlockingConnection, KeyboardInterrupt, UnroutableError } from 'pikaloop';

using connection = new BlockingConnection(process.env.AMQP_URL || 'amqp://localhost/%2F');
const channel = connection.channel();
const { queue: replyTo } = channel.queueDeclare({ exclusive: true }); // for the answers; goes when we go
channel.confirmDelivery(); // basicPublish throws when there is no such queue to ask

console.log('asking, Ctrl-C ends it');
try {
  const questions = process.argv.length > 2 ? process.argv.slice(2) : ['10', '30', '90'];
  for (const n of questions) console.log(`fibonacci(${n}) is ${ask('fibonacci', n)}`);
} catch (error) {
  if (error instanceof KeyboardInterrupt) console.error('never mind');
  else if (error instanceof UnroutableError) console.error('nobody has ever served this queue: start rpc-server');
  else throw error;
  process.exitCode = 1;
}

/** @param timeout - ms */
function ask(queue: string, question: string, timeout = 5_000): string {
  const correlationId = randomUUID();
  const message = { replyTo, correlationId, expiration: `${timeout}` }; // no answer is wanted later than that
  channel.basicPublish('', queue, question, message, { mandatory: true });
  for (const answer of channel.consume({ queue: replyTo, autoAck: true, inactivityTimeout: timeout })) {
    if (answer.method === null) break;
    if (answer.properties.correlationId === correlationId) return `${answer.body}`;
  }
  throw new Error(`no answer within ${timeout} ms`);
}
