import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDERS, findProgram, isProgram, type WantedProgram } from './find-program.ts';

/** The programs of an installed RabbitMQ. */
export interface RabbitPrograms {
  readonly server: string;
  readonly ctl: string;
  /** Erlang's port mapper, which every node needs. */
  readonly epmd: string;
}

/** RabbitMQ, which `AMQP_URL` may give too. */
export const RABBITMQ: WantedProgram = {
  title: 'RabbitMQ',
  givenBy: 'AMQP_URL',
  reasonIn: 'PIKALOOP_NO_BROKER',
  packages: { 'apt-get': 'rabbitmq-server', dnf: 'rabbitmq-server', apk: 'rabbitmq-server', brew: 'rabbitmq' },
  isHere: () => findRabbitPrograms() !== null,
};

/** Looks for RabbitMQ where the systems' packages put it. @returns null when it, or its Erlang, is not here */
export function findRabbitPrograms(): RabbitPrograms | null {
  const epmd = findProgram('epmd');
  if (epmd === null) return null;
  for (const folder of [...SCRIPT_FOLDERS, ...versionedFolders('/usr/lib/rabbitmq/lib'), ...FOLDERS]) {
    // A wrapper that distributions put into sbin insists on root and on the system's own data.
    if (/^\/(usr\/)?s?bin$/.test(folder)) continue;
    const [server, ctl] = [join(folder, 'rabbitmq-server'), join(folder, 'rabbitmqctl')];
    if (isProgram(server) && isProgram(ctl)) return { server, ctl, epmd };
  }
  return null;
}

const SCRIPT_FOLDERS: readonly string[] = ['/usr/lib/rabbitmq/bin', '/usr/lib/rabbitmq/sbin', '/opt/rabbitmq/sbin'];

/** `rabbitmq_server-3.12.1/sbin`, as RPM and generic archives lay it out. */
function versionedFolders(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name, 'sbin'));
  } catch {
    return []; // nothing is laid out so here
  }
}
