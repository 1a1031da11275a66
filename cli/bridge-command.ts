import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type Logger, WebSocketBridge, type WebSocketBridgeOptions } from '../adapters/index.ts';
import { readAddress, readCount, readOptions, type Values } from './arguments.ts';
import { BRIDGE_HELP } from './help.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** `pikaloop bridge`: until it is interrupted. @throws {UsageError} @throws {Error} when it cannot listen */
export async function bridge(args: readonly string[], terminal: Terminal): Promise<void> {
  const given = readOptions(args, OPTIONS);
  if (given.help === true) {
    terminal.print(BRIDGE_HELP);
    return;
  }
  const bridge = makeBridge(given, terminal);
  const interrupted = terminal.interrupted();
  const { url } = await bridge.listen();
  terminal.print(
    `bridge at ${url}, to ${targetsOf(given)
      .map(([name, target]) => `${name} (${target})`)
      .join(', ')}\n`,
  );
  if (given.origin === undefined) terminal.print('no --origin: pages in browsers are refused\n');
  await interrupted;
  terminal.print(`closing, ${bridge.connections} connected\n`);
  await bridge.close();
}

const OPTIONS = {
  target: { type: 'string', multiple: true },
  origin: { type: 'string', multiple: true },
  listen: { type: 'string' },
  path: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'max-connections': { type: 'string' },
  'max-per-address': { type: 'string' },
  'max-bytes': { type: 'string' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Given = Values<typeof OPTIONS>;

function makeBridge(given: Given, terminal: Terminal): WebSocketBridge {
  const { origin: origins, path } = given;
  const options: WebSocketBridgeOptions = {
    targets: Object.fromEntries(targetsOf(given)),
    origins,
    path,
    ...readAddress(given.listen ?? '127.0.0.1:15670', '--listen'),
    server: tlsServer(given),
    maxConnections: readCount(given['max-connections'], '--max-connections'),
    maxConnectionsPerAddress: readCount(given['max-per-address'], '--max-per-address'),
    maxBytesInFlight: readCount(given['max-bytes'], '--max-bytes'),
    logger: logger(terminal, given.verbose === true),
  };
  try {
    return new WebSocketBridge(options);
  } catch (error) {
    throw new UsageError(inFlags((error as Error).message)); // it throws nothing else
  }
}

/** `name=url`, or a URL alone, whose name is never asked for. */
function targetsOf({ target: targets = [] }: Given): [name: string, url: string][] {
  if (targets.length === 0) throw new UsageError('--target is missing: the broker, as amqp://localhost:5672');
  const pairs = targets.map((text): [string, string] => {
    const named = /^([\w.-]+)=(.*)$/s.exec(text);
    return [named?.[1] ?? 'default', named?.[2] ?? text];
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return pairs;
  throw new UsageError(
    twice === 'default' ? 'of several targets each has a name: --target name=url' : `--target ${twice} is given twice`,
  );
}

function tlsServer({ cert, key }: Given): WebSocketBridgeOptions['server'] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError('--cert and --key go together');
  return createServer({ cert: readFileSync(cert), key: readFileSync(key) });
}

function logger(terminal: Terminal, verbose: boolean): Logger {
  const tell = (text: string): void => terminal.complain(`${text}\n`);
  return { ...(verbose ? { info: tell } : {}), warn: tell, error: tell };
}

/** The library's names of the options, as they are typed here. */
function inFlags(text: string): string {
  return text.replace(/^options\.(\w+)(?:\.([\w-]+)|\[\d+\])?/, (_all, field: string, name: string | undefined) => {
    const flag = FLAGS[field] ?? `--${field}`;
    return name === undefined ? flag : `${flag} ${name}`;
  });
}

const FLAGS: Readonly<Record<string, string>> = {
  targets: '--target',
  origins: '--origin',
  maxConnections: '--max-connections',
  maxConnectionsPerAddress: '--max-per-address',
  maxBytesInFlight: '--max-bytes',
};
