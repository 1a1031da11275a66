import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describeBroker } from '../support/describe-broker.ts';

describeBroker('the soak', (broker) => {
  it('goes through a short run, interrupts and threads included, and finds nothing', async function () {
    this.timeout(60_000);
    const program = fileURLToPath(new URL('./run.js', import.meta.url));
    const child = spawn(process.execPath, [program, '--minutes', '0.15'], {
      env: { ...process.env, AMQP_URL: broker.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    const [code] = await once(child, 'close');
    expect(code, text).to.equal(0);
    expect(text)
      .to.match(/^[1-9]\d* interrupts/m)
      .and.to.contain('nothing was lost');
  });
});
