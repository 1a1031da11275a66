import { Worker } from 'node:worker_threads';
import type { BlockingChannel, BlockingConnection } from '../../adapters/index.ts';
import { Received } from './received.ts';
import { Script, say, usedHeap } from './script.ts';

/** Consumes in every way that there is, one after the other, with threads beside it; `run.ts` starts it and disturbs it. */
const [url = '', queue = ''] = process.argv.slice(2);
const script = new Script(url);
const received = new Received();
const calling = new Worker(new URL('./calling-thread.js', import.meta.url));
calling.unref();
let passing: Worker | null = null;
let passingWaits = false;
let channel: BlockingChannel;
let messages = 0;
let handed = 0;
let step = 0;
let told = 0;

const WAYS: readonly ((connection: BlockingConnection) => void)[] = [
  (connection) => {
    channel.basicConsume({ queue }, (_channel, method, _properties, body) => take(method.deliveryTag, body));
    const timer = connection.callLater(STEP, () => channel.stopConsuming());
    try {
      channel.startConsuming();
    } finally {
      connection.removeTimeout(timer);
    }
  },
  () => {
    const end = performance.now() + STEP;
    for (const { method, body } of channel.consume({ queue, inactivityTimeout: 100 })) {
      if (method !== null) take(method.deliveryTag, body);
      if (performance.now() > end || script.stopping) break;
    }
    channel.cancel();
  },
  (connection) => {
    channel.basicConsume({ queue }, (_channel, method, _properties, body) => take(method.deliveryTag, body));
    for (let i = 0; i < 10 && !script.stopping; i++) connection.processDataEvents(STEP / 10);
    channel.stopConsuming();
  },
  (connection) => {
    const end = performance.now() + STEP;
    while (performance.now() < end && !script.stopping) {
      const message = channel.basicGet({ queue });
      if (message === null) connection.sleep(20);
      else take(message.method.deliveryTag, message.body);
    }
  },
  // Ctrl-C in here leaves the next call
  () => {
    for (const end = performance.now() + STEP / 2; performance.now() < end; );
  },
];

script.run(
  (connection) => {
    connection.expose('work', () => handed++);
    const handle = connection.handle();
    calling.postMessage(handle, [handle.port]);
    channel = connection.channel();
    channel.basicQos({ prefetchCount: 50 });
    channel.queueDeclare({ queue, durable: true });
  },
  (connection) => {
    // what an interrupt has left of the step before
    channel.stopConsuming();
    if (step % PASSING_STEPS === 0) replacePassing();
    report();
    WAYS[step++ % WAYS.length]?.(connection);
  },
);

function take(deliveryTag: number | bigint, body: Uint8Array): void {
  messages++;
  received.add(Number.parseInt(Buffer.from(body).toString('latin1'), 10));
  channel.basicAck(deliveryTag);
}

/** Not one that is still loading its modules: the host does not close files that it reads for a thread that is terminated. */
function replacePassing(): void {
  if (passing !== null && !passingWaits) return;
  void passing?.terminate();
  passingWaits = false;
  const started = new Worker(new URL('./passing-thread.js', import.meta.url), { workerData: { url } });
  passing = started;
  started.unref();
  started.once('message', () => {
    passingWaits = true;
  });
  // it may be the broker that ends it
  started.on('error', () => {
    if (passing === started) passing = null;
  });
}

function report(): void {
  if (performance.now() - told < 1000) return;
  told = performance.now();
  const { interrupts, connections } = script;
  say({ heap: usedHeap(), messages, upTo: received.upTo, handed, interrupts, connections });
}

process.on('exit', () => void passing?.terminate());

/** Milliseconds. */
const STEP = 1000;
const PASSING_STEPS = 4;
