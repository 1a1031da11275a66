import { spawnSync } from 'node:child_process';
import { findProgram, type WantedProgram } from './find-program.ts';

/**
 * Has programs installed by the system's package manager, all at once, where that needs no answer from anybody. It starts
 * and enables no service.
 * @param say - is told before something is installed, because it takes a while
 * @returns for each program that is not here: why
 */
export function ensureInstalled(
  wanted: readonly WantedProgram[],
  say: (text: string) => void,
  managers: readonly PackageManager[] = MANAGERS,
): Map<WantedProgram, string> {
  const missing = wanted.filter((program) => !program.isHere());
  if (missing.length === 0) return new Map();
  const manager = managers.find(({ name, program = name }) => findProgram(program) !== null);
  if (!manager) return all(missing, `and neither ${inWords(managers.map(({ name }) => name))} is here to install it`);
  const shell: Shell | null = manager.asRoot ? rootShell() : ['sh'];
  if (shell === null) return all(missing, `and ${manager.name} needs root, or sudo without a password`);
  const titles = missing.map(({ title }) => title).join(' and ');
  const [are, them] = missing.length > 1 ? ['are', 'them'] : ['is', 'it'];
  say(`${titles} ${are} not here: ${manager.name} installs ${them} for the tests; no service is started`);
  return install(missing, manager, shell);
}

/** A program that installs packages, and the shell script that has it do so; the script is given their names. */
export interface PackageManager {
  readonly name: keyof WantedProgram['packages'];
  /** What it is called by; default: its name. */
  readonly program?: string;
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
apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$@"
case "$*" in *rabbitmq*)
  if command -v systemctl > /dev/null; then
    systemctl disable -q rabbitmq-server.service || true
    [ -n "$had_epmd" ] || systemctl disable -q epmd.socket epmd.service || true
  fi
esac`;

const MANAGERS: readonly PackageManager[] = [
  { name: 'apt-get', asRoot: true, script: APT },
  { name: 'dnf', asRoot: true, script: 'dnf -qy install "$@"' },
  { name: 'apk', asRoot: true, script: 'apk add -q "$@"' },
  { name: 'brew', asRoot: false, script: 'NONINTERACTIVE=1 brew install -q "$@"' },
];

function install(missing: readonly WantedProgram[], manager: PackageManager, shell: Shell): Map<WantedProgram, string> {
  const { name, script } = manager;
  const [program, ...args] = shell;
  const packages = missing.map((wanted) => wanted.packages[name]);
  const options = { encoding: 'utf8', timeout: LIMIT, stdio: STDIO } as const;
  const { status, error, stderr } = spawnSync(program, [...args, '-c', script, name, ...packages], options);
  if (error || status !== 0) {
    // one that the manager does not know must not keep out the others
    if (missing.length > 1) return new Map(missing.flatMap((wanted) => [...install([wanted], manager, shell)]));
    return all(missing, `and ${name} could not install it: ${error?.message ?? lastLines(stderr)}`);
  }
  const hidden = missing.filter((wanted) => !wanted.isHere());
  return new Map(hidden.map((wanted) => [wanted, `${name} installed ${wanted.title}, but its programs are not found`]));
}

function all(missing: readonly WantedProgram[], why: string): Map<WantedProgram, string> {
  return new Map(missing.map((wanted) => [wanted, `${wanted.title} is not installed, ${why}`]));
}

/** @returns null when root could not be had without asking somebody */
function rootShell(): Shell | null {
  if (process.getuid?.() === 0) return ['sh'];
  const sudo = findProgram('sudo');
  if (sudo === null || spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return null;
  return [sudo, '-n', 'sh'];
}

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} nor ${names.at(-1)}`;
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ');
}
