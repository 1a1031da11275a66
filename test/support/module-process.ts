import { execFile } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a piece of a program against the built loop, as a process of its own.
 * @param body - the text of an ES module in which `IOLoop` and `LibuvHost` are imported
 */
export function runModule(body: string): Promise<Ended> {
  const door = new URL('../../ioloop/index.js', import.meta.url).href;
  const source = `import { IOLoop, LibuvHost } from ${JSON.stringify(door)};\n${body}`;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--input-type=module', '-e', source],
      { timeout: 15_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
