import { SelectConnection } from '../../adapters/index.ts';
import { IOLoop } from '../../ioloop/index.ts';
import { describeConformance } from '../adapters/conformance.ts';
import { describeBroker } from '../support/describe-broker.ts';

describeBroker('SelectConnection', (broker) => {
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
