import type * as FileSystem from 'node:fs';

/** Reads a file, or all files of a folder. @throws {Error} the system's error, or that there are no files here */
export function readFiles(path: string): Uint8Array[] {
  const files = fileSystem();
  if (!files.statSync(path).isDirectory()) return [files.readFileSync(path)];
  const names = files.readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return names.map((entry) => files.readFileSync(`${path}/${entry.name}`));
}

/** Asked for when it is needed, so that a browser can load this file. */
function fileSystem(): typeof FileSystem {
  const found = globalThis.process?.getBuiltinModule?.('node:fs');
  if (found === undefined) throw new Error('there are no files here: give the texts themselves in sslOptions');
  return found;
}
