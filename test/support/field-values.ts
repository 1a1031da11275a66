import { Decimal, type FieldTable, type FieldValue } from '../../amqp/index.ts';
import type { Random } from './random.ts';

const DOUBLES = [0.5, -0, Number.NaN, Infinity, -Infinity, 1e300, 2 ** 53, Number.MIN_VALUE, -1.25];
const INTEGERS = [0, 1, -1, 0x7fff_ffff, -0x8000_0000, 0x8000_0000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const LARGE = [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)];
const NAMES = ['', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x-queue-type', 'ключ', '0', '🐰'];

/** A value of every kind that a field of a table can hold, nested up to `depth` more levels. */
export function randomValue(random: Random, depth: number): FieldValue {
  switch (random.below(depth > 0 ? 11 : 9)) {
    case 0:
      return random.text(random.pick([0, 1, 5, 60, 200]));
    case 1:
      return random.boolean();
    case 2:
      return random.pick(INTEGERS);
    case 3:
      return random.pick(DOUBLES);
    case 4:
      return random.pick(LARGE);
    case 5:
      return new Date(random.below(4_000_000_000) * 1000);
    case 6:
      return random.bytes(random.pick([0, 1, 63, 64, 65, 300]));
    case 7:
      return new Decimal(random.below(256), random.next() | 0);
    case 8:
      return null;
    case 9:
      return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1));
    default:
      return randomTable(random, depth - 1);
  }
}

export function randomTable(random: Random, depth: number): FieldTable {
  const table = Object.create(null) as FieldTable;
  for (let names = random.below(5); names > 0; names--) table[random.pick(NAMES)] = randomValue(random, depth);
  return table;
}
