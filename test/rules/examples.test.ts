import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ROOT, type Source, sourcesOf } from './sources.ts';

describe('the examples', () => {
  const isPart = ({ path, text }: Source): boolean => /^export /m.test(text) || path.startsWith('examples/browser/');
  const programs = sourcesOf('examples').filter((source) => !isPart(source));
  const folder = `${ROOT}test/examples/`;
  const tests = readdirSync(folder).map((name) => readFileSync(folder + name, 'utf8'));

  for (const { path, text } of programs) {
    const name = path.replace(/^examples\/|\.ts$/g, '');

    it(`tell on the first line how ${name} is run`, () => {
      expect(text.split('\n', 1)[0]).to.match(new RegExp(`^// .*(node build/examples/${name}\\.js|npm start)`));
    });

    it(`are run by a test, ${name} too`, () => {
      expect(tests.some((test) => test.includes(`'${name}'`))).to.equal(true);
    });
  }
});
