import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ROOT } from './sources.ts';

/** Modules that a built file of the package loads, itself included, by name; what it loads of the host stays as it is written. */
function loadedBy(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.startsWith('./')) return seen;
  const text = readFileSync(`${ROOT}dist/${file.slice(2)}`, 'utf8');
  for (const [, name] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm)) loadedBy(name ?? '', seen);
  return seen;
}

describe('the package', () => {
  it('gives the same classes through each of its doors', async () => {
    // by a name that the compiler does not follow: what it would find is built after it has run
    const [main, amqp, ioloop] = await Promise.all(
      ['pikaloop', 'pikaloop/amqp', 'pikaloop/ioloop'].map((door) => import(door)),
    );
    expect(main.AMQPError).to.equal(amqp.AMQPError);
    expect(main.IOLoop).to.equal(ioloop.IOLoop);
  });

  it('needs nothing of Node in a browser', () => {
    const modules = [...loadedBy('./browser.js')];
    expect(modules).to.include('./browser.js');
    expect(modules.filter((name) => !name.startsWith('./'))).to.deep.equal([]);
  });

  it('has a declaration beside each door', () => {
    const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    const files = new Set(readdirSync(`${ROOT}dist`));
    const filesOf = (door: unknown): string[] =>
      typeof door === 'object' && door !== null ? Object.values(door).flatMap(filesOf) : [String(door)];
    const doors = filesOf(exports);
    expect(doors.filter((path) => path.endsWith('.d.ts'))).to.have.length(7);
    expect(doors.filter((path) => /dist/.test(path) && !files.has(path.replace('./dist/', '')))).to.deep.equal([]);
  });
});
