import ts from '@typescript/typescript6';
import { expect } from 'chai';
import { isGenerated, nodesOf, type Source, sourcesOf } from './sources.ts';

const MOST_LINES_OF_A_FILE = 400; // comments and blank lines included, the list of imports not
const MOST_LINES_OF_A_FUNCTION = 40;
const ROOMS = ['amqp', 'ioloop', 'adapters', 'cli', 'test/kit', 'test/support', 'test/bench', 'examples'] as const;

describe('sizes', () => {
  for (const room of ROOMS) {
    const sources = sourcesOf(room).filter((source) => !isGenerated(source));

    it(`of files in ${room}/ stay within ${MOST_LINES_OF_A_FILE} lines`, () => {
      const long = sources
        .map((source) => ({ path: source.path, lines: linesOf(source) }))
        .filter(({ lines }) => lines > MOST_LINES_OF_A_FILE);
      expect(long).to.deep.equal([]);
    });

    it(`of functions in ${room}/ stay within ${MOST_LINES_OF_A_FUNCTION} lines`, () => {
      expect(sources.filter(({ path }) => !path.endsWith('.test.ts')).flatMap(longFunctions)).to.deep.equal([]);
    });
  }
});

function linesOf({ text, tree }: Source): number {
  const imports = tree.statements.filter(ts.isImportDeclaration).map((statement) => statement.getText(tree));
  return text.trimEnd().split('\n').length - imports.join('\n').split('\n').length;
}

function longFunctions({ path, tree }: Source): string[] {
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line + 1;
  return [...nodesOf(tree)].flatMap((node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return [];
    const first = lineOf(node.getStart(tree));
    const lines = lineOf(node.getEnd()) - first + 1;
    return lines > MOST_LINES_OF_A_FUNCTION ? [`${path}:${first} has ${lines} lines`] : [];
  });
}
