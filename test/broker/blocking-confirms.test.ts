import { windowRows } from '../adapters/blocking/window-rows.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describeBroker('Confirms of a BlockingChannel', (broker) => describeOnPollers(() => windowRows(broker)));
