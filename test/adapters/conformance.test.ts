import { SelectConnection } from '../../adapters/index.ts';
import { IOLoop } from '../../ioloop/index.ts';
import { describeMemoryBroker } from '../support/describe-memory-broker.ts';
import { LIBUV, WRITTEN_HOST } from '../support/host-streams.ts';
import { describeOnPollers, KINDS_OF_POLLERS } from '../support/real-pollers.ts';
import { describeConformance } from './conformance.ts';
import { hosted } from './hosted-adapter.ts';

describeMemoryBroker('On the broker in memory', (broker) => {
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
  }, KINDS_OF_POLLERS);

  for (const kind of [LIBUV, WRITTEN_HOST]) {
    describe(`on a host [${kind.name}]`, () => describeConformance(hosted(kind), broker));
  }
});
