import { expect } from 'chai';
import type { NotTaken } from '../../ioloop/index.ts';
import { describeEachRuntime, type RuntimeEnd } from '../support/runtimes.ts';
import { RUNTIME_CHECKS } from './checks.ts';

const PROGRAM = new URL('./checks-program.js', import.meta.url);
const AUTOMATIC = process.platform === 'linux' ? 'epoll' : 'kqueue';

interface Told {
  readonly automatic: string;
  readonly notTaken: readonly NotTaken[];
  readonly outcomes: Readonly<Record<string, string | null>>;
}

for (const poller of [AUTOMATIC, 'poll', 'select', 'worker']) {
  describeEachRuntime(`another runtime, with ${poller}`, (runtime) => {
    let end: RuntimeEnd;
    let told: Told;
    before(async function () {
      this.timeout(60_000);
      end = await runtime.run(PROGRAM, { args: [poller], env: { PIKALOOP_POLLER: '' } });
      if (end.code === 0) told = JSON.parse(end.stdout);
    });

    it('runs the checks, says nothing else, and takes the best poller itself', () => {
      expect([end.code, end.stderr]).to.deep.equal([0, '']);
      expect(told.automatic).to.equal(AUTOMATIC);
    });

    for (const { title } of RUNTIME_CHECKS) {
      it(title, () => {
        expect(told.outcomes[title]).to.equal(null);
      });
    }
  });
}

describeEachRuntime('a runtime that may not call C', (runtime) => {
  // Bun has no permissions
  if (runtime.name !== 'deno') return;

  it('takes the worker poller without a question, and says what it would need', async () => {
    const { code, stdout, stderr } = await runtime.run(PROGRAM, {
      args: ['worker'],
      env: { PIKALOOP_POLLER: '' },
      permissions: ['--allow-read', '--allow-net', '--allow-env', '--allow-sys', '--allow-run'],
    });
    expect([code, stderr]).to.deep.equal([0, '']);
    const { automatic, notTaken } = JSON.parse(stdout) as Told;
    expect(automatic).to.equal('worker');
    expect(notTaken[0]).to.deep.equal({ name: AUTOMATIC, reason: 'it needs the permission to call C: --allow-ffi' });
  });
});
