/** The server of the benchmarks, a process of its own: prints its port, serves until its standard input ends. */
import { type AddressInfo, createServer } from 'node:net';
import { Session } from './session.ts';

const server = createServer({ noDelay: true }, (socket) => {
  const session = new Session(socket);
  socket.on('data', (bytes) => session.receive(bytes));
  // A client that is killed in the middle of a round resets its connection; the runner reports that client.
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.on('end', () => process.exit()).resume();
