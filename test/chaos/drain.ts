import { connect } from 'amqplib';

/** Reads what is left in a queue with a client that shares nothing with pikaloop. */
export async function drain(url: string, queue: string, take: (body: Uint8Array) => void): Promise<void> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) return;
      take(message.content);
    }
  } finally {
    await connection.close();
  }
}
