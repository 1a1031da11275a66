// An HTTP service that answers once the broker has the order: npm run build && node build/examples/http-service.js [PORT]
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type AMQPError, connect, NackError, UnroutableError } from 'pikaloop';

const connection = await connect(process.env.AMQP_URL || 'amqp://localhost/%2F', {
  onError: (error) => console.error(error.message),
});
const channel = await connection.channel({ confirm: true });
await channel.queueDeclare({ queue: 'orders', durable: true });

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const order = await text(request);
  if (!server.listening) response.setHeader('connection', 'close'); // it stops: nobody is to ask again
  try {
    // many requests publish at a time; each waits for the broker's word on its own message
    const properties = { deliveryMode: 2, contentType: request.headers['content-type'] ?? null };
    await channel.basicPublish('', 'orders', order, properties, { mandatory: true });
    response.writeHead(202).end('accepted\n');
  } catch (error) {
    const refused = error instanceof NackError || error instanceof UnroutableError;
    response.writeHead(refused ? 507 : 503).end(`${(error as AMQPError).message}\n`);
  }
}

const server = createServer((request, response) => {
  if (request.method === 'POST') void take(request, response);
  else response.writeHead(405).end('POST an order\n');
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
await once(server, 'listening');
const address = server.address();
console.log(`taking orders at port ${typeof address === 'object' ? address?.port : address}`);

const stop = new Promise<string>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve(signal));
});
const reason = await Promise.race([stop, connection.closed]);
const finished = once(server, 'close'); // no new connections; those under way are answered
server.close();
server.closeIdleConnections();
await finished;
await connection.close(); // settles what is published
console.log('closed in order');
if (typeof reason !== 'string') throw reason; // a supervisor starts it again
