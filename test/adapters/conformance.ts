import type { Broker } from '../support/describe-broker.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';
import { channelRows } from './conformance-channels.ts';
import { loopRows } from './conformance-loop.ts';
import { openingRows } from './conformance-opening.ts';

/** What every connection in callback style does, over a real broker: the rows A1 to A40. */
export function describeConformance(adapter: AdapterUnderTest, broker: Broker): void {
  describe(adapter.name, () => {
    openingRows(adapter, broker);
    channelRows(adapter, broker);
    loopRows(adapter, broker);
  });
}
