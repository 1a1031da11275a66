import { expect } from 'chai';
import type { LoopServices } from '../../ioloop/poller.ts';
import type { StreamMemory } from '../../ioloop/ring.ts';
import { type RingHost, RingTransport } from '../../ioloop/transports/ring.ts';

describe('RingTransport', () => {
  const PIECE = new Uint8Array(32_768);

  it('asks to wait for a drain only when bytes are left for which the I/O thread will ring', () => {
    const { transport } = open(4 * 2 ** 20);
    for (let i = 0; i < 64; i++) expect(transport.write(PIECE)).to.equal(true);
    expect(transport.writeBufferSize).to.equal(2 * 2 ** 20);
  });

  it('calls onDrain once, when the ring has taken all that was left over', () => {
    const { transport, dispatch, read, drains } = open(65_536);
    while (transport.write(PIECE));
    expect(transport.writeBufferSize).to.be.greaterThan(2 ** 20);
    while (transport.writeBufferSize > 0) {
      expect(drains()).to.equal(transport.writeBufferSize > 65_536 ? 0 : 1);
      read();
      dispatch();
    }
    expect(drains()).to.equal(1);
  });

  it('tells that it connected before the first bytes, which may be in memory before the message of it', () => {
    const { transport, dispatch, receive, told } = open(65_536);
    receive('early');
    dispatch();
    expect(told).to.deep.equal([]);
    const end = { address: '127.0.0.1', port: 1, family: 4 } as const;
    transport.connected({ local: end, remote: end });
    dispatch();
    expect(told).to.deep.equal(['connect', 'early']);
  });
});

/** A transport without an I/O thread: `read()` takes what is in the ring as that thread would. */
function open(capacity: number): {
  transport: RingTransport;
  dispatch(): void;
  read(): void;
  receive(text: string): void;
  drains(): number;
  told: string[];
} {
  let dispatch = (): void => {};
  let memory: StreamMemory | undefined;
  let drains = 0;
  const told: string[] = [];
  const services = {
    register: (fn: () => void) => {
      dispatch = fn;
      return 1;
    },
    call: (fn: (...args: unknown[]) => unknown, ...args: unknown[]) => void fn(...args),
  } as Partial<LoopServices> as LoopServices;
  const host = {
    services,
    capacity,
    open: (_transport: RingTransport, given: StreamMemory) => {
      memory = given;
      return { slot: 0, origin: 0 };
    },
    ...{ check: () => {}, nudge: () => {}, hurry: () => {}, wrote: () => {}, rest: () => {}, enqueue: () => {} },
  } as Partial<RingHost> as RingHost;
  const handlers = {
    onConnect: () => void told.push('connect'),
    onData: (bytes: Uint8Array) => void told.push(Buffer.from(bytes).toString()),
    onEof: () => false,
    onIdle() {},
    onClose() {},
    onDrain: () => drains++,
  };
  const transport = new RingTransport(host, handlers);
  transport.connect({ host: '127.0.0.1', port: 1 });
  // connect() has called open()
  const reader = memory!.txReader();
  const writer = memory!.rxWriter();
  return {
    transport,
    dispatch: () => dispatch(),
    read: () => reader.consume(reader.size),
    receive: (text) => writer.push(Buffer.from(text)),
    drains: () => drains,
    told,
  };
}
