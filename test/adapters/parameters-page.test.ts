import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { FIELD_NAMES } from '../../adapters/parameter-fields.ts';
import { QUERY_NAMES } from '../../adapters/url-queries.ts';

describe('docs/parameters.md', () => {
  const [fields = '', queries = ''] = readFileSync('docs/parameters.md', 'utf8').split('## URLs');
  const firstColumn = (text: string): string[] =>
    [...text.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );

  it('lists every field, and no other', () => {
    expect(firstColumn(fields)).to.have.members(FIELD_NAMES);
  });

  it('lists every query name of a URL, and no other', () => {
    expect(firstColumn(queries)).to.have.members(QUERY_NAMES);
  });
});
