import { describeBroker } from '../support/describe-broker.ts';
import { consumingRows } from './promise-rows/consuming-rows.ts';
import { requestRows } from './promise-rows/request-rows.ts';

describeBroker('PromiseChannel', (broker) => {
  describe('consume()', () => consumingRows(broker));
});

describeBroker('PromiseConnection', (broker) => {
  describe('request() and serve()', () => requestRows(broker));
});
