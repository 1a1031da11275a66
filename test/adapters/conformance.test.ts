import { SelectConnection } from '../../adapters/index.ts';
import { IOLoop } from '../../ioloop/index.ts';
import { startBackgroundBroker } from '../kit/index.ts';
import type { Broker } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';
import { describeConformance } from './conformance.ts';

describe('On the broker in memory', () => {
  const { url, port, stop } = startBackgroundBroker();
  let names = 0;
  const broker: Broker = { url, port, host: '127.0.0.1', unique: (purpose) => `${purpose} ${++names}` };
  after(stop);

  describeOnPollers(() => {
    describeConformance(
      {
        name: 'SelectConnection',
        Connection: SelectConnection,
        blocks: true,
        makeLoop: () => new IOLoop({ makeCurrent: false, onError: 'throw' }),
        run: async (loop) => loop.start(),
      },
      broker,
    );
  });
});
