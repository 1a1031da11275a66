import { mistakeRows } from '../adapters/blocking/mistake-rows.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describeBroker('Mistakes in blocking calls', (broker) => describeOnPollers(() => mistakeRows(broker)));
