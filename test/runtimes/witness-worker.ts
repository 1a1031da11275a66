import { createServer } from 'node:net';
import { answerCalls } from '../support/called-thread.ts';

/** A thread that counts what it receives in a shared word, the moment it comes. Asked with the word, it tells its port. */
answerCalls((request) => {
  const words = request as Int32Array;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => Atomics.add(words, 0, bytes.length));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
});
