import { cannotRun } from './cannot-run.ts';
import { whyMissing } from './find-program.ts';
import { findRabbitPrograms, RABBITMQ } from './find-rabbitmq.ts';
import { RabbitNode } from './rabbitmq.ts';

/** The real broker of this run; its fields can be read from `before` hooks and tests. */
export interface Broker {
  /** Guest of the virtual host '/', with the port that was free when the node started, or `AMQP_URL`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** A name that no other test or run uses. */
  unique(purpose: string): string;
}

/**
 * Declares a suite that needs a real RabbitMQ: a private node, shared by the whole run and started by the first such
 * suite, or the one of `AMQP_URL`. Without either it shows as pending with the reason, and fails where CI is set.
 */
export function describeBroker(title: string, suite: (broker: Broker) => void): void {
  describe(`${title} [RabbitMQ]`, () => {
    if (process.env.AMQP_URL) return suite(given(process.env.AMQP_URL));
    const missing = whyMissing(RABBITMQ);
    if (missing !== null) return cannotRun(missing);
    before('start RabbitMQ', startNode);
    suite(privateBroker);
  });
}

/** The same for a suite that also commands the node: alarms, users, ends of connections, stops and starts. */
export function describeNode(title: string, suite: (node: RabbitNode, broker: Broker) => void): void {
  describe(`${title} [RabbitMQ node]`, () => {
    if (process.env.AMQP_URL) return void it('cannot run here: the broker of AMQP_URL is not ours to command');
    const missing = whyMissing(RABBITMQ);
    if (missing !== null) return cannotRun(missing);
    before('start RabbitMQ', startNode);
    suite(sharedNode(), privateBroker);
  });
}

/** Ends the node of this run, if one was started. */
export async function disposeNode(): Promise<void> {
  await node?.dispose();
  node = null;
}

const START_LIMIT = 150_000; // ms, a little more than the node itself takes before it tells why

let node: RabbitNode | null = null;
let names = 0;

function sharedNode(): RabbitNode {
  const programs = findRabbitPrograms();
  if (programs === null) throw new Error('RabbitMQ was there when the suites were declared, and is gone');
  node ??= new RabbitNode(programs);
  return node;
}

async function startNode(this: Mocha.Context): Promise<void> {
  this.timeout(START_LIMIT);
  if (!sharedNode().running) await sharedNode().start();
}

function unique(purpose: string): string {
  return `pikaloop.${process.pid}.${Date.now().toString(36)}.${++names}.${purpose}`;
}

const privateBroker: Broker = {
  unique,
  get url() {
    return sharedNode().url;
  },
  host: '127.0.0.1',
  get port() {
    return sharedNode().ports.amqp;
  },
};

function given(url: string): Broker {
  const { protocol, hostname, port } = new URL(url);
  return { url, unique, host: hostname, port: Number(port) || (protocol === 'amqps:' ? 5671 : 5672) };
}
