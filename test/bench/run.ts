/**
 * `npm run bench [-- amqp|loop] [--short] [--case NAME]… [--client NAME]… [--rounds N]`
 * Prints the tables; a full run (nothing left out) writes them to docs/benchmarks/ as well.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ClientProcess } from './client-process.ts';
import { type Effort, measure } from './measure.ts';
import { type CaseResult, conditions, json, markdown, table } from './report.ts';
import { SUITES, type Suite } from './suites.ts';

const FULL: Effort = { rounds: 21, roundSeconds: 0.5 };
const SHORT: Effort = { rounds: 3, roundSeconds: 0.1 };
const RESULTS = fileURLToPath(new URL('../../../docs/benchmarks/', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    case: { type: 'string', multiple: true, default: [] },
    client: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
  },
});

for (const name of positionals.length > 0 ? positionals : SUITES.map((suite) => suite.name)) {
  const suite = SUITES.find((each) => each.name === name);
  if (!suite) throw new RangeError(`no suite "${name}": ${SUITES.map((each) => each.name).join(', ')}`);
  await run(suite);
}

async function run(suite: Suite): Promise<void> {
  const effort = { ...(values.short ? SHORT : FULL), ...(values.rounds ? { rounds: Number(values.rounds) } : {}) };
  const server = suite.needsServer ? await startServer() : null;
  const programs = suite.clients.filter(({ name }, i) => i === 0 || wanted(values.client, name));
  const clients = await Promise.all(programs.map((program) => ClientProcess.start(program, server?.port ?? null)));
  const results: CaseResult[] = [];
  try {
    for (const one of suite.cases.filter(({ name }) => wanted(values.case, name))) {
      const samples = await measure(clients, one.name, effort);
      if (samples.size === 0) continue;
      const reference = suite.clients[0]!; // a suite without clients measures nothing
      const result = {
        case: one,
        reference,
        clients: [...samples].map(([{ program }, list]) => ({ program, samples: list })),
      };
      console.log(`\n${one.title}\n\n${table(result).join('\n')}`);
      results.push(result);
    }
  } finally {
    for (const client of clients) client.stop();
    server?.stop();
  }
  const complete = !values.short && !values.rounds && values.case.length === 0 && values.client.length === 0;
  if (complete) await write(suite, results, effort);
}

async function write(suite: Suite, results: readonly CaseResult[], effort: Effort): Promise<void> {
  const how = conditions(`npm run bench -- ${suite.name}`, effort);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${RESULTS}${suite.name}.md`, markdown(suite, results, how));
  await writeFile(`${RESULTS}${suite.name}.json`, json(suite, results, how));
}

function wanted(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}

async function startServer(): Promise<{ port: number; stop(): void }> {
  const program = fileURLToPath(new URL('server.js', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface(child.stdout)) return { port: Number(line), stop: () => child.stdin.end() };
  throw new Error('the server of the benchmarks did not start');
}
