import { expect } from 'chai';
import {
  Decimal,
  FieldError,
  type FieldTable,
  type FieldValue,
  InvalidFieldTypeException,
  ProtocolSyntaxError,
  Reader,
  readTable,
  ShortStringTooLong,
  typed,
  UnsupportedAMQPFieldException,
  Writer,
  writeTable,
} from '../../amqp/index.ts';
import { randomTable } from '../support/field-values.ts';
import { Random } from '../support/random.ts';

describe('field tables', () => {
  describe('written', () => {
    const written: [string, FieldValue, string][] = [
      ['a string as S', 'é', '53 00000002 c3a9'],
      ['bytes as x', Uint8Array.of(1, 2), '78 00000002 0102'],
      ['true as t', true, '74 01'],
      ['false as t', false, '74 00'],
      ['an integer of 32 bits as I', -2, '49 fffffffe'],
      ['the least integer of 32 bits as I', -0x8000_0000, '49 80000000'],
      ['a larger integer as l', 0x8000_0000, '6c 0000000080000000'],
      ['the largest safe integer as l', Number.MAX_SAFE_INTEGER, '6c 001fffffffffffff'],
      ['the least safe integer as l', Number.MIN_SAFE_INTEGER, '6c ffe0000000000001'],
      ['a bigint as l', 5n, '6c 0000000000000005'],
      ['the least bigint as l', -(2n ** 63n), '6c 8000000000000000'],
      ['a fraction as d', 1.5, '64 3ff8000000000000'],
      ['minus zero as d', -0, '64 8000000000000000'],
      ['an integer that is not safe as d', 2 ** 53, '64 4340000000000000'],
      ['infinity as d', Infinity, '64 7ff0000000000000'],
      ['a Decimal as D', new Decimal(2, -1), '44 02 ffffffff'],
      ['a Date as T, in whole seconds', new Date(1_999), '54 0000000000000001'],
      ['null as V', null, '56'],
      ['an array as A', [1, null], '41 00000006 49 00000001 56'],
      ['an object as F', { b: true }, '46 00000004 01 62 74 01'],
    ];
    for (const [title, value, bytes] of written) {
      it(`${title}`, () => {
        expect(hex(write({ a: value }).subarray(6))).to.equal(bytes.replaceAll(' ', ''));
      });
    }

    it('null and undefined as an empty table', () => {
      expect(hex(write(null))).to.equal('00000000');
      expect(hex(write(undefined))).to.equal('00000000');
    });

    it('with own enumerable names only', () => {
      const table = Object.create({ inherited: 1 }) as FieldTable;
      expect(() => write(table)).to.throw(TypeError);
      const own = Object.defineProperty({ seen: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 });
      expect(read(write(own))).to.deep.equal({ seen: 1 });
    });
  });

  describe('with a forced type', () => {
    const forced: [ReturnType<typeof typed>, string, FieldValue][] = [
      [typed('b', -128), '62 80', -128],
      [typed('B', 255), '42 ff', 255],
      [typed('s', -2), '73 fffe', -2],
      [typed('U', -2), '55 fffe', -2],
      [typed('u', 65_535), '75 ffff', 65_535],
      [typed('I', 7), '49 00000007', 7],
      [typed('i', 0xffff_ffff), '69 ffffffff', 0xffff_ffff],
      [typed('l', 7), '6c 0000000000000007', 7],
      [typed('L', -7n), '4c fffffffffffffff9', -7],
      [typed('f', 0.5), '66 3f000000', 0.5],
      [typed('d', 2), '64 4000000000000000', 2],
      [typed('S', Uint8Array.of(0xff)), '53 00000001 ff', Uint8Array.of(0xff)],
      [typed('x', 'a'), '78 00000001 61', Uint8Array.of(0x61)],
      [typed('T', 2n ** 64n - 1n), '54 ffffffffffffffff', 2n ** 64n - 1n],
      [typed('t', true), '74 01', true],
      [typed('V', null), '56', null],
      [typed('D', new Decimal(1, 2)), '44 01 00000002', new Decimal(1, 2)],
      [typed('A', []), '41 00000000', []],
      [typed('F', {}), '46 00000000', {}],
    ];
    for (const [value, bytes, back] of forced) {
      it(`${value.type} is on the wire as that type, and comes back as its value`, () => {
        const table = write({ a: value });
        expect(hex(table.subarray(6))).to.equal(bytes.replaceAll(' ', ''));
        expect(read(table)).to.deep.equal({ a: back });
      });
    }

    it('are refused where the type cannot hold the value', () => {
      const refused = [
        typed('b', 128),
        typed('B', -1),
        typed('u', 1.5),
        typed('i', Number.NaN),
        typed('I', 2n),
        typed('l', 'x'),
        typed('l', 2n ** 63n),
        typed('f', 1n),
        typed('t', 1),
        typed('T', 5),
        typed('D', 5),
        typed('V', 0),
        typed('A', {}),
        typed('F', []),
        typed('S', 5),
      ];
      for (const value of refused) expectRefused({ key: value });
      // a caller in JavaScript can name a type that there is not
      for (const type of ['Z', 'constructor', '__proto__']) expectRefused({ key: typed(type as 'S', 5) });
    });
  });

  describe('refused when written', () => {
    it('hold what no field can carry, and the error tells where it is', () => {
      const wrong = [undefined, () => 1, Symbol('s'), new Map(), /x/, new Error('e'), new Uint16Array(1), Object(5)];
      for (const value of wrong) {
        // the types forbid it, a caller in JavaScript can do it all the same
        const table = { deep: [{ key: value as FieldValue }] };
        expect(() => write(table))
          .to.throw(UnsupportedAMQPFieldException)
          .and.include({ code: 'UNENCODABLE', field: 'arguments.deep[0].key' })
          .with.property('message')
          .that.includes('arguments.deep[0].key');
      }
      expect(() => write({ ['k'.repeat(256)]: 1 }))
        .to.throw(ShortStringTooLong)
        .with.property('message')
        .that.matches(/^arguments\.kkk.* takes more than/);
    });

    it('hold a number, date or text that the wire cannot carry', () => {
      for (const value of [2n ** 63n, -(2n ** 63n) - 1n, new Date(Number.NaN), new Date(-1), '\udc00', 'é\ud800x']) {
        expectRefused({ key: value });
      }
      expectRefused({ ['k'.repeat(256)]: 1 });
    });

    it('are deeper than 32 levels, cycles too', () => {
      expect(depthOf(read(write(nested(32))))).to.equal(32);
      expect(() => write(nested(33)))
        .to.throw(RangeError)
        .and.include({ code: 'UNENCODABLE' });
      const cycle: FieldTable = {};
      cycle.self = [cycle];
      expect(() => write(cycle)).to.throw(RangeError, '32');
    });

    it('have more than 65,536 names', () => {
      const most = Object.fromEntries(Array.from({ length: 65_536 }, (_, i) => [`k${i}`, null]));
      expect(Object.keys(read(write(most)))).to.have.length(65_536);
      expect(() => write({ ...most, more: null }))
        .to.throw(RangeError)
        .and.include({ code: 'UNENCODABLE' });
    });
  });

  describe('read', () => {
    it('have no prototype, and any name is an ordinary key', () => {
      const names = ['__proto__', 'constructor', 'toString', ''];
      const source = Object.create(null) as FieldTable;
      for (const name of names) source[name] = { polluted: true };
      const table = read(write(source));
      expect(Object.getPrototypeOf(table)).to.equal(null);
      expect(Object.keys(table)).to.deep.equal(names);
      expect(Object.getPrototypeOf(table.toString)).to.equal(null);
      expect('polluted' in {}).to.equal(false);
    });

    it('keep the last of equal names', () => {
      expect(read(unhex('0000000a 01 61 74 00 01 61 74 01 00 56'))).to.deep.equal({ a: true, '': null });
    });

    it('give 64-bit integers as numbers while those are exact, then as bigints', () => {
      const integer = (bytes: string): FieldValue | undefined => read(unhex(`0000000b 01 61 ${bytes}`)).a;
      expect(integer('6c 001fffffffffffff')).to.equal(Number.MAX_SAFE_INTEGER);
      expect(integer('6c 0020000000000000')).to.equal(2n ** 53n);
      expect(integer('6c ffe0000000000001')).to.equal(Number.MIN_SAFE_INTEGER);
      expect(integer('6c ffe0000000000000')).to.equal(-(2n ** 53n));
      expect(integer('6c 8000000000000000')).to.equal(-(2n ** 63n));
      expect(integer('6c ffffffffffffffff')).to.equal(-1);
    });

    it('give timestamps as Dates as far as those go, then as bigints of seconds', () => {
      const time = (bytes: string): FieldValue | undefined => read(unhex(`0000000b 01 61 54 ${bytes}`)).a;
      expect(time('000007dba8218000')).to.deep.equal(new Date(8.64e15));
      expect(time('000007dba8218001')).to.equal(8_640_000_000_001n);
      expect(time('ffffffffffffffff')).to.equal(2n ** 64n - 1n);
    });

    it('keep decimals of any scale', () => {
      const value = read(unhex('00000008 01 61 44 ff 7fffffff')).a;
      expect(value).to.deep.equal(new Decimal(255, 0x7fff_ffff));
    });

    it('keep a string that is not UTF-8 as bytes, and replace what is not UTF-8 in a name', () => {
      expect(read(unhex('00000009 01 61 53 00000002 ff41'))).to.deep.equal({ a: Uint8Array.of(0xff, 0x41) });
      expect(read(unhex('0000000a 01 61 53 00000003 efbfbd'))).to.deep.equal({ a: '\ufffd' });
      expect(read(unhex('00000005 03 61ff62 56'))).to.deep.equal({ 'a\ufffdb': null });
    });

    it('give bytes that share no memory with what was received', () => {
      const source = unhex('00000009 01 61 78 00000002 0102');
      const bytes = read(source).a as Uint8Array;
      source.fill(0);
      expect(bytes).to.deep.equal(Uint8Array.of(1, 2));
      expect(bytes.buffer.byteLength).to.equal(2);
    });
  });

  describe('refused when read', () => {
    it('have a type letter that nobody knows', () => {
      expect(() => read(unhex('00000003 01 61 5a')))
        .to.throw(InvalidFieldTypeException, '"Z"')
        .and.include({ kind: 'Z', offset: 6, replyCode: 502 });
    });

    const broken: [string, string][] = [
      ['a length past the end', '00000004 01 61 56'],
      ['a negative length', 'ffffffff 01 61 56'],
      ['a name past the end', '00000003 ff 61 56'],
      ['a string past the end', '00000008 01 61 53 00000002 61 ce'],
      ['a string past its table, where more bytes follow', '00000009 01 61 53 00000007 6162 01 62 74 01'],
      ['bytes of a negative length', '00000008 01 61 78 ffffffff 61'],
      ['an array past its table', '00000008 01 61 41 00000009 56'],
      ['an integer past its table, where more bytes follow', '00000004 01 61 49 00 000000'],
      ['a name without a value', '00000002 01 61'],
    ];
    for (const [title, bytes] of broken) {
      it(`have ${title}`, () => {
        const error = thrown(() => read(unhex(bytes)));
        expect(error).to.be.instanceOf(FieldError);
        expect(error).to.have.property('offset').that.is.within(0, unhex(bytes).length);
      });
    }

    it('are deeper than 32 levels, were it 200,000', () => {
      for (const [deep, opening] of [
        [33, '46'],
        [200_000, '46'],
        [33, '41'],
        [200_000, '41'],
      ] as const) {
        expect(() => read(deepTable(deep, opening)), `${deep} ${opening}`).to.throw(FieldError, 'deeper than 32');
      }
      expect(depthOf(read(deepTable(32, '46')))).to.equal(32);
    });

    it('have 100,000 names', () => {
      const names = Array.from({ length: 100_000 }, () => '0056').join('');
      expect(() => read(unhex((200_000).toString(16).padStart(8, '0') + names))).to.throw(FieldError, '65536 names');
    });
  });

  it('come back as they were, whatever they hold', () => {
    for (let seed = 0; seed < 3_000; seed++) {
      const table = randomTable(new Random(seed), 6);
      const bytes = write(table);
      const back = read(bytes);
      expect(back, `seed ${seed}`).to.deep.equal(table);
      expect(hex(write(back)), `seed ${seed}`).to.equal(hex(bytes));
    }
  });

  it('of arbitrary bytes are a table or a ProtocolSyntaxError, nothing else', () => {
    for (let seed = 0; seed < 10_000; seed++) {
      const random = new Random(seed);
      const bytes = write(randomTable(random, 4)).slice();
      for (let edits = random.below(5); edits >= 0; edits--) bytes[random.below(bytes.length)] = random.below(256);
      const error = thrown(() => read(bytes));
      if (error !== undefined) expect(error, `seed ${seed}: ${hex(bytes)}`).to.be.instanceOf(ProtocolSyntaxError);
    }
  });
});

function write(table: FieldTable | null | undefined): Uint8Array {
  const w = new Writer();
  const frame = w.beginFrame(1, 0);
  writeTable(w, table, 'arguments');
  w.endFrame(frame);
  return w.take()[0]?.slice(7, -1) ?? new Uint8Array(0);
}

function read(bytes: Uint8Array): FieldTable {
  return readTable(new Reader().reset(bytes));
}

function expectRefused(table: FieldTable): void {
  const error = thrown(() => write(table));
  expect(error).to.satisfy((e: unknown) => e instanceof TypeError || e instanceof RangeError);
  expect(error).to.have.property('code').that.is.a('string');
  expect(error).to.have.property('field').that.is.a('string');
}

function thrown(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function nested(levels: number): FieldTable {
  let value: FieldTable = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

function depthOf(table: FieldTable): number {
  return table.a === undefined ? 1 : 1 + depthOf(table.a as FieldTable);
}

/** Tables or arrays in each other whose lengths are right. */
function deepTable(levels: number, opening: '46' | '41'): Uint8Array {
  const head = opening === '46' ? '0161' : '';
  const size = head.length / 2 + 5;
  const parts = ['0161', opening];
  for (let level = levels - 2; level >= 0; level--) {
    parts.push((level * size).toString(16).padStart(8, '0'));
    if (level > 0) parts.push(head, opening);
  }
  const fields = parts.join('');
  return unhex((fields.length / 2).toString(16).padStart(8, '0') + fields);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}
