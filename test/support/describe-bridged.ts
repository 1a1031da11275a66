import { WebSocketBridge } from '../../adapters/index.ts';
import type { Chromium } from './chromium.ts';
import { type Broker, describeBroker } from './describe-broker.ts';
import { describeChromium } from './describe-chromium.ts';

/** The way from the tests' pages to the broker; can be read from tests. */
export interface BridgedBroker extends Broker {
  /** What a page connects to: `ws://127.0.0.1:34567/`. */
  readonly webSocket: string;
  readonly bridge: WebSocketBridge;
}

/**
 * Declares a suite for pages in Chromium that reach the real RabbitMQ through a bridge of their own, which lets nobody else in.
 * @param declare - gives the broker: `describeMemoryBroker` where no real one is needed
 */
export function describeBridged(
  title: string,
  suite: (chromium: Chromium, broker: BridgedBroker) => void,
  declare: (title: string, suite: (broker: Broker) => void) => void = describeBroker,
): void {
  declare(title, (broker) => {
    describeChromium(title, (chromium) => {
      let bridge: WebSocketBridge;
      let webSocket = '';
      before('start the bridge', async () => {
        const targets = { broker: { host: broker.host, port: broker.port } };
        // what it refuses is told to the page, where a test looks for it
        const logger = { warn: () => undefined, error: console.error };
        bridge = new WebSocketBridge({ targets, port: 0, origins: [chromium.origin], logger });
        ({ url: webSocket } = await bridge.listen());
      });
      after('close the bridge', () => bridge?.close());
      const { unique } = broker;
      suite(chromium, {
        unique,
        host: broker.host,
        // known once the broker has started
        get url() {
          return broker.url;
        },
        get port() {
          return broker.port;
        },
        get webSocket() {
          return webSocket;
        },
        get bridge() {
          return bridge;
        },
      });
    });
  });
}
