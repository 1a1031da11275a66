/**
 * `npm run chaos:restart -- [--times 20] [--style promises|callbacks|blocking|all] [--seed N] [--resend] [--json]`
 * Restarts a private RabbitMQ under load, and prints what became of every message. Fails when one that was confirmed is
 * lost, a publish has no answer or two, or anything else is not as promised.
 */
import { parseArgs } from 'node:util';
import { findRabbitPrograms } from '../support/find-rabbitmq.ts';
import { RabbitNode } from '../support/rabbitmq.ts';
import { STYLES } from './load-process.ts';
import { linesOf, reportOf } from './report.ts';
import { type RunOptions, runRestarts } from './restart-run.ts';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    style: { type: 'string', default: 'all' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    resend: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const options = checked();
const programs = findRabbitPrograms();
if (programs === null) throw new Error('RabbitMQ is not installed: npm test installs it where it can');
const node = new RabbitNode(programs);
try {
  await node.start();
  const result = await runRestarts(node, options, (text) => {
    if (!values.json) console.log(text);
  });
  const report = reportOf(options, result);
  console.log(values.json ? JSON.stringify(report, null, 2) : `\n${linesOf(report).join('\n')}`);
  process.exitCode = report.passed ? 0 : 1;
} finally {
  await node.dispose();
}

function checked(): RunOptions {
  const [times, seed] = [Number(values.times), Number(values.seed)];
  const styles = STYLES.filter((style) => values.style === 'all' || values.style === style);
  if (!Number.isInteger(times) || times < 1) throw new RangeError('--times takes a whole number from 1 on');
  if (!Number.isInteger(seed)) throw new RangeError('--seed takes a whole number');
  if (styles.length === 0) throw new RangeError(`--style takes one of ${STYLES.join(', ')}, all`);
  return { times, seed, styles, resend: values.resend };
}
