import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { SUITES } from './suites.ts';

const RUN = fileURLToPath(new URL('run.js', import.meta.url));

describe('npm run bench', () => {
  for (const suite of SUITES) {
    it(`has a row for every client of the suite "${suite.name}"`, async () => {
      const name = suite.name === 'amqp' ? 'confirms' : 'chain';
      const output = await run(suite.name, '--short', '--rounds', '1', '--case', name);
      for (const { title } of suite.clients)
        expect(output).to.match(new RegExp(`^\\| ${title} +\\| +[\\d.]+ [kM]`, 'm'));
    });
  }

  it('names the suites there are when it is asked for another one', async () => {
    const outcome = await run('speed').catch((error: Error) => error.message);
    expect(outcome).to.include('no suite "speed": amqp, loop');
  });
});

async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, ...args]);
  return stdout;
}
