import { startBackgroundBroker } from '../kit/index.ts';
import type { Broker } from './describe-broker.ts';

/** Declares a suite on the broker in memory, which answers from a thread of its own: for what needs no real one. */
export function describeMemoryBroker(title: string, suite: (broker: Broker) => void): void {
  describe(title, () => {
    const { url, port, stop } = startBackgroundBroker();
    let names = 0;
    after(stop);
    suite({ url, port, host: '127.0.0.1', unique: (purpose) => `${purpose} ${++names}` });
  });
}
