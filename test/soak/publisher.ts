import { type BlockingChannel, DeliveryMode } from '../../adapters/index.ts';
import { Script, say, usedHeap } from './script.ts';

/** Publishes numbers, each until it is confirmed; `run.ts` starts it. */
const [url = '', queue = ''] = process.argv.slice(2);
const script = new Script(url);
const filler = '.'.repeat(1000);
let confirmed = 0;
let channel: BlockingChannel;
let told = 0;

script.run(
  (connection) => {
    channel = connection.channel();
    channel.queueDeclare({ queue, durable: true });
    channel.confirmDelivery({ window: BATCH });
  },
  (connection) => {
    for (let number = confirmed + 1; number <= confirmed + BATCH; number++) {
      channel.basicPublish('', queue, `${number} ${filler}`, { deliveryMode: DeliveryMode.Persistent });
    }
    channel.waitForConfirms();
    confirmed += BATCH;
    report();
    connection.sleep(100);
  },
);
process.on('exit', () => say({ confirmed }));

function report(): void {
  if (performance.now() - told < 1000) return;
  told = performance.now();
  say({ heap: usedHeap(), confirmed, connections: script.connections });
}

const BATCH = 20;
