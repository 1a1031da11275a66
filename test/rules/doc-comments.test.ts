import ts from '@typescript/typescript6';
import { expect } from 'chai';
import { isGenerated, ROOT, type Source, sourcesOf, target } from './sources.ts';

describe('doc comments', () => {
  for (const room of ['amqp', 'ioloop', 'adapters', 'test/kit']) {
    it(`stand above all that ${room}/index.ts gives out`, () => {
      expect(bareExports(room).map(inWords)).to.deep.equal([]);
    });
  }
});

interface Declared {
  readonly path: string;
  readonly node: ts.Node & { readonly name?: ts.Node | undefined };
}

function inWords({ path, node }: Declared): string {
  return `${path}: ${node.name?.getText()}`;
}

/** Declarations without a comment that a room's door exports, by name or with all of their file. */
function bareExports(room: string): Declared[] {
  const sources = new Map(sourcesOf(room).map((source) => [source.path, source]));
  const index = sources.get(`${room}/index.ts`);
  if (!index) throw new Error(`${ROOT}${room}/index.ts is missing`);
  return index.tree.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const specifier = statement.moduleSpecifier as ts.StringLiteral; // a door declares nothing itself
    const source = sources.get(target(index.path, specifier.text) ?? '');
    if (!source || isGenerated(source)) return [];
    const clause = statement.exportClause;
    const names = clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : null;
    return exportsOf(source).filter(({ node }) => names === null || names.includes(node.name?.getText() ?? ''));
  });
}

/** Constants may share a comment, and a class and its merged interface do. */
function exportsOf({ path, tree }: Source): Declared[] {
  const declared = tree.statements.filter(
    (node) => ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node) || isTypeDeclaration(node),
  );
  const documented = new Set(declared.filter(isDocumented).map(({ name }) => name?.text));
  return declared
    .filter((node) => isExported(node) && !documented.has(node.name?.text))
    .map((node) => ({ path, node }));
}

function isTypeDeclaration(node: ts.Node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

function isExported(node: ts.DeclarationStatement): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function isDocumented(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).length > 0;
}
