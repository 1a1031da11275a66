import { describeMemoryBroker } from '../../support/describe-memory-broker.ts';
import { describeOnPollers } from '../../support/real-pollers.ts';
import { deadlineRows } from './deadline-rows.ts';

describeMemoryBroker('A blocking call that nobody answers', (broker) => describeOnPollers(() => deadlineRows(broker)));
