import { describeBroker } from '../support/describe-broker.ts';
import { consumingRows } from './promise-rows/consuming-rows.ts';
import { declaringRows } from './promise-rows/declaring-rows.ts';
import { fetchingRows } from './promise-rows/fetching-rows.ts';
import { loopRows } from './promise-rows/loop-rows.ts';
import { openingRows } from './promise-rows/opening-rows.ts';
import { publishingRows } from './promise-rows/publishing-rows.ts';
import { requestRows } from './promise-rows/request-rows.ts';

describeBroker('promises', (broker) => {
  describe('connect()', () => openingRows(broker));
  describe('a channel and what it declares', () => declaringRows(broker));
  describe('basicPublish()', () => publishingRows(broker));
  describe('basicGet(), basicConsume() and acknowledgements', () => fetchingRows(broker));
  describe('consume()', () => consumingRows(broker));
  describe('its loop, and what is under way', () => loopRows(broker));
  describe('request() and serve()', () => requestRows(broker));
});
