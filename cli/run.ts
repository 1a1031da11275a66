import { version } from '../adapters/index.ts';
import { bridge } from './bridge-command.ts';
import { HELP } from './help.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command. @returns the exit code: 0, 1 when it failed, 2 when it was typed wrong */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  try {
    await commandNamed(name)(rest, terminal);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const help = isUsage ? `\nTry: pikaloop ${name !== undefined && COMMANDS.has(name) ? `${name} ` : ''}--help` : '';
    terminal.complain(`pikaloop: ${error instanceof Error ? error.message : String(error)}${help}\n`);
    return isUsage ? 2 : 1;
  }
}

type Command = (args: readonly string[], terminal: Terminal) => void | Promise<void>;

const COMMANDS: ReadonlyMap<string, Command> = new Map([['bridge', bridge]]);

function commandNamed(name: string | undefined): Command {
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) return (_args, terminal) => terminal.print(HELP);
  if (name === '--version') return (_args, terminal) => terminal.print(`${version}\n`);
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`there is no command "${name}"`);
  return command;
}
