import { describeConformance } from '../adapters/conformance.ts';
import { hosted } from '../adapters/hosted-adapter.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { LIBUV, WRITTEN_HOST } from '../support/host-streams.ts';

describeBroker('ExternalLoopConnection', (broker) => {
  for (const kind of [LIBUV, WRITTEN_HOST]) {
    describe(`on a host [${kind.name}]`, () => describeConformance(hosted(kind), broker));
  }
});
