import type { ClassSpec } from './spec.ts';

export interface Field {
  readonly name: string;
  readonly type: string;
  /** As source text; null when the field must be given. */
  readonly value: string | null;
  readonly reserved: boolean;
}

export interface Method {
  /** `queue.declare-ok`, `QueueDeclareOk`, `QUEUE_DECLARE_OK`. */
  readonly name: string;
  readonly type: string;
  readonly constant: string;
  readonly classId: number;
  readonly methodId: number;
  readonly content: boolean;
  readonly fields: readonly Field[];
  /** Constants of the methods that answer it. */
  readonly replies: readonly string[];
}

export function parseMethod(owner: ClassSpec, line: string): Method {
  const match = /^(\d+) (\*?)([a-z-]+)\((.*)\)(?: -> (.+))?$/.exec(line);
  if (match === null) throw new SyntaxError(`not a method: ${line}`);
  const [, id, star, short = '', fields = '', replies = ''] = match;
  const name = `${owner.name}.${short}`;
  return {
    name,
    type: pascal(name),
    constant: constant(name),
    classId: owner.id,
    methodId: Number(id),
    content: star === '*',
    fields: fields === '' ? [] : fields.split(' ').map(parseField),
    replies: replies === '' ? [] : replies.split(' ').map((reply) => constant(`${owner.name}.${reply}`)),
  };
}

export function parseField(text: string): Field {
  const match = /^(-|[a-zA-Z]+)(?:=(.+?))?:([a-z]+)$/.exec(text);
  if (match === null) throw new SyntaxError(`not a field: ${text}`);
  const [, name = '', value, type = ''] = match;
  if (!(type in TYPES)) throw new SyntaxError(`not a type: ${text}`);
  return { name, type, value: value ?? null, reserved: name === '-' };
}

export interface TypeText {
  /** Types in TypeScript: what is accepted, what is given. */
  readonly taken: string;
  readonly given: string;
  /** `$` is the value, `#` the name of the field as a literal. */
  readonly write: string;
  readonly read: string;
  /** The literal of zero or empty, for reserved fields. */
  readonly empty: string;
}

const TYPES: Readonly<Record<string, TypeText>> = {
  bit: { taken: 'boolean', given: 'boolean', write: '', read: '', empty: 'false' },
  octet: { taken: 'number', given: 'number', write: 'w.octet($, #)', read: 'r.octet()', empty: '0' },
  short: { taken: 'number', given: 'number', write: 'w.short($, #)', read: 'r.short()', empty: '0' },
  long: { taken: 'number', given: 'number', write: 'w.long($, #)', read: 'r.long()', empty: '0' },
  longlong: {
    taken: 'number | bigint',
    given: 'number | bigint',
    write: 'w.longlong($, #)',
    read: 'r.longlong()',
    empty: '0',
  },
  shortstr: { taken: 'string', given: 'string', write: 'w.shortString($, #)', read: 'r.shortString()', empty: "''" },
  name: { taken: 'string', given: 'string', write: 'w.shortString($, #)', read: 'r.repeatedString(@)', empty: "''" },
  longtext: { taken: 'string', given: 'string', write: 'w.longText($, #)', read: 'r.longText()', empty: "''" },
  longstr: {
    taken: 'string | Uint8Array',
    given: 'Uint8Array',
    write: 'w.longString($, #)',
    read: 'r.longString()',
    empty: "''",
  },
  timestamp: {
    taken: 'Date | bigint',
    given: 'Date | bigint',
    write: 'writeTimestamp(w, $, #)',
    read: 'r.timestamp()',
    empty: '0n',
  },
  table: {
    taken: 'FieldTable',
    given: 'FieldTable',
    write: 'writeTable(w, $, #)',
    read: 'readTable(r)',
    empty: 'null',
  },
};

/** How the generated code speaks of a field's type. */
export function typeOf(f: Field): TypeText {
  const found = TYPES[f.type];
  if (found === undefined) throw new SyntaxError(`not a type: ${f.type}`);
  return found;
}

function pascal(name: string): string {
  return name.replace(/(?:^|[.-])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function constant(name: string): string {
  return name.replace(/[.-]/g, '_').toUpperCase();
}
