import ts from '@typescript/typescript6';
import { expect } from 'chai';
import { nodesOf, type Source, sourcesOf } from './sources.ts';

const EVERYWHERE: readonly string[] = ['amqp', 'ioloop', 'adapters', 'cli', 'test', 'examples'];

/** What is not written, and where. */
const FORBIDDEN: readonly { title: string; pattern: RegExp; rooms: readonly string[] }[] = [
  {
    title: 'hold no test alone and leave none out',
    pattern: /\b(describe|it)\.(only|skip)\b|\bx(describe|it)\(/,
    rooms: ['test'],
  },
  { title: 'drop no error without a word', pattern: /catch\s*(\(\w+\)\s*)?\{\s*\}/, rooms: EVERYWHERE },
  { title: 'make no promise in the protocol', pattern: /\basync\b|\bawait\b|\bPromise\b/, rooms: ['amqp'] },
  {
    title: 'take time from the loop, not from the host',
    pattern: /\bDate\.now\(|\bperformance\.now\(|\bset(Timeout|Interval|Immediate)\(/,
    rooms: ['amqp', 'adapters'],
  },
];

describe('the sources', () => {
  for (const { title, pattern, rooms } of FORBIDDEN) {
    it(title, () => {
      const sources = rooms.flatMap(sourcesOf).filter(({ path }) => !path.startsWith('test/rules/'));
      expect(sources.flatMap((source) => codeWith(source, pattern))).to.deep.equal([]);
    });
  }

  it('leave nothing for later, and silence no checker', () => {
    const words = /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck|biome-ignore-all/;
    const sources = EVERYWHERE.flatMap(sourcesOf).filter(({ path }) => !path.startsWith('test/rules/'));
    expect(sources.filter(({ text }) => words.test(text)).map(({ path }) => path)).to.deep.equal([]);
  });

  it('name every type', () => {
    const isAny = ({ kind }: ts.Node): boolean => kind === ts.SyntaxKind.AnyKeyword;
    const sources = EVERYWHERE.flatMap(sourcesOf).filter(({ tree }) => [...nodesOf(tree)].some(isAny));
    expect(sources.map(({ path }) => path)).to.deep.equal([]);
  });
});

/** Lines whose code matches; comments and texts are not counted. */
function codeWith({ path, text }: Source, pattern: RegExp): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  return code.split('\n').flatMap((line, i) => {
    const said = line.replace(/\/\/.*$/, '').replace(/'(?:[^'\\]|\\.)*'/g, "''");
    return pattern.test(said) ? [`${path}:${i + 1} ${line.trim()}`] : [];
  });
}
