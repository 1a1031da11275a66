import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cannotRun } from './cannot-run.ts';
import { findProgram, isProgram } from './find-program.ts';

/** Another JavaScript runtime than the one that runs the tests. */
export interface Runtime {
  readonly name: 'bun' | 'deno';
  /** Runs a built program of ours on it until it ends by itself. */
  run(program: URL, options?: RunOptions): Promise<RuntimeEnd>;
}

export interface RunOptions {
  readonly args?: readonly string[];
  /** To be set beside what the tests have. */
  readonly env?: Readonly<Record<string, string>>;
  /** What Deno shall allow; default: everything. */
  readonly permissions?: readonly string[];
}

export interface RuntimeEnd {
  /** null after 60 s, when it is killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Declares a suite once for Bun and once for Deno: the binaries that `npm ci` brings, or those on the PATH. Where there is
 * none for this machine it shows as pending with the reason, and fails where CI is set.
 */
export function describeEachRuntime(title: string, suite: (runtime: Runtime) => void): void {
  for (const name of ['bun', 'deno'] as const) {
    describe(`${title} [${name}]`, () => {
      const binary = find(name);
      if (binary !== null) suite({ name, run: (program, options = {}) => run(name, binary, program, options) });
      else cannotRun(`there is no ${name} for this machine, neither in node_modules nor on the PATH`);
    });
  }
}

/** Milliseconds. */
const LIFE = 60_000;

/** The packages of npm that hold a binary and nothing else; no install script is needed for them. */
const PACKAGES: Readonly<Record<Runtime['name'], string>> = {
  bun: `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`,
  deno: `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}/deno`,
};

function find(name: Runtime['name']): string | null {
  const packaged = fromPackage(PACKAGES[name]);
  return packaged !== null && isProgram(packaged) ? packaged : findProgram(name);
}

function fromPackage(path: string): string | null {
  const [scope, name, ...rest] = path.split('/');
  try {
    const manifest = createRequire(import.meta.url).resolve(`${scope}/${name}/package.json`);
    return join(dirname(manifest), ...rest);
  } catch {
    return null;
  }
}

function run(name: Runtime['name'], binary: string, program: URL, options: RunOptions): Promise<RuntimeEnd> {
  const { args = [], env = {}, permissions = ['--allow-all'] } = options;
  const before = name === 'deno' ? ['run', ...permissions, '--no-lock', '--no-prompt', '--quiet'] : ['run'];
  const child = spawn(binary, [...before, fileURLToPath(program), ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIFE);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({ code, stdout, stderr });
    });
  });
}
