import { expect } from 'chai';
import { type ChannelState, type ConnectionState, UnexpectedFrameError } from '../../amqp/index.ts';
import { type ChannelEvent, type ConnectionEvent, nextChannelState, nextConnectionState } from '../../amqp/states.ts';

const CONNECTION: Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>> = {
  init: { header: 'protocol', end: 'closed' },
  protocol: { start: 'start', end: 'closed' },
  start: { tune: 'tune', end: 'closed' },
  tune: { openOk: 'open', end: 'closed' },
  open: { close: 'closing', end: 'closed' },
  closing: { closeOk: 'closing', end: 'closed' },
  closed: {},
};
const CHANNEL: Record<ChannelState, Partial<Record<ChannelEvent, ChannelState>>> = {
  opening: { openOk: 'open', close: 'closing', end: 'closed' },
  open: { close: 'closing', end: 'closed' },
  closing: { openOk: 'closing', end: 'closed' },
  closed: {},
};

/** Walks every cell of a table, the empty ones too. */
function walk<S extends string, E extends string>(
  table: Record<S, Partial<Record<E, S>>>,
  events: readonly E[],
  next: (state: S, event: E) => S,
): void {
  for (const [state, row] of Object.entries(table) as [S, Partial<Record<E, S>>][]) {
    for (const event of events) {
      const legal = row[event];
      if (legal !== undefined) expect(next(state, event), `${state} × ${event}`).to.equal(legal);
      else expect(() => next(state, event), `${state} × ${event}`).to.throw(UnexpectedFrameError, state);
    }
  }
}

describe('the states', () => {
  it('of a connection follow from its events, and from no others', () => {
    walk(CONNECTION, ['header', 'start', 'tune', 'openOk', 'close', 'closeOk', 'end'], nextConnectionState);
  });

  it('of a channel follow from its events, and from no others', () => {
    walk(CHANNEL, ['openOk', 'close', 'end'], nextChannelState);
  });
});
