import { readFileSync } from 'node:fs';
import { LeftOut } from './foreign-programs.ts';
import { type Command, nodeProgram } from './programs.ts';

/** A client that stands on a package of npm. @throws {LeftOut} when that is not installed */
export function packageProgram(name: string, path: string): Command {
  try {
    import.meta.resolve(name);
  } catch (error) {
    throw new LeftOut(`the package ${name} is not installed`, { cause: error });
  }
  return nodeProgram(path);
}

/** @returns what the report says of an installed package */
export function versionOf(name: string): string {
  const folder = `/node_modules/${name}/`;
  const [root = ''] = import.meta.resolve(name).split(folder);
  const { version } = JSON.parse(readFileSync(new URL(`${root}${folder}package.json`), 'utf8')) as { version: string };
  return version;
}
