import { spawnSync } from 'node:child_process';
import { findProgram, findRabbitPrograms } from './find-rabbitmq.ts';

/**
 * Has RabbitMQ installed by the system's package manager, where that needs no answer from anybody. It starts and
 * enables no service.
 * @param say - is told before something is installed, because it takes a while
 * @returns null when RabbitMQ is here, else why it is not
 */
export function ensureRabbitMQ(say: (text: string) => void): string | null {
  if (findRabbitPrograms() !== null) return null;
  const manager = MANAGERS.find(({ name }) => findProgram(name) !== null);
  if (!manager) return 'RabbitMQ is not installed, and neither apt-get, dnf, apk nor brew is here to install it';
  const { name, script, asRoot } = manager;
  const shell: Shell | null = asRoot ? rootShell() : ['sh'];
  if (shell === null) return `RabbitMQ is not installed, and ${name} needs root, or sudo without a password`;
  say(`RabbitMQ is not here: ${name} installs it for the tests; no service is started`);
  const [program, ...args] = shell;
  const options = { encoding: 'utf8', timeout: LIMIT, stdio: STDIO } as const;
  const { status, error, stderr } = spawnSync(program, [...args, '-c', script], options);
  if (error) return `RabbitMQ is not installed, and ${name} could not install it: ${error.message}`;
  if (status !== 0) return `RabbitMQ is not installed, and ${name} could not install it: ${lastLines(stderr)}`;
  return findRabbitPrograms() === null ? `${name} installed RabbitMQ, but its programs are not found` : null;
}

interface Manager {
  readonly name: string;
  readonly asRoot: boolean;
  readonly script: string;
}

type Shell = [program: string, ...args: string[]];

const LIMIT = 300_000; // ms; a mirror that does not answer must not hold the tests for ever
const STDIO: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];

/** Debian's packages start and enable what they install, unless a policy forbids the one and the other is undone. */
const APT = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
had_epmd=$(command -v epmd || true)
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
apt-get -qq update || true
apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 install rabbitmq-server
if command -v systemctl > /dev/null; then
  systemctl disable -q rabbitmq-server.service || true
  [ -n "$had_epmd" ] || systemctl disable -q epmd.socket epmd.service || true
fi`;

const MANAGERS: readonly Manager[] = [
  { name: 'apt-get', asRoot: true, script: APT },
  { name: 'dnf', asRoot: true, script: 'dnf -qy install rabbitmq-server' },
  { name: 'apk', asRoot: true, script: 'apk add -q rabbitmq-server' },
  { name: 'brew', asRoot: false, script: 'NONINTERACTIVE=1 brew install -q rabbitmq' },
];

/** @returns null when root could not be had without asking somebody */
function rootShell(): Shell | null {
  if (process.getuid?.() === 0) return ['sh'];
  const sudo = findProgram('sudo');
  if (sudo === null || spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return null;
  return [sudo, '-n', 'sh'];
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ');
}
