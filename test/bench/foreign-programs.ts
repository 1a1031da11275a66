import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keeper } from '../support/keeper.ts';

/** Why something cannot be measured on this machine. */
export class LeftOut extends Error {
  override readonly name: string = 'LeftOut';
}

/** The sources of the clients in other languages; nothing copies them beside the built files. */
const SOURCES = new URL('../../../test/bench/clients/', import.meta.url);
const COMPILER = process.env.CC ?? 'cc';
const PYTHONS = [process.env.PYTHON ?? 'python3', '/usr/bin/python3'];

const run = promisify(execFile);

/**
 * Compiles a client in C against a library, into a folder that is removed when this process ends.
 * @throws {LeftOut} when compiler or library are missing
 */
export async function compiled(source: string, library: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pikaloop-bench-'));
  keeper.folder(folder);
  const program = join(folder, source.replace(/\.c$/, ''));
  try {
    await run(COMPILER, ['-O2', '-o', program, fileURLToPath(new URL(source, SOURCES)), `-l${library}`]);
  } catch (error) {
    throw new LeftOut(`it does not compile with ${COMPILER} and -l${library}: ${firstLine(error)}`, { cause: error });
  }
  return [program];
}

/**
 * A client in Python, run by the first interpreter that has its module.
 * @throws {LeftOut} when none has
 */
export async function python(source: string, module: string): Promise<string[]> {
  let reason: unknown;
  for (const interpreter of PYTHONS) {
    try {
      await run(interpreter, ['-c', `import ${module}`]);
      return [interpreter, fileURLToPath(new URL(source, SOURCES))];
    } catch (error) {
      reason = error;
    }
  }
  throw new LeftOut(`no python3 here has the module ${module}`, { cause: reason });
}

function firstLine(error: unknown): string {
  const { stderr = '', message } = error as Error & { stderr?: string };
  return stderr.split('\n').find((line) => /error/i.test(line)) ?? stderr.split('\n')[0] ?? message;
}
