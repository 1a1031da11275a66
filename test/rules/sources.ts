import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from '@typescript/typescript6';

/** A file of the repository, parsed. */
export interface Source {
  /** From the repository's root: `amqp/frames.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  /** What it imports and exports again, types too, as written. */
  readonly imports: readonly string[];
}

/** Where the repository is: tests run from `build/test/rules/`. */
export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));

/** Every TypeScript file of a folder and what is below it, by path. */
export function sourcesOf(folder: string): Source[] {
  const names = readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' });
  const paths = names.filter((name) => name.endsWith('.ts')).map((name) => posix.join(folder, name));
  return paths.sort().map(parse);
}

/** The path of an imported file as {@link Source.path} has it, or null when it is no file of ours. */
export function target(importer: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(importer), specifier) : null;
}

/** All syntax nodes of a file, outer ones first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

/** Whether a script wrote the file; what it looks like is then no question of style. */
export function isGenerated({ text }: Source): boolean {
  return /^(\/\/|\/\*\*?)[^\n]*\bgenerated\b/i.test(text);
}

const parsed = new Map<string, Source>();

function parse(path: string): Source {
  const known = parsed.get(path);
  if (known) return known;
  const text = readFileSync(`${ROOT}${path}`, 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const source = { path, text, tree, imports: importsOf(tree) };
  parsed.set(path, source);
  return source;
}

function importsOf(tree: ts.SourceFile): string[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const specifier = specifierOf(node);
    return specifier && ts.isStringLiteral(specifier) ? [specifier.text] : [];
  });
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic ? node.arguments[0] : undefined;
}
