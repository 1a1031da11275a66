/**
 * `npm run bench [-- SUITE…] [--short] [--case NAME]… [--client NAME]… [--rounds N]`
 * Prints the tables; a full run (nothing left out) writes them to docs/benchmarks/ as well.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ClientProcess } from './client-process.ts';
import { LeftOut } from './foreign-programs.ts';
import { type Effort, measure } from './measure.ts';
import { onOneProcessor } from './processors.ts';
import type { Command } from './programs.ts';
import { aimsTable, type CaseResult, conditions, json, markdown, type Remark, table } from './report.ts';
import { type BenchServer, startServer } from './servers.ts';
import { type Case, type ClientProgram, SUITES, type Suite } from './suites.ts';
import { workload } from './workload.ts';

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
  const effort = {
    ...(values.short ? SHORT : suite.effort),
    ...(values.rounds ? { rounds: Number(values.rounds) } : {}),
  };
  const remarks: Remark[] = [];
  const { server: kind } = suite;
  const environment = workload(suite.bodySize);
  const server =
    kind === null ? null : await unlessLeftOut(suite.title, remarks, async () => startServer(kind, environment));
  if (server === undefined) return;
  try {
    const results = await measureCases(suite, server, await commandsOf(suite, remarks), effort, remarks);
    const aims = aimsTable(suite, results);
    if (aims.length > 0) console.log(`\naims\n\n${aims.join('\n')}`);
    const complete = !values.short && !values.rounds && values.case.length === 0 && values.client.length === 0;
    if (complete) await write(suite, results, effort, remarks);
  } finally {
    await server?.stop();
  }
}

type Commands = ReadonlyMap<ClientProgram, Command>;

/** Those of the clients that can run here; `remarks` gets what the report says of the others. */
async function commandsOf(suite: Suite, remarks: Remark[]): Promise<Commands> {
  const commands = new Map<ClientProgram, Command>();
  for (const program of suite.clients.filter(({ name }, i) => i === 0 || wanted(values.client, name))) {
    const command = await unlessLeftOut(program.title, remarks, async () => program.command());
    if (command !== undefined) commands.set(program, command);
  }
  return commands;
}

async function measureCases(
  suite: Suite,
  server: BenchServer | null,
  commands: Commands,
  effort: Effort,
  remarks: Remark[],
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const reference = suite.clients[0]!; // a suite without clients measures nothing
  for (const one of suite.cases.filter(({ name }) => wanted(values.case, name))) {
    const clients = await measureCase(one, suite, server, commands, effort, remarks);
    if (clients.length === 0) continue;
    const result = { case: one, reference, clients };
    console.log(`\n${one.title}\n\n${table(result).join('\n')}`);
    results.push(result);
  }
  return results;
}

/** In processes of its own: what the compiler has learned from one case slows the next one down, which no user's program has. */
async function measureCase(
  one: Case,
  suite: Suite,
  server: BenchServer | null,
  commands: Commands,
  effort: Effort,
  remarks: Remark[],
): Promise<CaseResult['clients']> {
  const clients = new Map<ClientProcess, ClientProgram>();
  try {
    for (const [program, command] of commands) {
      const { title } = program;
      const client = await ClientProcess.start(title, command, server?.url ?? null, workload(suite.bodySize));
      clients.set(client, program);
      const isNew = client.about !== '' && !remarks.some((remark) => remark.title === title);
      if (isNew) remarks.push({ title, text: client.about });
    }
    const all = [...clients.keys()];
    const samples = await placed(one, all, server, () =>
      measure(all, one.name, effortOf(one, effort), async (name, count) => server?.prepare(name, count)),
    );
    return [...samples].map(([client, list]) => ({ program: clients.get(client)!, samples: list })); // of its keys
  } finally {
    for (const client of clients.keys()) client.stop();
  }
}

/** Measures where the case wants it. */
async function placed<T>(
  { oneProcessor, title }: Case,
  clients: readonly ClientProcess[],
  server: BenchServer | null,
  work: () => Promise<T>,
): Promise<T> {
  if (oneProcessor !== true || server?.pid === undefined) return work();
  const restore = await onOneProcessor([server.pid, ...clients.map(({ pid }) => pid)]);
  if (restore === null) console.log(`\n${title}: there is no taskset here, so the system chooses the processors`);
  const result = await work();
  await restore?.();
  return result;
}

function effortOf({ effort: own }: Case, effort: Effort): Effort {
  return own && !values.short && !values.rounds ? own : effort;
}

/** @returns what `start` gives; undefined, with a line that says why, when that cannot be had on this machine */
async function unlessLeftOut<T>(title: string, remarks: Remark[], start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error;
    const text = `left out: ${error.message}`;
    console.log(`${title}: ${text}`);
    remarks.push({ title, text });
    return undefined;
  }
}

async function write(
  suite: Suite,
  results: readonly CaseResult[],
  effort: Effort,
  remarks: readonly Remark[],
): Promise<void> {
  const how = conditions(`npm run bench -- ${suite.name}`, effort);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${RESULTS}${suite.name}.md`, markdown(suite, results, how, remarks));
  await writeFile(`${RESULTS}${suite.name}.json`, json(suite, results, how));
}

function wanted(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}
