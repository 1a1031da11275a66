import ts from '@typescript/typescript6';
import { expect } from 'chai';
import { type Source, sourcesOf } from './sources.ts';

/** Public members of the classes that a file exports, static ones too: `Inbox.collect`. */
function membersOf({ tree }: Source): string[] {
  return tree.statements
    .filter(isExportedClass)
    .flatMap((found) =>
      found.members
        .filter((member) => member.name !== undefined && !ts.isPrivateIdentifier(member.name) && !isPrivate(member))
        .map((member) => `${found.name?.text}.${member.name?.getText(tree)}`),
    );
}

function isExportedClass(statement: ts.Statement): statement is ts.ClassDeclaration {
  return ts.isClassDeclaration(statement) && (ts.getCombinedModifierFlags(statement) & ts.ModifierFlags.Export) !== 0;
}

/** Of the file's own, or of its class's. */
function isPrivate(member: ts.ClassElement): boolean {
  const internal = ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal');
  return internal || (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
}

describe('a file that stands for another one in a browser', () => {
  const sources = sourcesOf('ioloop');
  const pairs = sources.flatMap((here) => {
    const there = sources.find(({ path }) => path === here.path.replace(/\.ts$/, '-browser.ts'));
    return there === undefined ? [] : [{ here, there }];
  });

  it('is found beside the one that it stands for', () => {
    expect(pairs.map(({ here }) => here.path))
      .to.include('ioloop/io-link.ts')
      .and.include('ioloop/pollers/known.ts');
  });

  for (const { here, there } of pairs) {
    it(`has what others call of the classes in ${here.path}`, () => {
      const missing = membersOf(here).filter((name) => !membersOf(there).includes(name));
      expect(missing).to.deep.equal([]);
    });
  }
});
