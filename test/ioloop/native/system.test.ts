import { expect } from 'chai';
import { openSystem, whyNoSystem } from '../../../ioloop/native/system.ts';
import { describeEachRuntime, type RuntimeEnd } from '../../support/runtimes.ts';
import { checksHere } from './system-checks.ts';

describe("the system's calls through koffi", () => {
  it('are opened once in a thread', () => {
    expect(whyNoSystem()).to.equal(null);
    expect(openSystem().library).to.equal('koffi');
    expect(openSystem()).to.equal(openSystem());
  });

  for (const { title, run } of checksHere()) it(title, () => run(openSystem()));
});

describeEachRuntime("the system's calls", (runtime) => {
  let end: RuntimeEnd;
  let result: { readonly library: string; readonly outcomes: Readonly<Record<string, string | null>> };
  before(async () => {
    end = await runtime.run(new URL('./system-checks-program.js', import.meta.url));
    if (end.code === 0) result = JSON.parse(end.stdout);
  });

  it("are made through the runtime's own library", () => {
    expect([end.code, end.stderr]).to.deep.equal([0, '']);
    expect(result.library).to.equal(runtime.name);
  });

  for (const { title } of checksHere()) {
    it(title, () => {
      expect(result.outcomes[title]).to.equal(null);
    });
  }
});
