import { confirmingRows } from '../adapters/blocking/confirming-rows.ts';
import { consumingRows } from '../adapters/blocking/consuming-rows.ts';
import { fetchingRows } from '../adapters/blocking/fetching-rows.ts';
import { generatorRows } from '../adapters/blocking/generator-rows.ts';
import { topologyRows } from '../adapters/blocking/topology-rows.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describeBroker('BlockingChannel', (broker) => {
  describeOnPollers(() => {
    describe('its life and what it declares', () => topologyRows(broker));
    describe('fetching and transactions', () => fetchingRows(broker));
    describe('confirms and returns', () => confirmingRows(broker));
    describe('consumers', () => consumingRows(broker));
    describe('consume() and basicGet()', () => generatorRows(broker));
  });
});
