/** Reads a file, or all files of a folder. @throws {Error} the system's error, or that there are no files here */
export function readFiles(path: string): Uint8Array[] {
  const files = fileSystem();
  if (!files.statSync(path).isDirectory()) return [files.readFileSync(path)];
  const names = files.readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return names.map((entry) => files.readFileSync(`${path}/${entry.name}`));
}

/** Asked for when it is needed, so that a browser can load this file. */
function fileSystem(): FileSystem {
  const found = (globalThis as Host).process?.getBuiltinModule?.('node:fs');
  if (found === undefined) throw new Error('there are no files here: give the texts themselves in sslOptions');
  return found;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: 'node:fs'): FileSystem };
}

/** The part of `node:fs` that is used here: a browser's compiler knows no such module. */
interface FileSystem {
  statSync(path: string): { isDirectory(): boolean };
  readFileSync(path: string): Uint8Array;
  readdirSync(path: string, options: { withFileTypes: true }): { readonly name: string; isDirectory(): boolean }[];
}
