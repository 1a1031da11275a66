import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { BridgeWorld, echo, until } from '../adapters/bridge-world.ts';
import { Child } from '../support/child.ts';
import { ROOT } from './sources.ts';

/** The command as npm would install it, in a process of its own. */
describe('the command of the package', () => {
  let project: string;
  let command: URL;
  let world: BridgeWorld;
  let child: Child | null;
  beforeEach(() => {
    child = null;
    world = new BridgeWorld();
    project = mkdtempSync(join(tmpdir(), 'pikaloop-command-'));
    const installed = join(project, 'node_modules', 'pikaloop');
    mkdirSync(installed, { recursive: true });
    cpSync(`${ROOT}package.json`, join(installed, 'package.json'));
    cpSync(`${ROOT}dist`, join(installed, 'dist'), { recursive: true });
    const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')); // our own file
    const program = join(installed, bin.pikaloop);
    chmodSync(program, 0o755);
    const link = join(project, 'pikaloop');
    symlinkSync(program, link);
    command = pathToFileURL(link);
  });
  afterEach(async () => {
    child?.signal('SIGKILL');
    await child?.ended;
    await world.dispose();
    rmSync(project, { recursive: true, force: true });
  });

  it('says what is missing, without ws', async () => {
    child = new Child(command, 'bridge', '--target', 'amqp://127.0.0.1', '--listen', '0');
    const { code, lines } = await child.ended;
    expect([code, lines]).to.deep.equal([1, ['pikaloop: the bridge needs the package ws: npm install ws']]);
  });

  it('bridges until Ctrl-C, then closes in order', async () => {
    symlinkSync(`${ROOT}node_modules/ws`, join(project, 'node_modules', 'ws'));
    const target = `amqp://127.0.0.1:${await world.target(echo)}`;
    const origin = 'https://app.example';
    child = new Child(
      command,
      'bridge',
      '--target',
      target,
      '--listen',
      '127.0.0.1:0',
      '--origin',
      origin,
      '--verbose',
    );
    const { lines } = child;
    await until(() => lines.length > 0);
    const [, url = '', reaches] = /^bridge at (\S+), to (.*)$/.exec(lines[0] ?? '') ?? [];
    expect(reaches).to.equal(`default (${target})`);
    const page = world.page(url, 'amqp', { origin });
    await page.opened;
    page.ws.send(Buffer.alloc(1000));
    await page.until(1000);
    expect((await world.page(url, 'amqp', { origin: 'https://evil.example' }).closed).code).to.equal(4403);
    child.signal('SIGINT');
    expect(await page.closed).to.deep.equal({ code: 1001, reason: 'the bridge closes' });
    const { code } = await child.ended;
    expect(code).to.equal(0);
    expect(lines.filter((line) => /^closing, \d connected$/.test(line))).to.have.length(1);
  });
});
