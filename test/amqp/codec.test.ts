import { expect } from 'chai';
import {
  BASIC_CONSUME,
  BASIC_DELIVER,
  BASIC_NACK,
  BASIC_QOS,
  CHANNEL_FLOW,
  CONNECTION_OPEN,
  CONNECTION_START_OK,
  decodeMethod,
  EXCHANGE_DECLARE,
  encodeMethod,
  FieldError,
  METHODS,
  ProtocolSyntaxError,
  QUEUE_DECLARE,
  QUEUE_DECLARE_OK,
  Reader,
  TX_SELECT,
  UnexpectedFrameError,
  Writer,
} from '../../amqp/index.ts';
import { CLASSES } from '../../amqp/spec.ts';
import { randomTable } from '../support/field-values.ts';
import { Random } from '../support/random.ts';

const IDS = Object.keys(METHODS).map(Number);

describe('the codec of methods', () => {
  it('knows every method of the specification by its class and method numbers', () => {
    const named = CLASSES.flatMap(({ name, methods }) => methods.map((m) => `${name}.${/[a-z-]+/.exec(m)?.[0]}`));
    expect(IDS.map((id) => METHODS[id]?.name)).to.have.members(named);
    for (const id of IDS) {
      const info = METHODS[id];
      expect(info?.classId).to.equal(id >>> 16);
      expect(info?.methodId).to.equal(id & 0xffff);
    }
  });

  for (const id of IDS) {
    it(`gives back what it wrote for ${METHODS[id]?.name}`, () => {
      for (let seed = 0; seed < 50; seed++) {
        const fields = randomFields(id, new Random(seed));
        expect(roundTrip(id, fields), `seed ${seed}`).to.deep.equal(fields);
      }
    });
  }

  it('writes queue.declare byte for byte as the specification lays it out', () => {
    const fields = { queue: 'q', durable: true, autoDelete: true, arguments: { a: 1 } };
    expect(hex(encode(7, QUEUE_DECLARE, fields))).to.equal(
      '01 0007 00000014 0032 000a 0000 01 71 0a 00000007 01 61 49 00000001 ce'.replaceAll(' ', ''),
    );
  });

  it('packs neighbouring bits into one octet, first bit lowest', () => {
    const bits = (id: number, fields: object, at: number): number | undefined => encode(1, id, fields).at(at);
    expect(bits(BASIC_CONSUME, { noLocal: true, nowait: true }, 15)).to.equal(0b1001);
    expect(bits(BASIC_NACK, { deliveryTag: 1 }, 19)).to.equal(0b10);
    expect(bits(BASIC_NACK, { deliveryTag: 1, multiple: true, requeue: false }, 19)).to.equal(0b01);
    expect(bits(CHANNEL_FLOW, { active: true }, 11)).to.equal(1);
  });

  it('gives absent, undefined and null fields their defaults', () => {
    const defaults = {
      exchange: 'e',
      type: 'direct',
      passive: false,
      durable: false,
      autoDelete: false,
      internal: false,
      nowait: false,
      arguments: {},
    };
    expect(roundTrip(EXCHANGE_DECLARE, { exchange: 'e' })).to.deep.equal(defaults);
    const fields = { exchange: 'e', type: undefined, durable: undefined, arguments: null };
    expect(roundTrip(EXCHANGE_DECLARE, fields)).to.deep.equal(defaults);
    expect(roundTrip(CONNECTION_OPEN, {})).to.deep.equal({ virtualHost: '/' });
  });

  it('takes a text where bytes are due, as UTF-8', () => {
    const fields = roundTrip(CONNECTION_START_OK, { response: '\0gäst\0' });
    expect(fields).to.have.deep.property('response', new TextEncoder().encode('\0gäst\0'));
  });

  it('refuses a missing, wrong or unencodable field with an error that names it, and writes nothing', () => {
    const refused: [number, object, string, string][] = [
      [CHANNEL_FLOW, {}, 'ARG_TYPE', 'active'],
      [BASIC_DELIVER, { deliveryTag: 1 }, 'ARG_TYPE', 'consumerTag'],
      [BASIC_QOS, { prefetchCount: Number.NaN }, 'ARG_RANGE', 'prefetchCount'],
      [BASIC_QOS, { prefetchCount: 65_536 }, 'ARG_RANGE', 'prefetchCount'],
      [BASIC_QOS, { prefetchCount: 1.5 }, 'ARG_RANGE', 'prefetchCount'],
      [BASIC_QOS, { prefetchCount: 5n }, 'ARG_TYPE', 'prefetchCount'],
      [BASIC_QOS, { prefetchCount: Symbol('5') }, 'ARG_TYPE', 'prefetchCount'],
      [BASIC_QOS, { prefetchCount: [5] }, 'ARG_TYPE', 'prefetchCount'],
      [BASIC_QOS, { prefetchSize: -1 }, 'ARG_RANGE', 'prefetchSize'],
      [BASIC_QOS, { prefetchSize: 5n }, 'ARG_TYPE', 'prefetchSize'],
      [BASIC_QOS, { prefetchCount: '5' }, 'ARG_TYPE', 'prefetchCount'],
      [BASIC_NACK, { deliveryTag: -1 }, 'ARG_RANGE', 'deliveryTag'],
      [BASIC_NACK, { deliveryTag: 2 ** 53 }, 'ARG_RANGE', 'deliveryTag'],
      [BASIC_NACK, { deliveryTag: 2n ** 64n }, 'ARG_RANGE', 'deliveryTag'],
      [BASIC_NACK, { deliveryTag: '1' }, 'ARG_TYPE', 'deliveryTag'],
      [QUEUE_DECLARE, { queue: 'q'.repeat(256) }, 'TOO_LONG', 'queue'],
      [QUEUE_DECLARE, { queue: 'ä'.repeat(128) }, 'TOO_LONG', 'queue'],
      [QUEUE_DECLARE, { queue: '\ud800' }, 'UNENCODABLE', 'queue'],
      [QUEUE_DECLARE, { durable: 1 }, 'ARG_TYPE', 'durable'],
      [QUEUE_DECLARE, { arguments: [] }, 'ARG_TYPE', 'arguments'],
      [QUEUE_DECLARE, { arguments: { call: () => 1 } }, 'UNENCODABLE', 'arguments.call'],
      [CONNECTION_START_OK, { response: 5 }, 'ARG_TYPE', 'response'],
    ];
    for (const [id, fields, code, field] of refused) {
      const w = new Writer();
      expect(() => encodeMethod(w, 1, id, fields), `${METHODS[id]?.name} ${field}`)
        .to.throw(/./)
        .and.include({ code, field });
      expect(w.size).to.equal(0);
      encodeMethod(w, 1, TX_SELECT, {});
      expect(hex(w.take()[0])).to.equal('010001000000040 05a000ace'.replace(' ', ''));
    }
  });

  it('refuses a channel number that is none', () => {
    for (const channel of [-1, 65_536, 0.5, Number.NaN]) {
      expect(() => encode(channel, TX_SELECT, {})).to.throw(RangeError, 'channelNumber');
    }
  });

  it('takes names of exactly 255 bytes', () => {
    for (const queue of ['q'.repeat(255), `${'ä'.repeat(127)}a`]) {
      expect(roundTrip(QUEUE_DECLARE_OK, { queue, messageCount: 0, consumerCount: 0 })).to.include({ queue });
    }
  });

  it('does without reserved fields at the end, and ignores what trails behind the fields', () => {
    const open = Uint8Array.of(1, 0x76);
    expect(decodeMethod(new Reader().reset(open), CONNECTION_OPEN)).to.deep.equal({ virtualHost: 'v' });
    const payload = Uint8Array.of(0, 10, 0, 11, 1, 2, 3);
    expect(decodeMethod(new Reader().reset(payload, 4), TX_SELECT)).to.deep.equal({});
  });

  it('answers an unknown method with an UnexpectedFrameError of code 503, both ways', () => {
    for (const id of [0, 0x0032_0063, 0x001e_000a, -1]) {
      expect(() => decodeMethod(new Reader(), id))
        .to.throw(UnexpectedFrameError)
        .and.include({ replyCode: 503 });
      expect(() => encodeMethod(new Writer(), 1, id, {})).to.throw(UnexpectedFrameError);
    }
  });

  it('answers fields that are cut anywhere with a FieldError of code 502', () => {
    for (const id of IDS) {
      const frame = encode(1, id, randomFields(id, new Random(id)));
      for (let end = 11; end < frame.length - 1 - reservedAtEnd(id); end++) {
        const cut = new Reader().reset(frame, 11, end);
        expect(() => decodeMethod(cut, id), `${METHODS[id]?.name} ${end}`)
          .to.throw(FieldError)
          .and.include({ replyCode: 502 });
      }
    }
  });

  it('answers arbitrary bytes with fields or a ProtocolSyntaxError, nothing else', () => {
    const random = new Random(4);
    for (let round = 0; round < 10_000; round++) {
      const id = random.pick(IDS);
      const frame = encode(1, id, randomFields(id, random));
      for (let edits = random.below(4); edits >= 0; edits--) frame[11 + random.below(frame.length)] = random.below(256);
      try {
        expect(decodeMethod(new Reader().reset(frame, 11), id)).to.be.an('object');
      } catch (error) {
        expect(error, `round ${round}: ${hex(frame)}`).to.be.instanceOf(ProtocolSyntaxError);
      }
    }
  });
});

function encode(channel: number, id: number, fields: object): Uint8Array {
  const w = new Writer();
  encodeMethod(w, channel, id, fields);
  return w.take()[0]?.slice() ?? new Uint8Array(0);
}

function roundTrip(id: number, fields: object): object {
  const frame = encode(1, id, fields);
  const r = new Reader().reset(frame, 7, frame.length - 1);
  expect(r.long()).to.equal(id);
  const decoded = decodeMethod(r, id);
  expect(r.remaining).to.equal(reservedAtEnd(id));
  return decoded;
}

/** Bytes of the reserved fields that a method ends with. */
function reservedAtEnd(id: number): number {
  const sizes: Partial<Record<string, number>> = {
    'connection.open': 2,
    'channel.open': 1,
    'channel.open-ok': 4,
    'basic.get-empty': 1,
  };
  return sizes[METHODS[id]?.name ?? ''] ?? 0;
}

/** Arguments of the right types, by the line of the specification. */
function randomFields(id: number, random: Random): Record<string, unknown> {
  const [owner, name] = METHODS[id]?.name.split('.') ?? [];
  const line = CLASSES.find((c) => c.name === owner)?.methods.find((m) => / \*?([a-z-]+)/.exec(m)?.[1] === name);
  const fields = /\((.*)\)/.exec(line ?? '')?.[1]?.split(' ') ?? [];
  const named = fields.map((f) => /^([a-zA-Z]+).*:([a-z]+)$/.exec(f)).filter((match) => match !== null);
  return Object.fromEntries(named.map(([, field = '', type = '']) => [field, randomField(type, random)]));
}

function randomField(type: string, random: Random): unknown {
  switch (type) {
    case 'bit':
      return random.boolean();
    case 'octet':
      return random.below(0x100);
    case 'short':
      return random.below(0x1_0000);
    case 'long':
      return random.next();
    case 'longlong': {
      const value = random.bigint();
      return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
    }
    case 'longstr':
      return random.bytes(random.below(300));
    case 'longtext':
      return random.text(random.below(300));
    case 'table':
      return randomTable(random, 3);
    default:
      return random.text(random.below(60));
  }
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
