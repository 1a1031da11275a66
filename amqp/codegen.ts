import { type Field, type Method, parseField, parseMethod, typeOf } from './codegen-notation.ts';
import {
  CODEC_END,
  DECODE_METHOD,
  DECODE_PROPERTIES,
  ENCODE_METHOD,
  ENCODE_PROPERTIES,
  METHODS_START,
  METHODS_TABLE,
} from './codegen-text.ts';
import type { ClassSpec } from './spec.ts';

/** The generated files: what each is to contain. */
export interface Generated {
  readonly methods: string;
  readonly codec: string;
}

/** Makes the text of `methods.ts` and `codec.ts` from the specification. */
export function generate(classes: readonly ClassSpec[], properties: readonly string[]): Generated {
  const methods = classes.flatMap((owner) => owner.methods.map((line) => parseMethod(owner, line)));
  const props = properties.map(parseField);
  return { methods: methodsFile(methods, props), codec: codecFile(methods, props) };
}

const NOTICE = '// Generated from spec.ts by `npm run generate`: change it there.\n';

function methodsFile(methods: readonly Method[], properties: readonly Field[]): string {
  return [
    NOTICE,
    METHODS_START,
    ...methods.map(methodType),
    propertyTypes(properties),
    ...methods.map((m) => `export const ${m.constant} = 0x${idOf(m)};`),
    '',
    METHODS_TABLE,
    ...methods.map(methodRow),
    '};\n',
  ].join('\n');
}

function codecFile(methods: readonly Method[], properties: readonly Field[]): string {
  const full = methods.filter((m) => given(m).length > 0);
  const types = [...full.map((m) => m.type), 'Decoded', 'MethodId', 'PropertiesIn'].sort();
  const constants = methods.map((m) => m.constant);
  return [
    NOTICE,
    "import { kindError } from './argument-errors.ts';",
    "import { FieldError, UnexpectedFrameError } from './errors.ts';",
    'import type {',
    ...types.map((name) => `  ${name},`),
    "} from './methods.ts';",
    'import {',
    ...[...constants, 'BasicProperties'].sort(asFormatter).map((name) => `  ${name},`),
    "} from './methods.ts';",
    "import type { Reader } from './reader.ts';",
    "import { readTable, writeTable, writeTimestamp } from './table.ts';",
    "import { FRAME_HEADER, type Writer } from './writer.ts';\n",
    encodeSwitch(methods),
    decodeSwitch(methods),
    ...methods.map(encoder),
    ...full.map(decoder),
    propertiesEncoder(properties),
    propertiesDecoder(properties),
    CODEC_END,
  ].join('\n');
}

function methodType(m: Method): string {
  const title = `/** ${m.name} (${m.classId}, ${m.methodId}) */`;
  const fields = given(m);
  if (fields.length === 0) return `${title}\nexport type ${m.type} = NoFields;\n`;
  const lines = fields.map((f) => `  ${f.name}${f.value === null ? `: ${taken(f)}` : `?: ${taken(f)} | undefined`};`);
  return `${title}\nexport interface ${m.type} {\n${lines.join('\n')}\n}\n`;
}

function methodRow(m: Method): string {
  return [
    `  [${m.constant}]: {`,
    `    id: ${m.constant},`,
    `    name: '${m.name}',`,
    `    classId: ${m.classId},`,
    `    methodId: ${m.methodId},`,
    `    replies: [${m.replies.join(', ')}],`,
    `    content: ${m.content},`,
    list(
      '    fields: ',
      given(m).map((f) => `'${f.name}'`),
    ),
    '  },',
  ].join('\n');
}

function propertyTypes(properties: readonly Field[]): string {
  const within = properties.map((f) => `  ${f.name}?: ${typeOf(f).taken} | null | undefined;`);
  const fields = properties.map((f) => `  ${f.name}: ${typeOf(f).given} | null = null;`);
  const names = properties.map((f) => `  '${f.name}',`);
  return [
    '/** The properties of a message on its way out: what is absent, null or undefined is not sent. */',
    `export interface PropertiesIn {\n${within.join('\n')}\n}\n`,
    '/** The properties of a message (class basic): what is absent is null. A `timestamp` that no Date can hold is a bigint. */',
    `export class BasicProperties {\n${fields.join('\n')}\n}\n`,
    '/** The names of the properties, in the order of their flags. */',
    `export const PROPERTY_NAMES: readonly (keyof BasicProperties)[] = [\n${names.join('\n')}\n];\n`,
  ].join('\n');
}

function encodeSwitch(methods: readonly Method[]): string {
  const cases = methods.map((m) => {
    const fields = given(m).length === 0 ? '' : `, fields as ${m.type}`;
    return `    case ${m.constant}:\n      encode${m.type}(w, channel${fields});\n      break;`;
  });
  return `${ENCODE_METHOD}${cases.join('\n')}\n    default:\n      throw unknownMethod(id);\n  }\n}\n`;
}

function decodeSwitch(methods: readonly Method[]): string {
  const full = methods.filter((m) => given(m).length > 0);
  const cases = full.map((m) => `    case ${m.constant}:\n      return decode${m.type}(r);`);
  const empty = methods.filter((m) => given(m).length === 0).map((m) => `    case ${m.constant}:`);
  return `${DECODE_METHOD}${cases.join('\n')}\n${empty.join('\n')}\n      return {};\n    default:\n      throw unknownMethod(id);\n  }\n}\n`;
}

function encoder(m: Method): string {
  const fields = given(m).length === 0 ? '' : `, f: ${m.type}`;
  const lines = groups(m.fields).map((group) => {
    if (group[0]?.type === 'bit') return encodeBits(group);
    return `  ${group.map(encodeField).join('\n  ')}`;
  });
  return [
    `/** ${m.name} (${m.classId}, ${m.methodId}) */`,
    `export function encode${m.type}(w: Writer, channel: number${fields}): void {`,
    `  const frame = w.beginMethod(channel, ${m.constant});`,
    ...lines,
    '  w.endFrame(frame);\n}\n',
  ].join('\n');
}

function encodeField(f: Field): string {
  const { write, empty } = typeOf(f);
  const access = f.type === 'table' || f.value === null ? `f.${f.name}` : `f.${f.name} ?? ${f.value}`;
  const value = f.reserved ? empty : access;
  return `${write.replace('$', value).replace('#', f.reserved ? "'reserved'" : `'${f.name}'`)};`;
}

function encodeBits(bits: readonly Field[]): string {
  if (bits.every((f) => f.reserved)) return "  w.octet(0, 'reserved');";
  const flags = bits.map((f, i) => {
    const value = f.value === null ? `f.${f.name}` : `f.${f.name} ?? ${f.value}`;
    return `flag(${value}, ${1 << i}, '${f.name}')`;
  });
  const [only] = flags;
  if (flags.length === 1) return `  w.octet(${only}, 'bits');`;
  return `  let bits = ${flags.join(';\n  bits |= ')};\n  w.octet(bits, 'bits');`;
}

function decoder(m: Method): string {
  const fields = given(m);
  // reserved fields at the end are left alone: a peer that leaves them out does no harm
  const last = m.fields.reduce((found, f, i) => (f.reserved ? found : i), -1);
  const lines = groups(m.fields.slice(0, last + 1)).flatMap((group) => {
    if (group[0]?.type === 'bit') return ['  const bits = r.octet();'];
    return group.map((f) => (f.reserved ? `  ${readText(f)};` : `  const ${local(f)} = ${readText(f)};`));
  });
  const bits = m.fields.filter((f) => f.type === 'bit');
  const members = fields.map((f) => {
    if (f.type === 'bit') return `    ${f.name}: (bits & ${1 << bits.indexOf(f)}) !== 0,`;
    return local(f) === f.name ? `    ${f.name},` : `    ${f.name}: ${local(f)},`;
  });
  return [
    `/** ${m.name} (${m.classId}, ${m.methodId}) */`,
    `export function decode${m.type}(r: Reader): Decoded<${m.type}> {`,
    ...lines,
    `  return {\n${members.join('\n')}\n  };\n}\n`,
  ].join('\n');
}

function propertiesEncoder(properties: readonly Field[]): string {
  const lines = properties.map((f, i) => {
    const write = typeOf(f).write.replace('$', `p.${f.name}`).replace('#', `'${f.name}'`);
    return `  if (p.${f.name} !== null && p.${f.name} !== undefined) {\n    flags |= ${hexFlag(i)};\n    ${write};\n  }`;
  });
  return `${ENCODE_PROPERTIES}${lines.join('\n')}\n  w.fillShort(place, flags);\n}\n`;
}

function propertiesDecoder(properties: readonly Field[]): string {
  const lines = properties.map((f, i) => `  if ((flags & ${hexFlag(i)}) !== 0) p.${f.name} = ${readText(f)};`);
  return `${DECODE_PROPERTIES}${lines.join('\n')}\n  return p;\n}\n`;
}

/** Neighbouring bits share an octet; everything else stands alone. No method has more than eight bits in a row. */
function groups(fields: readonly Field[]): Field[][] {
  const all: Field[][] = [];
  for (const f of fields) {
    const last = all.at(-1);
    if (f.type === 'bit' && last?.[0]?.type === 'bit') last.push(f);
    else all.push([f]);
  }
  return all;
}

function given(m: Method): readonly Field[] {
  return m.fields.filter((f) => !f.reserved);
}

function taken(f: Field): string {
  return f.type === 'table' && f.value !== null ? 'FieldTable | null' : typeOf(f).taken;
}

function readText(f: Field): string {
  return typeOf(f).read.replace('@', String(SLOTS.indexOf(f.name)));
}

/** Fields of type `name`, each with a place for the one that was read last. */
const SLOTS: readonly string[] = [
  'consumerTag',
  'exchange',
  'routingKey',
  'contentType',
  'contentEncoding',
  'replyTo',
  'expiration',
  'type',
  'userId',
  'appId',
  'clusterId',
];

/** A variable may not be called arguments. */
function local(f: Field): string {
  return f.name === 'arguments' ? 'args' : f.name;
}

function hexFlag(i: number): string {
  return `0x${(0x8000 >> i).toString(16).padStart(4, '0')}`;
}

/** The formatter sorts names without regard to case or underscores' place in ASCII. */
function asFormatter(a: string, b: string): number {
  return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

function idOf(m: Method): string {
  return (m.classId * 0x10000 + m.methodId).toString(16).padStart(8, '0');
}

/** A list on one line where it fits into 120 characters, else one item a line, as the formatter has it. */
function list(head: string, items: readonly string[]): string {
  const line = `${head}[${items.join(', ')}],`;
  return line.length <= 120 ? line : `${head}[\n${items.map((item) => `      ${item},`).join('\n')}\n    ],`;
}
