import { expect } from 'chai';
import {
  BasicProperties,
  decodeProperties,
  encodeProperties,
  FieldError,
  PROPERTY_NAMES,
  type PropertiesIn,
  Reader,
  Writer,
} from '../../amqp/index.ts';
import { randomTable } from '../support/field-values.ts';
import { Random } from '../support/random.ts';

describe('the properties of a message', () => {
  it('are all null until set', () => {
    const properties = new BasicProperties();
    expect(Object.keys(properties)).to.deep.equal(PROPERTY_NAMES).and.have.length(14);
    for (const name of PROPERTY_NAMES) expect(properties[name]).to.equal(null);
  });

  it('come back as they were, each alone', () => {
    for (const [i, name] of PROPERTY_NAMES.entries()) {
      const properties = { [name]: valueFor(name, new Random(i)) };
      const bytes = encode(properties);
      expect(bytes[0]).to.equal((0x8000 >> i) >> 8, name);
      expect(bytes[1]).to.equal((0x8000 >> i) & 0xff, name);
      expect(decode(bytes)).to.deep.equal(Object.assign(new BasicProperties(), properties));
    }
  });

  it('come back as they were, any together', () => {
    for (let seed = 0; seed < 2_000; seed++) {
      const random = new Random(seed);
      const properties = new BasicProperties();
      for (const name of PROPERTY_NAMES) {
        if (random.boolean()) Object.assign(properties, { [name]: valueFor(name, random) });
      }
      const back = decode(encode(properties));
      expect(back, `seed ${seed}`).to.be.instanceOf(BasicProperties).and.deep.equal(properties);
    }
  });

  it('that are null or undefined are not sent', () => {
    expect(encode({ contentType: null, headers: undefined, priority: null })).to.deep.equal(Uint8Array.of(0, 0));
  });

  it('are sent though they are empty or zero', () => {
    const properties = decode(encode({ contentType: '', headers: {}, deliveryMode: 0 }));
    expect(properties).to.deep.include({ contentType: '', headers: {}, deliveryMode: 0 });
  });

  it('hold a timestamp in whole seconds, as a bigint where no Date reaches', () => {
    const there = (timestamp: Date | bigint): unknown => decode(encode({ timestamp })).timestamp;
    expect(there(new Date(1_700_000_000_999))).to.deep.equal(new Date(1_700_000_000_000));
    expect(there(2n ** 64n - 1n)).to.equal(2n ** 64n - 1n);
    expect(there(5n)).to.deep.equal(new Date(5_000));
  });

  it('are refused where the wire cannot carry them, and the error names the property', () => {
    const refused: [string, unknown, string][] = [
      ['contentType', 5, 'ARG_TYPE'],
      ['contentType', 'x'.repeat(256), 'TOO_LONG'],
      ['headers', 'x', 'ARG_TYPE'],
      ['headers', new Date(), 'ARG_TYPE'],
      ['deliveryMode', 256, 'ARG_RANGE'],
      ['deliveryMode', 2n, 'ARG_TYPE'],
      ['priority', '1', 'ARG_TYPE'],
      ['timestamp', 5, 'ARG_TYPE'],
      ['timestamp', new Date(Number.NaN), 'UNENCODABLE'],
      ['timestamp', -1n, 'ARG_RANGE'],
    ];
    for (const [field, value, code] of refused) {
      expect(() => encode({ [field]: value }), field)
        .to.throw(Error, field)
        .and.include({ code, field });
    }
  });

  it('may have words of flags that continue and say nothing', () => {
    const bytes = Uint8Array.of(0x08, 0x01, 0x00, 0x01, 0x00, 0x00, 7);
    expect(decode(bytes)).to.include({ priority: 7 });
  });

  it('do not decode with a flag that no property has, or with flags for ever', () => {
    const broken = [
      [0x00, 0x02],
      [0x00, 0x01, 0x80, 0x00],
      [0x00, 0x01, 0x00, 0x01, 0x00, 0x02],
    ];
    for (const bytes of broken) expect(() => decode(Uint8Array.from(bytes))).to.throw(FieldError, 'flagged');
    const endless = Uint8Array.from({ length: 1_048_576 }, (_, i) => i & 1);
    expect(() => decode(endless)).to.throw(FieldError);
  });

  it('that are cut anywhere give a FieldError', () => {
    const all = Object.fromEntries(PROPERTY_NAMES.map((name, i) => [name, valueFor(name, new Random(i))]));
    const bytes = encode(all);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeProperties(new Reader().reset(bytes, 0, end)), `cut at ${end}`).to.throw(FieldError);
    }
  });
});

function valueFor(name: string, random: Random): unknown {
  if (name === 'headers') return randomTable(random, 3);
  if (name === 'deliveryMode' || name === 'priority') return random.below(256);
  if (name === 'timestamp') return new Date(random.next() * 1_000);
  return random.text(random.below(60));
}

function encode(properties: PropertiesIn): Uint8Array {
  const w = new Writer();
  const frame = w.beginFrame(2, 0);
  encodeProperties(w, properties);
  w.endFrame(frame);
  return w.take()[0]?.slice(7, -1) ?? new Uint8Array(0);
}

function decode(bytes: Uint8Array): BasicProperties {
  return decodeProperties(new Reader().reset(bytes));
}
