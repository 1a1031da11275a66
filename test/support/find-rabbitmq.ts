import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The programs of an installed RabbitMQ. */
export interface RabbitPrograms {
  readonly server: string;
  readonly ctl: string;
  /** Erlang's port mapper, which every node needs. */
  readonly epmd: string;
}

/** Looks for RabbitMQ where the systems' packages put it. @returns null when it, or its Erlang, is not here */
export function findRabbitPrograms(): RabbitPrograms | null {
  const epmd = findProgram('epmd');
  if (epmd === null) return null;
  for (const folder of [...SCRIPT_FOLDERS, ...versionedFolders('/usr/lib/rabbitmq/lib'), ...PATH]) {
    // A wrapper that distributions put into sbin insists on root and on the system's own data.
    if (/^\/(usr\/)?s?bin$/.test(folder)) continue;
    const [server, ctl] = [join(folder, 'rabbitmq-server'), join(folder, 'rabbitmqctl')];
    if (isProgram(server) && isProgram(ctl)) return { server, ctl, epmd };
  }
  return null;
}

/** @returns the path of a program of this name that this user may execute, or null */
export function findProgram(name: string): string | null {
  return PATH.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

const SCRIPT_FOLDERS: readonly string[] = ['/usr/lib/rabbitmq/bin', '/usr/lib/rabbitmq/sbin', '/opt/rabbitmq/sbin'];

/** Cron and npm may leave the last ones out of PATH. */
const PATH: readonly string[] = [
  ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
  ...['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'],
  ...['/usr/lib/erlang/bin', '/opt/homebrew/sbin', '/opt/homebrew/bin'],
];

/** `rabbitmq_server-3.12.1/sbin`, as RPM and generic archives lay it out. */
function versionedFolders(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name, 'sbin'));
  } catch {
    return []; // nothing is laid out so here
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
