import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { describeBroker } from '../support/describe-broker.ts';
import { SUITES } from './suites.ts';

const RUN = fileURLToPath(new URL('run.js', import.meta.url));
/** A case of each suite that every client of it knows. */
const CASES: Readonly<Record<string, string>> = {
  amqp: 'confirms',
  loop: 'chain',
  blocking: 'rpc',
  'blocking-rabbitmq': 'acks',
  promises: 'confirm-window',
  'promises-rabbitmq': 'acks',
};

describe('npm run bench', () => {
  for (const { name, server } of SUITES) {
    if (server !== 'rabbitmq') itHasRows(name, {});
  }

  it('names the suites there are when it is asked for another one', async () => {
    const outcome = await run(['speed']).catch((error: Error) => error.message);
    expect(outcome).to.include(
      'no suite "speed": amqp, loop, blocking, blocking-rabbitmq, promises, promises-rabbitmq',
    );
  });

  it('goes on without a client that cannot run here, and says so', async () => {
    const output = await run(['blocking', '--short', '--rounds', '1', '--case', 'rpc', '--client', 'pika'], {
      CC: '/no/such/compiler',
    });
    expect(output).to.match(/^librabbitmq, C: left out: it does not compile with \/no\/such\/compiler/m);
    expect(output).to.match(/^pika, Python: left out|^\| pika, Python /m);
  });
});

describeBroker('npm run bench', (broker) => {
  for (const { name, server } of SUITES) {
    if (server === 'rabbitmq') itHasRows(name, () => ({ AMQP_URL: broker.url }));
  }
});

function itHasRows(name: string, env: Record<string, string> | (() => Record<string, string>)): void {
  it(`has a row for every client of the suite "${name}", or a line that says why not`, async () => {
    const settings = typeof env === 'function' ? env() : env;
    const output = await run([name, '--short', '--rounds', '1', '--case', CASES[name] ?? ''], settings);
    for (const { title } of SUITES.find((suite) => suite.name === name)?.clients ?? [])
      expect(output).to.match(new RegExp(`^(\\| ${title} +\\| +[\\d.]+ [kM]?|${title}: left out: .)`, 'm'));
  }).timeout(60_000);
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, ...args], { env: { ...process.env, ...env } });
  return stdout;
}
