import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';

/** A run of tests that started a process and made a folder, and is then killed; what it started holds its output open. */
const RUN = `
  import { spawn } from 'node:child_process';
  import { mkdirSync } from 'node:fs';
  import { keeper } from ${JSON.stringify(new URL('./keeper.js', import.meta.url).href)};
  const folder = process.argv[1];
  mkdirSync(folder);
  keeper.folder(folder);
  const child = spawn(process.execPath, ['-e', 'console.log("runs"); setInterval(() => {}, 1e9)'], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  keeper.group(child.pid);
  setInterval(() => {}, 1e9);
`;

describe('Keeper', () => {
  it('ends the processes and removes the folders of a run that was killed', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'pikaloop-keeper-'));
    const folder = join(parent, 'of-the-run');
    const run = spawn(process.execPath, ['--input-type=module', '-e', RUN, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
    expect(line).to.equal('runs');
    run.kill('SIGKILL');
    await once(run, 'close'); // not before the process that it had started is gone too
    await gone(folder);
    rmSync(parent, { recursive: true });
  });
});

async function gone(path: string): Promise<void> {
  const watcher = watch(dirname(path));
  while (existsSync(path)) await once(watcher, 'change');
  watcher.close();
}
