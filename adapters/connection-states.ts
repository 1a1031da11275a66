import type { ConnectionState } from '../amqp/index.ts';
import type { ConnectStage } from './errors.ts';

/** The numbers that pika gives to the states of a connection. */
export const STATES: Readonly<Record<ConnectionState, number>> = {
  closed: 0,
  init: 1,
  protocol: 2,
  start: 3,
  tune: 4,
  open: 5,
  closing: 6,
};

/** What a connection that is opening waits for. */
export const STAGES: Readonly<Partial<Record<ConnectionState, ConnectStage>>> = { start: 'start', tune: 'open' };
