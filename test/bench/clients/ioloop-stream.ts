/** The limit of the byte streams of an IOLoop: what a bare socket does, through the I/O worker's rings. */
import { IOLoop } from '../../../ioloop/index.ts';
import { RawRounds } from '../raw-rounds.ts';
import { roundsInLoop } from '../rounds-in-loop.ts';
import { serveRounds } from '../rounds-on-demand.ts';

const loop = new IOLoop({ poller: 'worker' });
const stream = loop.transports.create({
  onConnect: () => raw.prepare(() => loop.stop()),
  onData: (bytes) => raw.received(bytes),
  onDrain: () => raw.drained(),
  onEof: () => false,
  onIdle: () => {},
  onClose: (error) => {
    throw error ?? new Error('the server of the benchmarks has closed');
  },
});
const raw = new RawRounds(stream);
stream.connect({ host: '127.0.0.1', port: Number(new URL(process.argv[2] ?? '').port) });
loop.start();
serveRounds(roundsInLoop(loop, raw.rounds));
