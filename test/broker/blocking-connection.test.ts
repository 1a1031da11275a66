import { closingRows } from '../adapters/blocking/closing-rows.ts';
import { dispatchRows } from '../adapters/blocking/dispatch-rows.ts';
import { openingRows } from '../adapters/blocking/opening-rows.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describeBroker('BlockingConnection', (broker) => {
  describeOnPollers(() => {
    describe('opening', () => openingRows(broker));
    describe('closing', () => closingRows(broker));
    describe('events', () => dispatchRows(broker));
  });
});
