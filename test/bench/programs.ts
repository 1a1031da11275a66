import { fileURLToPath } from 'node:url';
import type { PollerName } from '../../ioloop/index.ts';
import { POLLERS } from '../../ioloop/pollers/known.ts';
import { LeftOut } from './foreign-programs.ts';

/** What starts a program, and its arguments; the server's URL comes last. */
export type Command = readonly string[];

/** @param path - of a built file, from this folder */
export function nodeProgram(path: string): Command {
  return [process.execPath, '--enable-source-maps', fileURLToPath(new URL(path, import.meta.url))];
}

/** The same where this poller works. @throws {LeftOut} where it does not */
export function nodeProgramOn(poller: PollerName, path: string): Command {
  const missing = POLLERS.find(({ name }) => name === poller)?.missing;
  if (missing) throw new LeftOut(missing);
  return [process.execPath, ...nodeProgram(path).slice(1), poller];
}
