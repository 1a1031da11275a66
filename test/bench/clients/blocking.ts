/** Blocking calls on one poller, as a script writes them: `blocking.js POLLER URL`. */
import { type BlockingChannel, BlockingConnection } from '../../../adapters/index.ts';
import { type Round, serveRounds } from '../rounds-on-demand.ts';
import { ECHO_QUEUE } from '../session.ts';
import { BODY, PREFETCH, QUEUE, WINDOW } from '../workload.ts';

const [poller = '', url = ''] = process.argv.slice(2);
process.env.PIKALOOP_POLLER = poller;
const connection = new BlockingConnection(`${url}?heartbeat=0`);
const plain = connection.channel();
const confirming = connection.channel();
confirming.confirmDelivery();
const windowed = connection.channel();
windowed.confirmDelivery({ window: WINDOW });
const acking = connection.channel();
acking.basicQos({ prefetchCount: PREFETCH });
const echoing = connection.channel();
const echoQueue = `${ECHO_QUEUE}.${poller}.${process.pid}.${Date.now()}`;
echoing.queueDeclare({ queue: echoQueue, exclusive: true, autoDelete: true });
// A generator starts to consume at its first step; the second one goes on with the first one's consumer.
echoing.consume({ queue: echoQueue, autoAck: true, inactivityTimeout: 0 }).next();
const echoes = echoing.consume({ queue: echoQueue, autoAck: true });

serveRounds(
  {
    rpc: timed(() => plain.queueDeclare({ queue: QUEUE, passive: true })),
    roundtrip: timed(() => {
      echoing.basicPublish('', echoQueue, BODY);
      echoes.next();
    }),
    publish(count, done) {
      for (let i = 0; i < count; i++) plain.basicPublish('', QUEUE, BODY);
      plain.queueDeclare({ queue: QUEUE, passive: true }); // the server has taken all
      done();
    },
    'confirm-each': timed(() => confirming.basicPublish('', QUEUE, BODY)),
    'confirm-window'(count, done) {
      for (let i = 0; i < count; i++) windowed.basicPublish('', QUEUE, BODY);
      windowed.waitForConfirms();
      done();
    },
    consume(count, done) {
      consumeAll(plain, { queue: `bench.${count}`, autoAck: true }, count, () => {});
      done();
    },
    generator(count, done) {
      let left = count;
      for (const _ of plain.consume({ queue: `bench.${count}`, autoAck: true })) if (--left === 0) break;
      plain.cancel();
      done();
    },
    acks(count, done) {
      consumeAll(acking, { queue: `bench.${count}` }, count, (tag) => acking.basicAck(tag));
      done();
    },
  },
  `on the ${connection.ioloop.poller.name} poller`,
);

function consumeAll(
  channel: BlockingChannel,
  fields: { queue: string; autoAck?: boolean },
  count: number,
  settle: (deliveryTag: number | bigint) => void,
): void {
  let left = count;
  channel.basicConsume(fields, (_channel, method) => {
    settle(method.deliveryTag);
    if (--left === 0) channel.stopConsuming();
  });
  channel.startConsuming();
}

/** A case whose single latencies are of interest. */
function timed(once: () => void): Round {
  return (count, done) => {
    const times = new Float64Array(count);
    let asked = performance.now();
    for (let i = 0; i < count; i++) {
      once();
      const answered = performance.now();
      times[i] = answered - asked;
      asked = answered;
    }
    done(times);
  };
}
