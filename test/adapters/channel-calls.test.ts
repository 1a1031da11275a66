import { expect } from 'chai';
import { CALLS } from '../../adapters/channel-calls.ts';
import { Channel, type ChannelMethods, ExchangeType, ShortStringTooLong } from '../../adapters/index.ts';
import {
  CHANNEL_FLOW_OK,
  EXCHANGE_DECLARE_OK,
  encodeMethodFrame as encode,
  METHODS,
  QUEUE_BIND_OK,
  QUEUE_DECLARE_OK,
  QUEUE_DELETE_OK,
  QUEUE_PURGE_OK,
} from '../../amqp/index.ts';
import { caught, expectFault } from './caught.ts';
import { ChannelPeer } from './channel-peer.ts';

interface Row {
  /** What the caller gives, and what must be on the wire. */
  readonly given: object;
  readonly wire: object;
  readonly required?: readonly string[];
}

const TABLE = { 'x-a': 1 };
const ROWS: Readonly<Record<keyof ChannelMethods, Row>> = {
  exchangeDeclare: {
    given: {
      exchange: 'e',
      exchangeType: ExchangeType.topic,
      durable: true,
      autoDelete: true,
      internal: true,
      passive: true,
      arguments: TABLE,
    },
    wire: {
      exchange: 'e',
      type: 'topic',
      durable: true,
      autoDelete: true,
      internal: true,
      passive: true,
      nowait: false,
      arguments: TABLE,
    },
    required: ['exchange'],
  },
  exchangeDelete: { given: { exchange: 'e', ifUnused: true }, wire: { exchange: 'e', ifUnused: true, nowait: false } },
  exchangeBind: {
    given: { destination: 'd', source: 's', routingKey: 'k', arguments: TABLE },
    wire: { destination: 'd', source: 's', routingKey: 'k', nowait: false, arguments: TABLE },
    required: ['destination', 'source'],
  },
  exchangeUnbind: {
    given: { destination: 'd', source: 's', routingKey: 'k', arguments: TABLE },
    wire: { destination: 'd', source: 's', routingKey: 'k', nowait: false, arguments: TABLE },
  },
  queueDeclare: {
    given: { queue: 'q', passive: true, durable: true, exclusive: true, autoDelete: true, arguments: TABLE },
    wire: {
      queue: 'q',
      passive: true,
      durable: true,
      exclusive: true,
      autoDelete: true,
      nowait: false,
      arguments: TABLE,
    },
  },
  queueBind: {
    given: { queue: 'q', exchange: 'e', routingKey: 'k', arguments: TABLE },
    wire: { queue: 'q', exchange: 'e', routingKey: 'k', nowait: false, arguments: TABLE },
    required: ['queue', 'exchange'],
  },
  queueUnbind: {
    given: { queue: 'q', exchange: 'e', routingKey: 'k', arguments: TABLE },
    wire: { queue: 'q', exchange: 'e', routingKey: 'k', arguments: TABLE },
    required: ['queue'],
  },
  queuePurge: { given: { queue: 'q' }, wire: { queue: 'q', nowait: false }, required: ['queue'] },
  queueDelete: {
    given: { queue: 'q', ifUnused: true, ifEmpty: true },
    wire: { queue: 'q', ifUnused: true, ifEmpty: true, nowait: false },
    required: ['queue'],
  },
  basicQos: {
    given: { prefetchSize: 1, prefetchCount: 2, globalQos: true },
    wire: { prefetchSize: 1, prefetchCount: 2, global: true },
  },
  basicRecover: { given: { requeue: true }, wire: { requeue: true } },
  flow: { given: { active: true }, wire: { active: true }, required: ['active'] },
  txSelect: { given: {}, wire: {} },
  txCommit: { given: {}, wire: {} },
  txRollback: { given: {}, wire: {} },
};
const NAMES = Object.keys(ROWS) as (keyof ChannelMethods)[];

function call(channel: object, name: string, ...args: unknown[]): unknown {
  return Reflect.get(channel, name).apply(channel, args);
}

describe('calls of a callback-style channel', () => {
  it('are all of the table, as ordinary methods that can be replaced', () => {
    expect(NAMES).to.have.members(Object.keys(CALLS));
    const channel = new ChannelPeer().open();
    for (const name of NAMES) {
      const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(channel), name);
      expect(descriptor, name).to.include({ writable: true, configurable: true });
      expect(descriptor?.value).to.have.property('name', name);
    }
  });

  for (const name of NAMES) {
    const { given, wire, required = [] } = ROWS[name];
    const takesFields = Object.keys(CALLS[name].fields).length > 0;

    it(`${name} sends its fields by the protocol's names`, () => {
      const host = new ChannelPeer();
      const channel = host.open();
      call(channel, name, ...(takesFields ? [given] : []));
      const [seen] = host.sent();
      expect(seen?.name).to.equal(METHODS[CALLS[name].id]?.name);
      expect(seen?.channel).to.equal(channel.channelNumber);
      expect(JSON.parse(JSON.stringify(seen?.fields))).to.deep.equal(wire);
    });

    if (takesFields) {
      it(`${name} refuses wrong and unknown fields before it looks at the state`, () => {
        const host = new ChannelPeer();
        const channel = host.open();
        host.peer.machine.lost(null, 0);
        expect(channel.isClosed).to.equal(true);
        host.sent();
        expectFault(() => call(channel, name, { ...given, nope: 1 }), TypeError, 'ARG_UNKNOWN_FIELD', 'nope');
        for (const field of Object.keys(given)) {
          const wrong = typeof Reflect.get(given, field) === 'number' ? '1' : 5;
          expectFault(() => call(channel, name, { ...given, [field]: wrong }), TypeError, 'ARG_TYPE', field);
        }
        for (const field of required) {
          expectFault(() => call(channel, name, { ...given, [field]: undefined }), TypeError, 'ARG_TYPE', field);
        }
        for (const fields of [null, 'q', () => undefined, []]) {
          expectFault(() => call(channel, name, fields), TypeError, 'ARG_TYPE', 'fields');
        }
        expect(host.sent()).to.deep.equal([]);
      });
    }

    it(`${name} refuses a callback that is no function`, () => {
      const channel = new ChannelPeer().open();
      const args = takesFields ? [given] : [];
      expectFault(() => call(channel, name, ...args, 'x'), TypeError, 'ARG_TYPE', 'callback');
    });

    it(`${name} throws ChannelWrongStateError while the channel is opening, and once it is closing or closed`, () => {
      const host = new ChannelPeer();
      const args = takesFields ? [given] : [];
      const opening = new Channel(host, null, null);
      expect(caught(() => call(opening, name, ...args)).name).to.equal('ChannelWrongStateError');
      const channel = host.open();
      channel.close();
      expect(caught(() => call(channel, name, ...args)).name).to.equal('ChannelWrongStateError');
      host.machine.lost(null, 0);
      expect(caught(() => call(channel, name, ...args)).name).to.match(/WrongStateError$/);
    });

    if ('nowait' in wire) {
      it(`${name} sends nowait only when asked to, and refuses a callback with it`, () => {
        const host = new ChannelPeer();
        const channel = host.open();
        call(channel, name, { ...given, nowait: true });
        expect(host.sent().map(({ fields }) => fields.nowait)).to.deep.equal([true]);
        expectFault(
          () => call(channel, name, { ...given, nowait: true }, () => undefined),
          TypeError,
          'ARG_TYPE',
          'nowait',
        );
        expect(host.sent()).to.deep.equal([]);
      });
    }
  }

  it('give the reply as its fields, and nothing where it has none', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    const replies: unknown[][] = [];
    const keep = (...args: unknown[]): void => void replies.push(args);
    channel.queueDeclare({ queue: 'q' }, keep);
    channel.exchangeDeclare({ exchange: 'e' }, keep);
    channel.queuePurge({ queue: 'q' }, keep);
    channel.queueDelete({ queue: 'q' }, keep);
    channel.flow({ active: true }, keep);
    const answer = (id: number, fields: object): void => host.peer.method(channel.channelNumber, id, fields);
    answer(QUEUE_DECLARE_OK, { queue: 'q', messageCount: 1, consumerCount: 2 });
    answer(EXCHANGE_DECLARE_OK, {});
    answer(QUEUE_PURGE_OK, { messageCount: 3 });
    answer(QUEUE_DELETE_OK, { messageCount: 4 });
    answer(CHANNEL_FLOW_OK, { active: true });
    expect(replies).to.deep.equal([
      [{ queue: 'q', messageCount: 1, consumerCount: 2 }],
      [],
      [{ messageCount: 3 }],
      [{ messageCount: 4 }],
      [{ active: true }],
    ]);
  });

  it('go out one at a time, and the next leaves before the callback of the one before it runs', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    const sentBefore: string[][] = [];
    channel.queueDeclare({ queue: 'a' }, () => sentBefore.push(host.sent().map(({ name }) => name)));
    channel.queueBind({ queue: 'a', exchange: 'e' }, () => sentBefore.push(host.sent().map(({ name }) => name)));
    expect(host.sent().map(({ name }) => name)).to.deep.equal(['queue.declare']);
    host.peer.machine.receive(frame(channel.channelNumber, QUEUE_DECLARE_OK), 0);
    host.peer.method(channel.channelNumber, QUEUE_BIND_OK, {});
    expect(sentBefore).to.deep.equal([['queue.bind'], []]);
  });

  it('bind and unbind with the name of the queue where no routing key is given', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    channel.queueBind({ queue: 'q', exchange: 'e' });
    channel.queueUnbind({ queue: 'q', exchange: 'e', routingKey: '' });
    host.peer.method(channel.channelNumber, QUEUE_BIND_OK, {});
    expect(host.peer.seen.map(({ fields }) => fields.routingKey)).to.deep.equal(['q', '']);
  });

  it('take undefined for a field that was not given, and null for arguments', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    channel.queueDeclare({ queue: undefined, arguments: null });
    expect(host.sent()[0]?.fields).to.include({ queue: '', durable: false });
    expectFault(() => channel.queueDeclare({ queue: null as never }), TypeError, 'ARG_TYPE', 'queue');
  });

  it('refuse a name of more than 255 bytes with ShortStringTooLong', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    for (const queue of ['x'.repeat(256), '€'.repeat(86)]) {
      const error = caught(() => channel.queueDeclare({ queue }));
      expect(error).to.be.instanceOf(ShortStringTooLong).and.instanceOf(RangeError);
      expect(error).to.include({ code: 'TOO_LONG', field: 'queue' });
    }
    expect(host.sent()).to.deep.equal([]);
    channel.queueDeclare({ queue: '€'.repeat(85) });
    expect(host.sent()).to.have.length(1);
  });

  it('refuse numbers that are negative, no integers, or too large', () => {
    const channel = new ChannelPeer().open();
    for (const [field, values] of [
      ['prefetchCount', [-1, 1.5, 65_536, Number.NaN]],
      ['prefetchSize', [-1, 0.5, 2 ** 32]],
    ] as const) {
      for (const value of values)
        expectFault(() => channel.basicQos({ [field]: value }), RangeError, 'ARG_RANGE', field);
    }
  });

  it('refuse arguments that no table can carry before a byte leaves, and the channel stays usable', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    const bad = { 'x-a': Symbol('s') } as never;
    expect(caught(() => channel.queueDeclare({ arguments: bad })).code).to.equal('UNENCODABLE');
    expect(host.sent()).to.deep.equal([]);
    channel.queueDeclare({ queue: 'q' });
    expect(host.sent()).to.have.length(1);
  });

  it('do not call back when a close overtakes the reply', () => {
    const host = new ChannelPeer();
    const channel = host.open();
    const called: string[] = [];
    channel.addOnCloseCallback(() => called.push('closed'));
    channel.queueDeclare({ queue: 'q' }, () => called.push('reply'));
    host.peer.machine.lost(null, 0);
    expect(called).to.deep.equal(['closed']);
  });
});

function frame(channel: number, id: number): Uint8Array {
  return encode(channel, id, { queue: 'a', messageCount: 0, consumerCount: 0 });
}
