// Serves a queue, or asks it: npm run build && node build/examples/promise-rpc.js serve | ask NUMBER…
import { connect, RequestFailed, UnroutableError } from 'pikaloop';

const [role = 'ask', ...numbers] = process.argv.slice(2);
await using connection = await connect(process.env.AMQP_URL || 'amqp://localhost/%2F', {
  onError: (error) => console.error(`onError: ${error.message}`),
});

async function serve(): Promise<void> {
  const channel = await connection.channel();
  await channel.queueDeclare({ queue: 'square roots', autoDelete: true });
  const server = await connection.serve('square roots', async ({ body }) => {
    const number = Number(new TextDecoder().decode(body));
    if (!(number >= 0)) throw new RangeError(`${number} has no square root`); // the asker gets it as RequestFailed
    return `${Math.sqrt(number)}`;
  });
  console.log('serving, SIGTERM or Ctrl-C ends it');
  await new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  await server.close(); // answers what it has taken
  console.log('no more answers');
}

async function ask(number: string): Promise<string> {
  try {
    const answer = await connection.request('square roots', number, { timeout: 5_000 });
    return new TextDecoder().decode(answer.body);
  } catch (error) {
    if (error instanceof RequestFailed) return error.reason;
    if (error instanceof UnroutableError) return 'nobody serves it';
    throw error;
  }
}

if (role === 'serve') await serve();
else {
  const answers = await Promise.all(numbers.map(ask)); // all under way at once, on one channel
  for (const [i, answer] of answers.entries()) console.log(`${numbers[i]}: ${answer}`);
}
