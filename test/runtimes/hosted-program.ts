import { connect as netConnect } from 'node:net';
import { type ConnectOptions, connect, LibuvHost, type PromiseConnection } from '../../adapters/index.ts';
import { duplexPair } from '../support/duplex-pair.ts';

/** The ways in which a connection can live on the loop of the runtime that runs this; each is tried in turn. */
const WAYS: Record<string, () => ConnectOptions> = {
  sockets: () => ({}),
  open: () => ({
    host: new LibuvHost({ open: (to) => ('path' in to ? netConnect(to.path) : netConnect(to.port, to.host)) }),
  }),
  duplex: () => ({ host: new LibuvHost({ duplex: piped() }) }),
  worker: () => ({ keepAlive: 'worker' }),
};

const [url = '', way = '', then = ''] = process.argv.slice(2);
const { port } = new URL(url);

// it ends by itself: a closed connection leaves nothing behind, nor does an idle one that was told so
process.on('exit', () => console.log('ended'));
if (then === 'leave') (await open()).ioloop.unref();
else await live();

function open(): Promise<PromiseConnection> {
  return connect(url, { timeout: 20_000, ...WAYS[way]?.() });
}

async function live(): Promise<void> {
  const connection = await open();
  const channel = await connection.channel({ confirm: true });
  const { queue } = await channel.queueDeclare({ exclusive: true });
  const bodies = Array.from({ length: 100 }, (_, i) => Buffer.alloc(1 + i * 1000, `message ${i}`));
  await Promise.all(bodies.map((body) => channel.basicPublish('', queue, body)));
  let left = bodies.length;
  for await (const message of channel.consume({ queue })) {
    const expected = bodies[bodies.length - left];
    if (expected === undefined || Buffer.compare(message.body, expected) !== 0)
      throw new Error(`message ${left} differs`);
    message.ack();
    left--;
    if (left === 0) break;
  }
  await connection.close();
  console.log('closed');
}

/** A stream that is no socket. */
function piped(): ReturnType<typeof duplexPair>[0] {
  const [ours, theirs] = duplexPair();
  const socket = netConnect(Number(port), '127.0.0.1');
  theirs.pipe(socket).pipe(theirs);
  return ours;
}
