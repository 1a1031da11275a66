import {
  type BlockingChannel,
  BlockingConnection,
  type ConnectionFields,
  type QueueDeclareFields,
} from '../../../adapters/index.ts';
import { Courier } from '../../support/courier.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy, type ProxyRule } from '../../support/frame-proxy.ts';
import { parametersOf } from '../adapter-under-test.ts';

/** What the blocking suites open in a test, and what is closed after it. Nothing here waits for ever. */
export class Session {
  readonly broker: Broker;
  readonly #connections: BlockingConnection[] = [];
  readonly #proxies: FrameProxy[] = [];
  readonly #couriers: Courier[] = [];

  /** Made in a suite, before its tests. */
  constructor(broker: Broker) {
    this.broker = broker;
    afterEach('close what the test opened', () => this.#close());
  }

  connect(fields: ConnectionFields = {}): BlockingConnection {
    const connection = new BlockingConnection(parametersOf(this.broker, { rpcTimeout: LIMIT, ...fields }));
    this.#connections.push(connection);
    return connection;
  }

  /** The first channel of a connection of its own. */
  channel(fields: ConnectionFields = {}): BlockingChannel {
    return this.connect(fields).channel();
  }

  /** A queue that lives as long as the channel's connection; its name. */
  queue(channel: BlockingChannel, fields: QueueDeclareFields = {}): string {
    return channel.queueDeclare({ queue: this.broker.unique('queue'), exclusive: true, ...fields }).queue;
  }

  /** A connection that leads through a proxy. */
  proxied(fields: ConnectionFields = {}, ...rules: readonly ProxyRule[]): [BlockingConnection, FrameProxy] {
    const proxy = this.proxy(...rules);
    return [this.connect({ host: '127.0.0.1', port: proxy.port, ...fields }), proxy];
  }

  proxy(...rules: readonly ProxyRule[]): FrameProxy {
    const proxy = new FrameProxy(this.broker, ...rules);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Another thread that calls what a connection, or its loop, exposes. */
  courier(exposer: Pick<BlockingConnection, 'handle'>): Courier {
    const courier = new Courier(exposer.handle());
    this.#couriers.push(courier);
    return courier;
  }

  async #close(): Promise<void> {
    for (const courier of this.#couriers.splice(0)) await courier.end();
    for (const proxy of this.#proxies) proxy.follow();
    for (const connection of this.#connections.splice(0)) if (connection.isOpen) connection.close();
    for (const proxy of this.#proxies.splice(0)) proxy.close();
  }
}

/** Milliseconds that a single wait of a test may take: far more than it needs, far less than a run may hang. */
export const LIMIT = 8000;

/** Ten times what "quick" stands for, in milliseconds. */
export const QUICK = 2500;

/** Runs what waits until something ends it. @throws when nothing does within `LIMIT` */
export function within<R>(connection: BlockingConnection, wait: () => R): R {
  const guard = connection.callLater(LIMIT, () => {
    throw new Error(`nothing has ended the wait for ${LIMIT} ms`);
  });
  try {
    return wait();
  } finally {
    connection.removeTimeout(guard);
  }
}

/** Dispatches until that is so. */
export function until(connection: BlockingConnection, met: () => boolean): void {
  const end = performance.now() + LIMIT;
  while (!met()) {
    if (performance.now() > end) throw new Error(`it has not come about within ${LIMIT} ms`);
    connection.processDataEvents(100);
  }
}

/** What the queue had to send to this channel's consumers has arrived when this returns; nothing is dispatched. */
export function settle(channel: BlockingChannel, queue: string): void {
  // the first answer overtakes what the queue sent before it; the second comes after that
  for (let i = 0; i < 2; i++) channel.queueDeclare({ queue, passive: true });
}

/** How many messages of a queue wait for a consumer. */
export function countOf(channel: BlockingChannel, queue: string): number {
  return channel.queueDeclare({ queue, passive: true }).messageCount;
}

/** How long it takes, in milliseconds. */
export function durationOf(act: () => void): number {
  const begin = performance.now();
  act();
  return performance.now() - begin;
}
