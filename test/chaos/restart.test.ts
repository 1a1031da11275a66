import { expect } from 'chai';
import { describeNode } from '../support/describe-broker.ts';
import { STYLES } from './load-process.ts';
import { linesOf, reportOf } from './report.ts';
import { runRestarts } from './restart-run.ts';

describeNode('programs under load', (node) => {
  it('lose nothing that was confirmed, and go on, when the broker stops and when it is killed', async () => {
    const options = { times: 2, seed: 1, styles: STYLES, resend: false };
    const report = reportOf(options, await runRestarts(node, options, () => undefined));
    expect(report.passed, linesOf(report).join('\n')).to.equal(true);
    expect(report.styles.map(({ recoveries }) => recoveries >= 2)).to.deep.equal(STYLES.map(() => true));
  }).timeout(240_000);
});
