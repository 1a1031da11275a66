import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findRabbitPrograms } from '../support/find-rabbitmq.ts';
import { RabbitNode } from '../support/rabbitmq.ts';
import { ClientProcess } from './client-process.ts';
import { LeftOut } from './foreign-programs.ts';
import { nodeProgram } from './programs.ts';

/** What the clients of a suite talk to: the benchmark's own server, which frames and counts, or a real broker. */
export type ServerKind = 'framing' | 'rabbitmq';
export interface BenchServer {
  /** With a user, a password and a virtual host, and no query. */
  readonly url: string;
  /** Where it is a process that this one has started. */
  readonly pid?: number | undefined;
  /** Makes the queues ready for a round. */
  prepare(name: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

/** @throws {LeftOut} when there is no such server on this machine */
export function startServer(kind: ServerKind, environment: Readonly<Record<string, string>>): Promise<BenchServer> {
  return kind === 'framing' ? startFraming(environment) : startRabbitMQ(environment);
}

async function startFraming(environment: Readonly<Record<string, string>>): Promise<BenchServer> {
  const program = fileURLToPath(new URL('server.js', import.meta.url));
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], env });
  for await (const line of createInterface(child.stdout)) {
    const url = `amqp://guest:guest@127.0.0.1:${line}/%2F`;
    return { url, pid: child.pid, prepare: async () => {}, stop: async () => void child.stdin.end() };
  }
  throw new Error('the server of the benchmarks did not start');
}

/** The broker of `AMQP_URL`, or a private node. */
async function startRabbitMQ(environment: Readonly<Record<string, string>>): Promise<BenchServer> {
  const node = process.env.AMQP_URL ? null : await privateNode();
  const url = node?.url ?? plainUrl(process.env.AMQP_URL ?? '');
  try {
    const filler = await ClientProcess.start('filler of queues', nodeProgram('filler.js'), url, environment);
    return {
      url,
      prepare: async (name, count) => void (await filler.round(name, count)),
      async stop() {
        filler.stop();
        await node?.dispose();
      },
    };
  } catch (error) {
    await node?.dispose();
    throw error;
  }
}

async function privateNode(): Promise<RabbitNode> {
  const programs = findRabbitPrograms();
  if (programs === null) throw new LeftOut('RabbitMQ is not installed, and AMQP_URL is not set');
  const node = new RabbitNode(programs);
  await node.start();
  return node;
}

/** What clients in every language understand. */
function plainUrl(given: string): string {
  const url = new URL(given);
  if (url.protocol !== 'amqp:') throw new LeftOut(`AMQP_URL has ${url.protocol}, and only amqp: is measured`);
  url.search = '';
  return url.href;
}
